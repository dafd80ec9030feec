public import Plots

extension DropAttribution {
    /// Pictures: the drop and its parts, to all external cases and to each external site.
    public func plots(_ records: [StatisticRecord]) -> [any Plot] {
        ([""] + (outside.count > 1 ? outside.map(\.name) : [])).map { site in
            let own = records.filter { $0.statistic == StatisticName.aucDrop.rawValue && $0.site == site }
            let name = site.isEmpty ? "all external cases" : site
            return ForestPlot(
                title: "Drop of the AUC to \(name), and its parts", measure: "Drop of the AUC",
                rows: own.map {
                    ForestPlot.Row(
                        name: $0.variant, value: $0.estimate, lower: $0.lower, upper: $0.upper, reason: $0.reason)
                }, kind: .list, method: "total: unpaired DeLong; parts: percentiles of the bootstrap", neutral: 0)
        }
    }
}
