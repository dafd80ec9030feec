import Federation
import Statistics
import Survival
import TestKit
import Validation

extension ListedComputation {
    /// Two scores of the same cases, and follow-up.
    static var discrimination: [ListedComputation] {
        [
            ListedComputation(paired(), shard: twoScores, split: splitPairs),
            ListedComputation(
                PooledLifeTable(times: [5, 12, 20, 40]), shard: { followed().followUp },
                split: { data, count in
                    ShardProperty.unevenRanges(data.count, into: count).map { data.selecting(Array($0)) }
                }),
            ListedComputation(
                PooledConcordance(times: [5, 12, 20, 40], edges: [-1, -0.2, 0.4, 1.1]), shard: followed,
                split: splitFollowed),
            ListedComputation(
                PooledConcordance(
                    unoTimes: [5, 12, 20, 40], edges: [-1, -0.2, 0.4, 1.1], censoringTimes: [3, 5, 9, 12, 20, 30, 40]),
                shard: followed, split: splitFollowed),
            ListedComputation(
                PooledTimeAUC(times: [5, 12, 20], edges: [-1, -0.2, 0.4, 1.1]), shard: followed, split: splitFollowed),
            ListedComputation(ConcordanceWithinSites(), shard: stratified, split: splitStrata),
        ]
    }

    /// 89 cases with two scores of which the second has more noise.
    private static func twoScores() -> PairedPooledAUC.Shard {
        var generator = SeededGenerator(seed: 61)
        let outcome = (0..<89).map { _ in generator.uniform() < 0.4 ? 1.0 : 0 }
        let first = outcome.map { $0 + generator.normal() }
        return PairedPooledAUC.Shard(first: first, second: first.map { $0 + generator.normal() }, outcome: outcome)
    }

    /// Both scores in bins of the pooled cases.
    private static func paired() -> PairedPooledAUC {
        let shard = twoScores()
        do {
            return PairedPooledAUC(
                first: try PooledQuantileEdges(bins: 9, minimumPerBin: 5).run(on: [shard.first]).result,
                second: try PooledQuantileEdges(bins: 7, minimumPerBin: 5).run(on: [shard.second]).result)
        } catch { preconditionFailure("\(error)") }
    }

    private static func splitPairs(_ shard: PairedPooledAUC.Shard, _ count: Int) -> [PairedPooledAUC.Shard] {
        ShardProperty.unevenRanges(shard.outcome.count, into: count).map { range in
            PairedPooledAUC.Shard(
                first: Array(shard.first[range]), second: Array(shard.second[range]),
                outcome: Array(shard.outcome[range]))
        }
    }

    /// 97 cases whose times follow the score, a third of them censored.
    private static func followed() -> ScoredFollowUp {
        var generator = SeededGenerator(seed: 62)
        let scores = (0..<97).map { _ in generator.normal() }
        return ScoredFollowUp(
            followUp: SurvivalTimes(
                times: scores.map { max(0, 25 - 6 * $0 + 9 * generator.normal()).rounded() },
                events: scores.map { _ in generator.uniform() < 0.66 }),
            scores: scores)
    }

    /// The same cases in seven strata.
    private static func stratified() -> StratifiedScores {
        let shard = followed()
        return StratifiedScores(
            followUp: shard.followUp, scores: shard.scores, stratum: shard.scores.indices.map { "site\($0 / 15)" })
    }

    /// Whole strata.
    private static func splitStrata(_ shard: StratifiedScores, _ count: Int) -> [StratifiedScores] {
        (0..<count).map { site in
            let rows = shard.stratum.indices.filter { ($0 / 15) % count == site }
            return StratifiedScores(
                followUp: shard.followUp.selecting(rows), scores: rows.map { shard.scores[$0] },
                stratum: rows.map { shard.stratum[$0] })
        }
    }

    private static func splitFollowed(_ shard: ScoredFollowUp, _ count: Int) -> [ScoredFollowUp] {
        ShardProperty.unevenRanges(shard.scores.count, into: count).map { range in
            ScoredFollowUp(
                followUp: shard.followUp.selecting(Array(range)), scores: Array(shard.scores[range]))
        }
    }
}
