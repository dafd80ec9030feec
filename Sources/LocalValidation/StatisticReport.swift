public import Plots

/// The page of a local command: what was asked, pictures, every number.
public enum StatisticReport {
    /// A page.
    ///
    /// - Parameters:
    ///   - title: of the page.
    ///   - file: name of the table that was read, without its folder.
    ///   - records: every number; net benefit and the points of a ROC curve, of which there are many, are left to their pictures.
    ///   - plots: pictures, in order.
    public static func page(
        title: String, file: String, records: [StatisticRecord], plots: [any Plot]
    ) -> HTMLReport {
        let hidden = [StatisticName.netBenefit, .standardisedNetBenefit].map(\.rawValue)
        // The points of ROC curves are in their picture too.
        let shown = records.filter { record in
            !hidden.contains(record.statistic)
                && !(record.statistic == StatisticName.sensitivity.rawValue
                    && record.variant.contains(", specificity "))
        }
        let overall = shown.filter { $0.site.isEmpty }
        let bySite = shown.filter { !$0.site.isEmpty }
        var sections: [HTMLReport.Section] = []
        if !plots.isEmpty { sections += [.heading("Pictures"), .plots(plots)] }
        sections.append(.heading("Numbers"))
        if !overall.isEmpty { sections.append(table("Over all cases and sites", overall, hasSites: false)) }
        if !bySite.isEmpty { sections.append(table("By site", bySite, hasSites: true)) }
        let names = StatisticName.allCases.filter { name in shown.contains { $0.statistic == name.rawValue } }
        sections += [
            .heading("Definitions"),
            .table(
                caption: "Statistics of this page, with their sources",
                columns: ["Statistic", "Definition", "Reference"],
                rows: names.map { [$0.rawValue, $0.explanation.definition, $0.explanation.reference] }),
            .paragraph(
                "Intervals are 95 %, but those that are called certain. n/e: not estimable from these data, for the reason given; never a zero. Computed on one machine by concord; nothing was sent."
            ),
        ]
        return HTMLReport(title: title, subtitle: file, sections: sections)
    }

    private static func table(_ caption: String, _ records: [StatisticRecord], hasSites: Bool) -> HTMLReport.Section {
        let columns = ["Statistic", "Variant", "Estimate", "95% CI", "SE", "p", "n", "Events", "Method or reason"]
        let rows = records.map(cells)
        guard hasSites else { return .table(caption: caption, columns: columns, rows: rows) }
        return .table(
            caption: caption, columns: ["Site"] + columns, rows: zip(records, rows).map { [$0.site] + $1 })
    }

    private static func cells(_ record: StatisticRecord) -> [String] {
        func number(_ value: Double?) -> String { value.map { PlotNumber.fixed($0, decimals: 3) } ?? "" }
        var estimate = number(record.estimate)
        if record.estimate == nil { estimate = record.status == "suppressed" ? "suppressed" : "n/e" }
        var interval = ""
        if record.lower != nil, record.upper != nil { interval = "\(number(record.lower)) to \(number(record.upper))" }
        var p = number(record.pValue)
        if let value = record.pValue, value < 0.001 { p = "< 0.001" }
        let how = [record.method, record.reason].filter { !$0.isEmpty }.joined(separator: "; ")
        let counts: [String] = [record.n, record.events].map { $0.map { "\($0)" } ?? "" }
        return [record.statistic, record.variant, estimate, interval, number(record.standardError), p] + counts + [how]
    }
}
