/// The charts of a survival analysis.
extension Chart {
    /// Survival of one group of cases.
    public struct SurvivalCurve: Sendable {
        /// Name of the group.
        public let name: String
        /// Corners of the step function from (0, 1) on: time and survival.
        public let steps: [PlotPoint]
        /// Lower side of a band over the same times.
        public let lower: [PlotPoint]
        /// Upper side.
        public let upper: [PlotPoint]
        /// Cases at risk at each time of the risk table.
        public let atRisk: [Int]

        /// Creates a curve.
        public init(name: String, steps: [PlotPoint], lower: [PlotPoint], upper: [PlotPoint], atRisk: [Int]) {
            (self.name, self.steps, self.lower, self.upper, self.atRisk) = (name, steps, lower, upper, atRisk)
        }
    }

    /// Survival curves with their bands and the numbers at risk.
    ///
    /// - Parameters:
    ///   - axis: of time, from 0.
    ///   - riskTimes: times of the risk table.
    ///   - bandName: what the bands are.
    public static func survival(
        title: String, axis: Axis, curves: [SurvivalCurve], riskTimes: [Double], bandName: String, notes: [String] = []
    ) -> Chart {
        var marks: [Mark] = []
        for (index, curve) in curves.enumerated() where !curve.lower.isEmpty {
            marks.append(
                .band(lower: curve.lower, upper: curve.upper, .number(index), name: index == 0 ? bandName : ""))
        }
        for (index, curve) in curves.enumerated() {
            marks.append(.line(curve.steps, .number(index), name: curve.name))
        }
        let ends = curves.map { curve in
            "\(curve.name): survival \(PlotNumber.fixed(curve.steps.last?.y ?? 1, decimals: 2)) at the end."
        }
        return Chart(
            title: title,
            summary: "Survival against time. " + (ends + notes.map { $0 + "." }).joined(separator: " "), x: axis,
            y: Axis(label: "Survival", from: 0, to: 1), marks: marks, notes: notes,
            counts: Counts(
                title: "At risk", at: riskTimes,
                rows: curves.map { Counts.Row(name: $0.name, counts: $0.atRisk) }))
    }

    /// Time-dependent AUCs of scores over horizons, with pointwise intervals.
    ///
    /// - Parameter curves: name, and AUC with its interval at each horizon.
    public static func timeAUC(
        title: String, axis: Axis, curves: [(name: String, values: [(at: PlotPoint, lower: Double, upper: Double)])],
        notes: [String] = []
    ) -> Chart {
        var marks: [Mark] = [.reference(PlotPoint(axis.lower, 0.5), PlotPoint(axis.upper, 0.5), name: "chance")]
        for (index, curve) in curves.enumerated() {
            marks.append(
                .band(
                    lower: curve.values.map { PlotPoint($0.at.x, $0.lower) },
                    upper: curve.values.map { PlotPoint($0.at.x, $0.upper) }, .number(index),
                    name: index == 0 ? "95% CI, pointwise" : ""))
        }
        for (index, curve) in curves.enumerated() {
            marks.append(.line(curve.values.map(\.at), .number(index), name: curve.name))
            marks.append(.points(curve.values.map(\.at), .number(index), name: ""))
        }
        let sentences = curves.map { curve in
            let areas = curve.values.map(\.at.y)
            return "\(curve.name): from \(PlotNumber.fixed(areas.min() ?? 0.5, decimals: 2)) to "
                + "\(PlotNumber.fixed(areas.max() ?? 0.5, decimals: 2))."
        }
        return Chart(
            title: title, summary: "AUC at horizons. " + sentences.joined(separator: " "), x: axis,
            y: Axis(label: "AUC of events by the horizon", from: 0, to: 1), marks: marks, notes: notes)
    }
}
