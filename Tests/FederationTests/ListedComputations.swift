import Agreement
import Federation
import Statistics
import TestKit
import Testing
import Validation

/// A computation with rows to run it on. A computation gets the shard property test by being listed here.
struct ListedComputation: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// One sentence for each difference between one shard and several.
    let differences: @Sendable () throws -> [String]

    init<C: Computation>(
        _ computation: C, shard: @escaping @Sendable () -> C.Shard,
        split: @escaping @Sendable (C.Shard, Int) -> [C.Shard]
    ) where C.Result: Equatable {
        testDescription = C.identifier
        differences = { try ShardProperty.differences(computation, shard: shard(), split: split) }
    }

    static let all: [ListedComputation] =
        [
            ListedComputation(
                PooledAUC(score: "s", bins: 20, minimumPerBin: 5), shard: { scored(logit: false) }, split: split),
            ListedComputation(
                PooledQuantileEdges(bins: 12, minimumPerBin: 5), shard: { scored(logit: false).scores },
                split: { numbers, count in
                    ShardProperty.unevenRanges(numbers.count, into: count).map { Array(numbers[$0]) }
                }),
            ListedComputation(
                PooledKappa(categories: 3), shard: pairedRatings,
                split: { ratings, count in
                    ShardProperty.unevenRanges(ratings.count, into: count).map {
                        PairedRatings(first: Array(ratings.first[$0]), second: Array(ratings.second[$0]))
                    }
                }),
            ListedComputation(
                FeatureICC(exponents: [0, 20, -12, 0], centres: [5, 4.7, 6, 2]), shard: pairedFeatures,
                split: splitFeatures),
            ListedComputation(
                EntropyBalancing(
                    columns: ["x0", "x1", "x2"], means: [0.4, -0.2, 0.6], standardDeviations: [0.9, 1.2, 0.5],
                    squared: [0, 1]),
                shard: covariates, split: splitRows),
            ListedComputation(PooledCalibration(), shard: { scored(logit: true) }, split: split),
            ListedComputation(
                FeatureICC(exponents: [0, 20, -12, 0]), shard: pairedFeatures,
                split: splitFeatures),
            ListedComputation(FeatureCCC(exponents: [0, 20, -12, 0]), shard: pairedFeatures, split: splitFeatures),
        ] + modelling + validation + calibrationAndDecision + agreement + discrimination

    private static func splitFeatures(_ features: PairedFeatures, _ count: Int) -> [PairedFeatures] {
        ShardProperty.unevenRanges(features.count, into: count).map { range in
            let cells = range.lowerBound * features.width..<range.upperBound * features.width
            return PairedFeatures(
                first: Array(features.first[cells]), second: Array(features.second[cells]), width: features.width)
        }
    }

    /// 90 cases that two readers graded.
    private static func pairedRatings() -> PairedRatings {
        var generator = SeededGenerator(seed: 43)
        let first = (0..<90).map { _ in Int(generator.uniform() * 3) }
        return PairedRatings(first: first, second: first.map { generator.uniform() < 0.7 ? $0 : 2 - $0 })
    }

    private static func split(_ cases: ScoredCases, _ count: Int) -> [ScoredCases] {
        ShardProperty.unevenRanges(cases.count, into: count).map(cases.selecting)
    }

    /// 211 cases with tied scores, or with probabilities that are off by a shift and a slope.
    private static func scored(logit: Bool) -> ScoredCases {
        var generator = SeededGenerator(seed: 41)
        let linear = (0..<211).map { _ in generator.normal() * 1.3 - 0.7 }
        let outcome = linear.map { generator.uniform() < probability($0) ? 1.0 : 0 }
        return ScoredCases(
            scores: linear.map { logit ? probability(1.7 * $0 - 1) : ($0 * 40).rounded() / 40 }, outcome: outcome)
    }

    /// 97 cases with two covariates and an indicator.
    private static func covariates() -> CaseTable {
        var generator = SeededGenerator(seed: 47)
        let values = (0..<97).flatMap { _ -> [Double] in
            [generator.normal(), generator.normal() + 0.3, generator.uniform() < 0.5 ? 1.0 : 0]
        }
        return CaseTable(
            featureNames: ["x0", "x1", "x2"], features: values, outcome: [Double](repeating: 0, count: 97),
            batch: [String](repeating: "", count: 97))
    }

    /// An algebraic stand-in for the logistic function.
    private static func probability(_ linear: Double) -> Double {
        0.5 + 0.5 * linear / (1 + linear * linear).squareRoot()
    }

    /// 53 cases of four features on scales that differ by ten orders of magnitude, the last constant.
    private static func pairedFeatures() -> PairedFeatures {
        var generator = SeededGenerator(seed: 42)
        var first: [Double] = []
        var second: [Double] = []
        for _ in 0..<53 {
            for scale in [1, 1e6, 3e-4, 0] {
                let truth = 5 + generator.normal()
                first.append(scale == 0 ? 2 : scale * truth)
                second.append(scale == 0 ? 2 : scale * (truth + 0.2 * generator.normal()))
            }
        }
        return PairedFeatures(first: first, second: second, width: 4)
    }
}
