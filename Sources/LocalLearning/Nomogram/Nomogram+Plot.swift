public import Plots

extension Nomogram {
    /// The scales as a picture.
    ///
    /// - Parameter title: what the model predicts.
    public func plot(title: String) -> NomogramPlot {
        let most = max(totals.last ?? 1, variables.reduce(0) { $0 + ($1.marks.map(\.points).max() ?? 0) })
        func ticks(_ marks: [Mark], over range: Double) -> [NomogramPlot.Tick] {
            marks.map { NomogramPlot.Tick(position: $0.points / range, label: PlotNumber.short($0.value)) }
        }
        func scale(_ name: String, _ marks: [Mark], over range: Double) -> NomogramPlot.Scale {
            NomogramPlot.Scale(name: name, ticks: ticks(marks, over: range))
        }
        let points = stride(from: 0.0, through: 100, by: 10).map { Mark(value: $0, points: $0) }
        let result = horizon.map { "Risk to \(PlotNumber.short($0))" } ?? "Probability"
        return NomogramPlot(
            title: title,
            scales: [scale("Points", points, over: 100)]
                + variables.map { scale($0.name, $0.marks, over: 100) }
                + [
                    scale("Total points", totals.map { Mark(value: $0, points: $0) }, over: most),
                    scale("Linear predictor", linearPredictor, over: most), scale(result, probabilities, over: most),
                ])
    }
}
