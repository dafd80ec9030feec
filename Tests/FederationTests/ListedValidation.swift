import Federation
import Statistics
import TestKit
import Validation

extension ListedComputation {
    /// The weighted AUC and the score that is measured in two ways.
    static var validation: [ListedComputation] {
        [
            ListedComputation(
                RemeasuredCorrelation(about: "protocol"), shard: remeasured,
                split: { pairs, count in
                    ShardProperty.unevenRanges(pairs.count, into: count).map { range in
                        RemeasuredPairs(
                            first: Array(pairs.first[range]), second: Array(pairs.second[range]),
                            outcome: Array(pairs.outcome[range]))
                    }
                }),
            ListedComputation(weighted(true), shard: scoredCovariates, split: splitScored),
            ListedComputation(weighted(false), shard: scoredCovariates, split: splitScored),
        ]
    }

    /// 83 scores of two classes, and the same with an error.
    private static func remeasured() -> RemeasuredPairs {
        var generator = SeededGenerator(seed: 51)
        let outcome = (0..<83).map { _ in generator.uniform() < 0.4 ? 1.0 : 0 }
        let first = outcome.map { 3 * $0 + generator.normal() }
        return RemeasuredPairs(
            first: first, second: first.map { 0.9 * $0 + 0.5 * generator.normal() }, outcome: outcome)
    }

    /// 101 scores with two covariates.
    private static func scoredCovariates() -> WeightedPooledAUC.Shard {
        var generator = SeededGenerator(seed: 52)
        let outcome = (0..<101).map { _ in generator.uniform() < 0.5 ? 1.0 : 0 }
        return WeightedPooledAUC.Shard(
            cases: ScoredCases(scores: outcome.map { $0 + generator.normal() }, outcome: outcome),
            covariates: CaseTable(
                featureNames: ["a", "b"], features: (0..<202).map { _ in generator.normal() }, outcome: outcome,
                batch: [String](repeating: "", count: 101)))
    }

    /// The weights that give these cases other means, with or without bins.
    private static func weighted(_ hasEdges: Bool) -> WeightedPooledAUC {
        let shard = scoredCovariates()
        let balancing = EntropyBalancing(columns: ["a", "b"], means: [0.4, -0.3], standardDeviations: [1, 1])
        do {
            let edges = try PooledQuantileEdges(bins: 9, minimumPerBin: 5).run(on: [shard.cases.scores]).result
            return WeightedPooledAUC(
                rule: try balancing.run(on: [shard.covariates]).result, edges: hasEdges ? edges : nil)
        } catch { preconditionFailure("\(error)") }
    }

    private static func splitScored(_ shard: WeightedPooledAUC.Shard, _ count: Int) -> [WeightedPooledAUC.Shard] {
        ShardProperty.unevenRanges(shard.cases.count, into: count).map { range in
            WeightedPooledAUC.Shard(
                cases: shard.cases.selecting(range), covariates: shard.covariates.selecting(rows: Array(range)))
        }
    }
}
