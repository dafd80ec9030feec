public import Plots
import Statistics
import Survival

extension SurvivalAnalysis {
    /// Pictures: survival of cases below and above the median score (of all cases for several scores: of the first) with numbers at
    /// risk, and the AUC at horizons.
    public func plots() -> [any Plot] {
        guard let last = followUp.times.max(), last > 0, let first = scores.first else { return [] }
        let axis = Axis(label: "Time", from: 0, to: last)
        return [survivalPlot(first.name, first.values, axis)] + [areaPlot(axis)].compactMap(\.self)
    }

    private func survivalPlot(_ name: String, _ values: [Double], _ axis: Axis) -> Chart {
        let middle = Quantile.linear(values.sorted(), 0.5)
        let groups = [
            ("\(name) up to the median", values.indices.filter { values[$0] <= middle }),
            ("\(name) above the median", values.indices.filter { values[$0] > middle }),
        ].filter { !$0.1.isEmpty }
        let riskTimes = axis.ticks.filter { $0 >= 0 }
        let curves = groups.map { name, rows in
            let data = followUp.selecting(rows)
            let found = KaplanMeier(data)
            return Self.curve(
                "\(name): \(data.eventCount) events among \(rows.count) cases", found,
                atRisk: riskTimes.map { time in data.times.count { $0 >= time } })
        }
        return .survival(
            title: "Survival by \(name)", axis: axis, curves: curves, riskTimes: riskTimes,
            bandName: "95% CI, pointwise (Greenwood, log)",
            notes: ["groups cut at the median, \(PlotNumber.short(middle)): a description, no test"])
    }

    /// The steps of a curve, with the interval where there is one.
    private static func curve(_ name: String, _ found: KaplanMeier, atRisk: [Int]) -> Chart.SurvivalCurve {
        var steps = [PlotPoint(0, 1)]
        var (lower, upper) = ([PlotPoint(0, 1)], [PlotPoint(0, 1)])
        func step(_ points: inout [PlotPoint], to time: Double, _ value: Double) {
            points.append(PlotPoint(time, points[points.count - 1].y))
            points.append(PlotPoint(time, value))
        }
        for point in visible(found.steps) {
            step(&steps, to: point.time, point.survival)
            guard case .value(let value) = found.survival(at: point.time) else { continue }
            step(&lower, to: point.time, value.lower ?? value.value)
            step(&upper, to: point.time, value.upper ?? value.value)
        }
        return Chart.SurvivalCurve(name: name, steps: steps, lower: lower, upper: upper, atRisk: atRisk)
    }

    /// The steps that a picture can tell apart: those after which the survival is lower by a five-hundredth than at the last one that
    /// is kept, and the last of all.
    private static func visible(_ steps: [KaplanMeier.Step]) -> [KaplanMeier.Step] {
        var kept: [KaplanMeier.Step] = []
        var height = 1.0
        for step in steps where height - step.survival >= 0.002 {
            kept.append(step)
            height = step.survival
        }
        if let last = steps.last, last != kept.last { kept.append(last) }
        return kept
    }

    /// AUCs at the tenths of the times of the events; nil where there are too few.
    private func areaPlot(_ axis: Axis) -> Chart? {
        let times = zip(followUp.times, followUp.events).filter(\.1).map(\.0).sorted()
        guard times.count >= 10 else { return nil }
        let horizons = Set((1...9).map { Quantile.linear(times, Double($0) / 10) }).sorted()
        let curves = scores.map { score in
            let values = horizons.compactMap { horizon -> (at: PlotPoint, lower: Double, upper: Double)? in
                guard
                    case .value(let value) = TimeDependentAUC.estimate(
                        followUp, scores: score.values, horizon: horizon)
                else { return nil }
                let lower = max(0, value.lower ?? value.value)
                return (PlotPoint(horizon, value.value), lower, min(1, value.upper ?? value.value))
            }
            return (name: score.name, values: values)
        }.filter { $0.values.count > 1 }
        return curves.isEmpty
            ? nil
            : .timeAUC(
                title: "AUC at horizons", axis: axis, curves: curves,
                notes: ["at the tenths of the times of the \(times.count) events"])
    }
}
