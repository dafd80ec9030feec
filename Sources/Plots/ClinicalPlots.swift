/// The charts of a validation and of a comparison of readers.
extension Chart {
    /// A ROC curve.
    public struct Curve: Sendable {
        /// Name of the score, with its AUC.
        public let name: String
        /// Points: 1 - specificity and sensitivity, ascending.
        public let points: [PlotPoint]
        /// A band around it; empty for none.
        public let lower: [PlotPoint]
        /// The upper side of the band.
        public let upper: [PlotPoint]

        /// Creates a curve.
        public init(name: String, points: [PlotPoint], lower: [PlotPoint] = [], upper: [PlotPoint] = []) {
            (self.name, self.points, self.lower, self.upper) = (name, points, lower, upper)
        }
    }

    /// ROC curves with their bands, and the areas that certainly hold the curve of binned scores.
    ///
    /// - Parameters:
    ///   - certified: boxes between neighbouring points of the binned curve, which hold the curve of the scores.
    ///   - bandName: what the bands are; empty without bands.
    public static func roc(
        title: String, curves: [Curve], certified: [(lower: PlotPoint, upper: PlotPoint)] = [], bandName: String = "",
        notes: [String] = []
    ) -> Chart {
        var marks: [Mark] = [.reference(PlotPoint(0, 0), PlotPoint(1, 1), name: "chance")]
        for (index, curve) in curves.enumerated() where !curve.lower.isEmpty {
            marks.append(
                .band(lower: curve.lower, upper: curve.upper, .number(index), name: index == 0 ? bandName : ""))
        }
        if !certified.isEmpty {
            marks.append(.boxes(certified, .b, name: "certain to hold the curve (bins of pooled scores)"))
        }
        for (index, curve) in curves.enumerated() {
            marks.append(.line(curve.points, .number(index), name: curve.name))
        }
        return Chart(
            title: title,
            summary: "Sensitivity against 1 - specificity. "
                + (curves.map(\.name) + notes).map { $0 + "." }.joined(separator: " "),
            x: Axis(label: "1 - specificity", from: 0, to: 1), y: Axis(label: "Sensitivity", from: 0, to: 1),
            marks: marks, notes: notes)
    }

    /// Observed against predicted risk: a smooth curve, tenths of the cases, and where the cases lie.
    public static func calibration(
        title: String, curve: [PlotPoint], lower: [PlotPoint], upper: [PlotPoint],
        groups: [(at: PlotPoint, lower: Double, upper: Double)], probabilities: [Double], isEvent: [Bool],
        notes: [String]
    ) -> Chart {
        let x = Axis(label: "Predicted risk", from: 0, to: 1)
        var marks: [Mark] = [.reference(PlotPoint(0, 0), PlotPoint(1, 1), name: "perfect calibration")]
        if !lower.isEmpty {
            marks.append(.band(lower: lower, upper: upper, .a, name: "95% CI of the curve, pointwise"))
        }
        if !curve.isEmpty { marks.append(.line(curve, .a, name: "restricted cubic spline of logit(p)")) }
        if !groups.isEmpty { marks.append(.intervals(groups, .b, name: "groups of equal size, Wilson 95% CI")) }
        return Chart(
            title: title, summary: "Observed against predicted risk. " + notes.map { $0 + "." }.joined(separator: " "),
            x: x, y: Axis(label: "Observed share of events", from: 0, to: 1), marks: marks, notes: notes,
            rug: Rug(values: probabilities, isEvent: isEvent, axis: x))
    }

    /// Net benefit over thresholds, with treating all and none.
    ///
    /// - Parameter models: name and net benefit at each threshold.
    public static func decision(
        title: String, thresholds: [Double], models: [(name: String, benefit: [Double])], treatAll: [Double],
        notes: [String] = []
    ) -> Chart {
        let best = (models.flatMap(\.benefit) + treatAll).filter(\.isFinite).max() ?? 1
        let low = -0.25 * max(best, 0.02)
        var marks: [Mark] = [.reference(PlotPoint(0, 0), PlotPoint(1, 0), name: "treat none")]
        marks.append(
            .line(zip(thresholds, treatAll).map { PlotPoint($0, $1) }.filter { $0.y >= low }, .d, name: "treat all"))
        for (index, model) in models.enumerated() {
            marks.append(
                .line(
                    zip(thresholds, model.benefit).map { PlotPoint($0, max(low, $1)) }, .number(index), name: model.name
                ))
        }
        let spans = models.map { model in
            let better = thresholds.indices.filter { model.benefit[$0] > max(0, treatAll[$0]) }
            guard let first = better.first, let last = better.last else { return "\(model.name): nowhere above both." }
            return
                "\(model.name): above treating all and none at \(better.count) of \(thresholds.count) thresholds, from "
                + "\(PlotNumber.fixed(thresholds[first], decimals: 2)) to \(PlotNumber.fixed(thresholds[last], decimals: 2))."
        }
        return Chart(
            title: title, summary: "Net benefit against the threshold of risk. " + spans.joined(separator: " "),
            x: Axis(label: "Threshold of risk", from: 0, to: 1),
            y: Axis(label: "Net benefit", from: low, to: max(best, 0.02) * 1.05), marks: marks, notes: notes)
    }

    /// Differences of two readings against their mean, with limits of agreement and their intervals.
    ///
    /// - Parameters:
    ///   - bias: mean difference with its interval.
    ///   - lowerLimit: lower limit of agreement with its interval.
    ///   - upperLimit: upper limit.
    public static func blandAltman(
        title: String, first: [Double], second: [Double], firstName: String, secondName: String,
        bias: ForestPlot.Interval, lowerLimit: ForestPlot.Interval, upperLimit: ForestPlot.Interval
    ) -> Chart {
        let points = zip(first, second).map { PlotPoint(($0 + $1) / 2, $1 - $0) }
        let x = Axis(label: "Mean of \(firstName) and \(secondName)", holding: points.map(\.x))
        let lines = [("mean difference", bias), ("lower limit", lowerLimit), ("upper limit", upperLimit)]
        let y = Axis(
            label: "\(secondName) - \(firstName)",
            holding: points.map(\.y) + [0] + lines.flatMap { [$0.1.lower, $0.1.upper] })
        var marks: [Mark] = [.reference(PlotPoint(x.lower, 0), PlotPoint(x.upper, 0), name: "no difference")]
        for (index, (_, line)) in lines.enumerated() {
            let look: SeriesLook = index == 0 ? .a : .b
            marks.append(
                .band(
                    lower: [PlotPoint(x.lower, line.lower), PlotPoint(x.upper, line.lower)],
                    upper: [PlotPoint(x.lower, line.upper), PlotPoint(x.upper, line.upper)], look,
                    name: index == 0 ? "95% CI of the mean difference" : index == 1 ? "95% CI of the limits" : ""))
            marks.append(
                .line(
                    [PlotPoint(x.lower, line.value), PlotPoint(x.upper, line.value)], look,
                    name: index == 0 ? "mean difference" : index == 1 ? "limits of agreement (mean +- 1.96 SD)" : ""))
        }
        marks.append(.points(points, .a, name: "cases"))
        let notes = lines.map {
            "\($0.0): \(PlotNumber.short($0.1.value)) (\(PlotNumber.short($0.1.lower)) to \(PlotNumber.short($0.1.upper)))"
        }
        return Chart(
            title: title,
            summary: "\(points.count) cases. " + notes.map { $0 + "." }.joined(separator: " "), x: x, y: y,
            marks: marks, notes: notes)
    }
}
