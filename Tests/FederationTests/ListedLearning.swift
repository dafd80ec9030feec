import Federation
import Learning
import Statistics
import Survival
import TestKit

extension ListedComputation {
    /// Models and selections, on the 126 cases of `table`.
    static let learning: [ListedComputation] = {
        let cases = table
        let standardisation = Standardisation(
            columns: cases.featureNames, means: [3.0, 3000, 0.003, 3, 3, 3],
            standardDeviations: [1.0, 1000, 0.001, 1, 1, 1])
        var folded = ElasticNetPath.Parameters()
        folded.count = 8
        folded.folds = 3
        // The last feature as an offset.
        let last = cases.featureNames[5]
        let others = Standardisation(
            columns: Array(cases.featureNames.dropLast()), means: [3.0, 3000, 0.003, 3, 3],
            standardDeviations: [1.0, 1000, 0.001, 1, 1])
        let known = (try? cases.selecting(features: [last])) ?? cases
        let start = (try? OffsetIntercept(last, classWeights: [1, 2]).run(on: [known]).result).map {
            ElasticNetPath.Offset(column: last, model: $0)
        }
        return [
            ListedComputation(
                CoxPath(standardisation, parameters: folded), shard: { FoldedSurvival(survival, fold: folds) },
                split: { _, count in
                    (0..<count).map { site in
                        let rows = (0..<126).filter { $0 / 18 % count == site }
                        return FoldedSurvival(survival.selecting(rows), fold: rows.map { folds[$0] })
                    }
                }),
            ListedComputation(
                CoxScoreFilter(standardisation), shard: { FoldedSurvival(survival) },
                split: { _, count in
                    (0..<count).map { site in
                        FoldedSurvival(survival.selecting((0..<126).filter { $0 / 18 % count == site }))
                    }
                }),
            ListedComputation(
                MinimumRedundancyFit(
                    centres: standardisation.means, scales: standardisation.standardDeviations,
                    relevance: [4, 3, 9, 1, 0, 2], count: 4), shard: { cases }, split: splitRows),
            ListedComputation(PooledMedian(columns: cases.featureNames), shard: { cases }, split: splitRows),
            ListedComputation(
                FeatureRanks(
                    FeatureRanks.Grid(
                        columns: cases.featureNames, points: cases.featureNames.map { _ in [-1, 0, 1, 3, 3000] },
                        ties: cases.featureNames.map { _ in [1, 3] })),
                shard: { cases }, split: splitRows),
            ListedComputation(
                BaselineHazard(
                    names: survival.names, coefficients: [0.2, 1e-4, 100, 0, -0.1, 0.1],
                    reference: standardisation.means, grid: [20, 50, 80, 100]), shard: { survival },
                split: { table, count in
                    ShardProperty.unevenRanges(table.followUp.count, into: count).map { table.selecting(Array($0)) }
                }),
            ListedComputation(
                LinearSVM(standardisation, cost: 0.1, classWeights: [1, 1.5]), shard: { cases }, split: splitRows),
            ListedComputation(PlattScaling(), shard: { scores }, split: splitScores),
            ListedComputation(HeldOutDeviance(), shard: { scores }, split: splitScores),
            ListedComputation(OffsetIntercept(last, classWeights: [1, 2]), shard: { known }, split: splitRows),
            ListedComputation(
                RidgeLogistic(
                    columns: others.columns, means: others.means, standardDeviations: others.standardDeviations,
                    lambda: 1, offset: last), shard: { cases }, split: splitRows),
            ListedComputation(
                ElasticNetPath(others, parameters: folded, offset: start), shard: { FoldedTable(cases, fold: folds) },
                split: { table, count in
                    ShardProperty.unevenRanges(cases.count, into: count).map { table.selecting(Array($0)) }
                }),
            ListedComputation(
                CoxPath(others, parameters: folded, offset: last), shard: { FoldedSurvival(survival, fold: folds) },
                split: { _, count in
                    (0..<count).map { site in
                        let rows = (0..<126).filter { $0 / 18 % count == site }
                        return FoldedSurvival(survival.selecting(rows), fold: rows.map { folds[$0] })
                    }
                }),
            ListedComputation(
                IsotonicCalibration(grid: [1, 2, 3, 4, 5]), shard: { scores }, split: splitScores),
            ListedComputation(
                MutualInformationSelection(
                    features: cases.featureNames, binCounts: [Int](repeating: 4, count: 6), count: 4,
                    scheme: .difference), shard: { coded },
                split: { table, count in
                    ShardProperty.unevenRanges(table.count, into: count).map { table.selecting(Array($0)) }
                }),
            ListedComputation(
                ElasticNetPath(standardisation, parameters: folded), shard: { FoldedTable(cases, fold: folds) },
                split: { table, count in
                    ShardProperty.unevenRanges(cases.count, into: count).map { table.selecting(Array($0)) }
                }),
        ]
    }()

    private static let scores = LabelledScores(
        scores: (0..<126).map { table.features[$0 * 6] }, outcome: table.outcome)

    private static func splitScores(_ scores: LabelledScores, _ count: Int) -> [LabelledScores] {
        ShardProperty.unevenRanges(scores.scores.count, into: count).map { scores.selecting(Array($0)) }
    }

    /// Four bins a feature.
    private static let coded: CodedTable = {
        let scales = [1, 1000, 0.001, 1, 1, 1]
        let edges = BinEdges(features: table.featureNames, edges: scales.map { [2 * $0, 3 * $0, 4 * $0] })
        let codes = (0..<6).flatMap { column in
            (0..<126).map { edges.code(table.features[$0 * 6 + column], feature: column) }
        }
        return CodedTable(features: table.featureNames, codes: codes, outcome: table.outcome)
    }()

    /// Fold of each case.
    static let folds = (0..<126).map { $0 % 3 + 1 }

    /// Follow-up that shortens with the first feature; a stratum a batch.
    static let survival: SurvivalTable = {
        var generator = SeededGenerator(seed: 45)
        let cases = table
        let times = (0..<126).map { row in
            (100 * generator.uniform() / (1 + max(0, cases.features[row * 6] - 2))).rounded(.up)
        }
        return SurvivalTable(
            followUp: SurvivalTimes(times: times, events: (0..<126).map { _ in generator.uniform() < 0.6 }),
            names: cases.featureNames, values: cases.features, stratum: cases.batch)
    }()
}
