import Federation
import Statistics
import TestKit
import Validation

extension ListedComputation {
    /// The calibration curve, the decision curve, reclassification and the AUC within sites.
    static var calibrationAndDecision: [ListedComputation] {
        [
            ListedComputation(
                PooledCalibrationCurve(quantileBins: 40, minimumPerBin: 3, distanceBins: 50), shard: predicted,
                split: splitCases),
            ListedComputation(
                PooledCalibrationCurve(knots: [-2, -0.7, 0.3, 1.4]), shard: predicted, split: splitCases),
            ListedComputation(DecisionCurve(thresholds: [0.05, 0.3, 0.5, 0.9]), shard: predicted, split: splitCases),
            ListedComputation(PooledReclassification(), shard: paired, split: splitPaired),
            ListedComputation(PooledReclassification(cutPoints: [0.2, 0.5]), shard: paired, split: splitPaired),
            ListedComputation(
                StratifiedAUC(minimumPerClass: 2), shard: strata,
                split: { strata, count in
                    ShardProperty.unevenRanges(strata.count, into: count).map { Array(strata[$0]) }
                }),
        ]
    }

    private static func splitCases(_ cases: ScoredCases, _ count: Int) -> [ScoredCases] {
        ShardProperty.unevenRanges(cases.count, into: count).map(cases.selecting)
    }

    private static func splitPaired(_ risks: PairedRisks, _ count: Int) -> [PairedRisks] {
        ShardProperty.unevenRanges(risks.outcome.count, into: count).map { range in
            PairedRisks(
                old: Array(risks.old[range]), new: Array(risks.new[range]), outcome: Array(risks.outcome[range]))
        }
    }

    /// 167 probabilities that are too extreme.
    private static func predicted() -> ScoredCases {
        var generator = SeededGenerator(seed: 61)
        let risk = (0..<167).map { _ in generator.uniform() }
        let outcome = risk.map { generator.uniform() < 0.25 + 0.5 * $0 ? 1.0 : 0 }
        return ScoredCases(scores: risk, outcome: outcome)
    }

    /// 89 risks by two models.
    private static func paired() -> PairedRisks {
        var generator = SeededGenerator(seed: 62)
        let old = (0..<89).map { _ in generator.uniform() }
        let outcome = old.map { generator.uniform() < $0 ? 1.0 : 0 }
        return PairedRisks(
            old: old, new: zip(old, outcome).map { 0.8 * $0 + 0.1 * $1 + 0.1 * generator.uniform() }, outcome: outcome)
    }

    /// Five sites of 12 to 40 cases, one of them with one class.
    private static func strata() -> [ScoredCases] {
        var generator = SeededGenerator(seed: 63)
        return [12, 20, 27, 33, 40].map { count in
            let outcome = (0..<count).map { count != 20 && $0 % 3 == 0 ? 1.0 : 0 }
            return ScoredCases(
                scores: outcome.map { (10 * ($0 + generator.normal())).rounded() / 10 }, outcome: outcome)
        }
    }
}
