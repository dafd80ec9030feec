import Federation
import Plots
import Statistics
import Validation

extension CrossValidation {
    /// The .632 and the .632+ result of a statistic that is a mean over cases or pairs, which a calibration slope is not: the
    /// apparent result and that on the cases which a resample did not draw, weighted (Efron and Tibshirani, JASA 1997, eq. 24
    /// and 29).
    func outOfBagRecords(
        _ measured: Measured, apparent: Estimate?, outOfBag: [Double], probabilities: [Double], of resamples: Int
    ) -> [StatisticRecord] {
        guard measured.statistic == .auc || measured.statistic == .brier, case .value(let apparent)? = apparent,
            outOfBag.count >= 2
        else { return [] }
        let b = Double(outOfBag.count)
        let mean = outOfBag.reduce(0, +) / b
        let spread = outOfBag.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (b - 1)
        let weights = PointSixThreeTwo(
            apparent: apparent.value, outOfBag: mean,
            uninformed: measured.statistic == .auc ? 0.5 : Self.uninformedBrier(probabilities, table.cases.outcome),
            isError: measured.statistic == .brier)
        let note = "\(outOfBag.count) of \(resamples) resamples within sites, " + method
        func record(_ variant: String, _ value: Double, weight: Double, _ how: String) -> StatisticRecord {
            // The share of the apparent result has no error of the resampling.
            let error = weight * (spread / b).squareRoot()
            return StatisticRecord(
                measured.statistic, variant: variant, site: measured.site,
                .value(
                    .normal(
                        value, standardError: error, n: apparent.n, events: apparent.events,
                        method: "\(how), \(note), interval of the resampling")))
        }
        return [
            record("out of bag", mean, weight: 1, "cases that a resample did not draw"),
            record(".632", weights.plain, weight: PointSixThreeTwo.share, ".368 apparent + .632 out of bag"),
            record(
                ".632+", weights.plus, weight: weights.weight,
                "apparent and out of bag, weight \(PlotNumber.fixed(weights.weight, decimals: 4)) of the latter"),
        ]
    }

    /// Brier score where outcomes say nothing of the probabilities: the mean over all pairs of a probability and an outcome.
    private static func uninformedBrier(_ probabilities: [Double], _ outcome: [Double]) -> Double {
        let n = Double(outcome.count)
        let (p, y) = (probabilities.reduce(0, +) / n, outcome.reduce(0, +) / n)
        let squares = probabilities.reduce(0) { $0 + $1 * $1 } / n
        return squares - 2 * p * y + y
    }
}
