public import Plots

extension ModelFile.Stability {
    /// How often each feature was in the models of the folds, the most frequent ones.
    ///
    /// - Parameter limit: most features that are drawn; a note tells how many more there are.
    public func plot(of method: String, limit: Int = 60) -> FrequencyPlot {
        let all = frequencies.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        var notes = [
            "Nogueira's stability index: " + (index.map { PlotNumber.fixed($0, decimals: 3) } ?? "not defined")
        ]
        if all.count > limit { notes.append("\(all.count - limit) less frequent ones are not drawn") }
        return FrequencyPlot(
            title: "Selection of features, \(method), \(fits) folds",
            measure: "Share of the models without one fold that have the feature",
            rows: all.prefix(limit).map { FrequencyPlot.Row(name: $0.key, share: $0.value) }, notes: notes)
    }
}
