import Federation
public import Plots
import Statistics
import Validation

extension PredictionAnalysis {
    /// Pictures: sites' AUCs with their summary, ROC curves; for scores from 0 to 1 calibration and net benefit.
    public func plots() -> [any Plot] {
        var plots: [any Plot] = []
        for score in scores {
            if !sites.isEmpty {
                plots += forests(score.name, score.values)
            }
        }
        plots.append(operatingCurves())
        for score in scores where score.values.allSatisfy({ (0...1).contains($0) }) {
            if let calibration = calibrationPlot(score.name, score.values) { plots.append(calibration) }
        }
        if let decision = decisionPlot() { plots.append(decision) }
        return plots
    }

    private func forests(_ name: String, _ values: [Double]) -> [any Plot] {
        let cases = sites.map { site in
            Cases(
                scores: site.rows.map { values[$0] }, outcome: site.rows.map { outcome[$0] }, label: "",
                site: site.name)
        }
        let sizes = cases.map { "\(Int($0.outcome.reduce(0, +))) / \($0.outcome.count)" }
        let label = scores.count > 1 ? " of \(name)" : ""
        var plots: [any Plot] = [
            ForestPlot.sites(
                title: "AUC\(label) by site", measure: "AUC", names: cases.map(\.site), sizes: sizes,
                shown: cases.map {
                    $0.discrimination.areaOnLogit.number == nil
                        ? $0.discrimination.area : $0.discrimination.areaOnLogit
                },
                estimates: cases.map(\.discrimination.area), scale: .logit, neutral: 0.5, range: 0...1)
        ]
        guard cases.allSatisfy(\.areProbabilities) else { return plots }
        let ratios = cases.map { $0.calibration(\.observedOverExpected) }
        let slopes = cases.map { $0.calibration(\.slope) }
        plots.append(
            ForestPlot.sites(
                title: "Observed over expected events\(label) by site", measure: "O:E", names: cases.map(\.site),
                sizes: sizes, shown: ratios, estimates: ratios, scale: .logarithm, neutral: 1, range: 0.1...10))
        plots.append(
            ForestPlot.sites(
                title: "Calibration slope\(label) by site", measure: "Slope", names: cases.map(\.site), sizes: sizes,
                shown: slopes, estimates: slopes, scale: .identity, neutral: 1, range: -2...4))
        return plots
    }

    private func operatingCurves() -> Chart {
        var curves: [Chart.Curve] = []
        var bandName = ""
        for score in scores {
            let found = Discrimination(scores: score.values, outcome: outcome)
            guard let curve = found.curve else { continue }
            let band = OperatingBand(scores: score.values, outcome: outcome)
            switch band?.method {
            case .bootstrap:
                bandName = "pointwise 95% band, \(OperatingBand.resamples) stratified resamples"
            case .simultaneous: bandName = "simultaneous 95% band"
            case nil: break
            }
            var text = score.name
            if case .value(let value) = found.areaOnLogit.number == nil ? found.area : found.areaOnLogit {
                text += ": AUC \(PlotNumber.interval(value.value, value.lower, value.upper))"
            }
            func points(_ y: [Double]) -> [PlotPoint] { zip(band?.grid ?? [], y).map { PlotPoint($0, $1) } }
            curves.append(
                Chart.Curve(
                    name: text,
                    points: Self.thinned(curve.points.map { PlotPoint(1 - $0.specificity, $0.sensitivity) }),
                    lower: points(band?.lower ?? []), upper: points(band?.upper ?? [])))
        }
        let events = Int(outcome.reduce(0, +))
        return .roc(
            title: "ROC curve of all cases", curves: curves,
            certified: scores.first.map { certifiedBoxes($0.values) } ?? [], bandName: bandName,
            notes: ["\(events) events among \(outcome.count) cases"])
    }

    /// A ROC curve whose neighbouring points are told apart in a picture: 1000 points at most.
    private static func thinned(_ points: [PlotPoint]) -> [PlotPoint] {
        guard points.count > 1000 else { return points }
        var kept = [points[0]]
        for point in points.dropFirst() {
            let last = kept[kept.count - 1]
            if point.x - last.x + point.y - last.y >= 0.002 { kept.append(point) }
        }
        return kept + [points[points.count - 1]]
    }

    private func calibrationPlot(_ name: String, _ values: [Double]) -> Chart? {
        guard !values.isEmpty else { return nil }
        let cases = Cases(scores: values, outcome: outcome, label: "", site: "")
        var notes: [String] = []
        for (text, path) in [
            ("O:E", \CalibrationReport.observedOverExpected), ("intercept", \.intercept), ("slope", \.slope),
        ] {
            if case .value(let value) = cases.calibration(path) {
                notes.append("\(text) \(PlotNumber.interval(value.value, value.lower, value.upper))")
            }
        }
        var curve: [PlotPoint] = []
        var (lower, upper): ([PlotPoint], [PlotPoint]) = ([], [])
        let sorted = values.sorted()
        if let fit = try? CalibrationCurve(probabilities: values, outcome: outcome) {
            // The curve is drawn where cases are.
            let (from, to) = (sorted[0], sorted[sorted.count - 1])
            for step in 0...100 {
                let x = from + Double(step) / 100 * (to - from)
                let y = fit.observed(at: x)
                curve.append(PlotPoint(x, y.value))
                lower.append(PlotPoint(x, y.lower))
                upper.append(PlotPoint(x, y.upper))
            }
            notes.append(
                "ICI \(PlotNumber.fixed(fit.ici, decimals: 3)), E50 \(PlotNumber.fixed(fit.e50, decimals: 3)), "
                    + "E90 \(PlotNumber.fixed(fit.e90, decimals: 3))")
        }
        return .calibration(
            title: scores.count > 1 ? "Calibration of \(name)" : "Calibration", curve: curve, lower: lower,
            upper: upper, groups: groups(values), probabilities: values, isEvent: outcome.map { $0 == 1 }, notes: notes)
    }

    /// Groups of about equal size in the order of the predictions: ten, fewer below 200 cases.
    private func groups(_ values: [Double]) -> [(at: PlotPoint, lower: Double, upper: Double)] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        let count = max(2, min(10, values.count / 20))
        return (0..<count).compactMap { group in
            let rows = order[(group * order.count / count)..<((group + 1) * order.count / count)]
            guard !rows.isEmpty else { return nil }
            let events = rows.reduce(0) { $0 + (outcome[$1] == 1 ? 1 : 0) }
            let mean = rows.reduce(0) { $0 + values[$1] } / Double(rows.count)
            guard case .value(let share) = Proportion.wilson(successes: events, of: rows.count, name: "events"),
                let lower = share.lower, let upper = share.upper
            else { return nil }
            return (PlotPoint(mean, share.value), lower, upper)
        }
    }

    private func decisionPlot() -> Chart? {
        let risks = scores.filter { $0.values.allSatisfy { (0...1).contains($0) } }
        guard !risks.isEmpty, !outcome.isEmpty else { return nil }
        let thresholds = (1...99).map { Double($0) / 100 }
        let n = Double(outcome.count)
        let rate = outcome.reduce(0, +) / n
        let models = risks.map { score in
            (
                name: score.name,
                benefit: thresholds.map { threshold in
                    let table = Proportion.atThreshold(scores: score.values, outcome: outcome, threshold: threshold)
                    let odds = threshold / (1 - threshold)
                    return Double(table.truePositives) / n - Double(table.falsePositives) / n * odds
                }
            )
        }
        return .decision(
            title: "Decision curve", thresholds: thresholds, models: models,
            treatAll: thresholds.map { rate - (1 - rate) * $0 / (1 - $0) },
            notes: ["net benefit per case; only thresholds set beforehand are to be read"])
    }
}

extension ForestPlot {
    /// Sites with the random-effects summary (REML, Hartung-Knapp at least as wide as Wald).
    static func sites(
        title: String, measure: String, names: [String], sizes: [String], shown: [Estimate], estimates: [Estimate],
        scale: SiteSummary.Scale, neutral: Double?, range: ClosedRange<Double>?
    ) -> ForestPlot {
        let summary = SiteSummary(estimates, scale: scale)
        let weights = SiteSummary.weights(estimates, scale: scale, tauSquared: summary.tauSquared.number ?? 0)
        let isPooled = summary.mean.number != nil
        let rows = names.indices.map { index -> Row in
            var value: EstimateValue?
            if case .value(let found) = shown[index] { value = found }
            return Row(
                name: names[index], size: sizes.isEmpty ? "" : sizes[index], value: value?.value, lower: value?.lower,
                upper: value?.upper, weight: isPooled ? weights[index] : nil, reason: shown[index].reason)
        }
        func interval(_ estimate: Estimate) -> Interval? {
            guard case .value(let value) = estimate, let lower = value.lower, let upper = value.upper else {
                return nil
            }
            return Interval(value: value.value, lower: lower, upper: upper)
        }
        var notes: [String] = []
        if case .value(let tau) = summary.tauSquared, let share = summary.iSquared.number, let q = summary.q.number {
            notes.append(
                "tau2 \(PlotNumber.interval(tau.value, tau.lower, tau.upper, decimals: 3)), I2 "
                    + "\(PlotNumber.fixed(100 * share, decimals: 0))%, Q \(PlotNumber.fixed(q, decimals: 1))"
                    + (summary.homogeneityPValue.map {
                        ", p \($0 < 0.001 ? "< 0.001" : PlotNumber.fixed($0, decimals: 3))"
                    }
                        ?? ""))
            if tau.n < 10 { notes.append("Fewer than ten sites: the prediction interval is approximate") }
        }
        return ForestPlot(
            title: title, measure: measure, rows: rows, summary: interval(summary.mean),
            prediction: interval(summary.prediction),
            method: isPooled
                ? "Random effects on the \(scale == .identity ? "plain" : scale.rawValue) scale, REML, Hartung-Knapp at least as wide as Wald"
                : "Fewer than three sites with an interval: listed, not pooled",
            notes: notes, neutral: neutral, isLogarithmic: scale == .logarithm, range: range)
    }
}
