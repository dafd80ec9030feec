import Plots
import Statistics
import Validation

extension PredictionAnalysis {
    /// Fewest pooled cases of a bin, as a study's policy has it.
    static let certifiedBin = 5

    /// What a study would know of the pooled scores of the sites: histograms, from which an interval that is certain to hold the AUC,
    /// and rectangles that are certain to hold the ROC curve, follow. Nil below the floor or without both classes.
    func certified(_ values: [Double]) -> (
        area: EstimateValue, interval: CertifiedInterval, curve: CertifiedCurve, bins: Int
    )? {
        let shards = (sites.isEmpty ? [("", Array(outcome.indices))] : sites).map { _, rows in
            ScoredCases(scores: rows.map { values[$0] }, outcome: rows.map { outcome[$0] })
        }
        guard let found = try? CertifiedAUC.search(shards, minimumPerBin: Self.certifiedBin),
            case .value(let area) = found.estimate, let interval = found.certified, let curve = found.curve
        else { return nil }
        return (area, interval, curve, found.bins)
    }

    /// The pooled AUC with its certain interval, over sites.
    func certifiedRecords(_ values: [Double], _ label: String) -> [StatisticRecord] {
        guard !sites.isEmpty else { return [] }
        let variant = Self.joined(label, "pooled, certified")
        guard let found = certified(values) else {
            return [
                StatisticRecord(
                    .auc, variant: variant,
                    .notEstimable("too few cases for two bins of \(Self.certifiedBin), or one class only"))
            ]
        }
        let value = EstimateValue(
            value: found.area.value, lower: found.interval.lower, upper: found.interval.upper, n: found.area.n,
            events: found.area.events,
            method: "histograms of \(found.bins) bins of at least \(Self.certifiedBin) cases; the interval is certain "
                + "to hold the AUC of the pooled scores, and says nothing of chance")
        return [StatisticRecord(.auc, variant: variant, .value(value))]
    }

    /// Sensitivity at every hundredth of specificity with its band, and between which bounds it certainly is.
    func curveRecords(_ values: [Double], _ label: String) -> [StatisticRecord] {
        guard let band = OperatingBand(scores: values, outcome: outcome),
            let curve = Discrimination(scores: values, outcome: outcome).curve
        else { return [] }
        let events = Int(outcome.reduce(0, +))
        let method =
            band.method == .bootstrap
            ? "pointwise 95 % band, \(OperatingBand.resamples) stratified resamples" : "simultaneous 95 % band"
        let certain = certified(values)
        return band.grid.indices.reversed().flatMap { index -> [StatisticRecord] in
            let falsePositives = band.grid[index]
            let point = "specificity \(PlotNumber.fixed(1 - falsePositives, decimals: 2))"
            func record(_ variant: String, _ lower: Double, _ upper: Double, _ method: String) -> StatisticRecord {
                StatisticRecord(
                    .sensitivity, variant: Self.joined(label, "\(variant), \(point)"),
                    .value(
                        EstimateValue(
                            value: curve.sensitivity(at: falsePositives), lower: lower, upper: upper,
                            n: outcome.count, events: events, method: method)))
            }
            var records = [record("ROC", band.lower[index], band.upper[index], method)]
            if let certain {
                let bounds = certain.curve.sensitivity(at: falsePositives)
                records.append(
                    record(
                        "ROC, certified", bounds.lower, bounds.upper,
                        "certain to hold the curve of the pooled scores, \(certain.bins) bins"))
            }
            return records
        }
    }

    /// Rectangles that hold the curve, for a picture.
    func certifiedBoxes(_ values: [Double]) -> [(lower: PlotPoint, upper: PlotPoint)] {
        guard let points = certified(values)?.curve.points else { return [] }
        return zip(points, points.dropFirst()).map { from, to in
            (PlotPoint(from.falsePositives, from.truePositives), PlotPoint(to.falsePositives, to.truePositives))
        }
    }
}
