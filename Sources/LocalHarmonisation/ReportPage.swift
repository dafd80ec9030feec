public import Harmonisation
import Plots

extension HarmonisationReport {
    /// The report as one HTML page with its plots inside.
    ///
    /// - Parameters:
    ///   - before: the rows that were diagnosed; nil after sites exchanged sums.
    ///   - after: the same rows after harmonisation.
    ///   - plotted: number of features, those that differ most before, with densities.
    /// - Throws: what reading the rows throws.
    public func page(
        before: (any RowSource)? = nil, after: (any RowSource)? = nil, plotted: Int = 6
    ) throws -> String {
        let names = self.before.centroids.map { BatchCombination.shown($0.batch) }
        var sections: [HTMLReport.Section] = [
            .table(caption: "Batches before and after", columns: ["", "before", "after"], rows: summaryRows()),
            .heading("First two principal components"),
            .plots([
                ReportCharts.components(self.before, rows: before, title: "before"),
                ReportCharts.components(self.after, rows: after, title: "after"),
            ]),
            .heading("Densities of the batches"),
        ]
        let order = self.before.features.indices.sorted {
            (self.before.features[$0].anova?.statistic ?? 0) > (self.before.features[$1].anova?.statistic ?? 0)
        }.prefix(plotted)
        let densities = try [(before, self.before, "before"), (after, self.after, "after")].map { rows, found, when in
            try Self.densities(Array(order), rows, found, names: names, when: when)
        }
        sections += zip(densities[0], densities[1]).map { .plots([$0, $1]) }
        let priors = priors.flatMap { [ReportCharts.locationPrior($0), ReportCharts.scalePrior($0)] }.compactMap { $0 }
        if !priors.isEmpty {
            sections += [
                .heading("Priors of empirical Bayes"),
                .paragraph(
                    "Location and squared scale of each feature in a batch before shrinkage, and the laws that they are "
                        + "drawn to. Where the curves differ, priors by class of features or --method nonparametric or "
                        + "none are worth a look."),
                .plots(priors),
            ]
        }
        sections.append(featureTable())
        if let subjects { sections.append(Self.subjectTable(subjects)) }
        let cases = self.before.centroids.reduce(0) { $0 + $1.cases }
        return HTMLReport(
            title: "Harmonisation",
            subtitle: "\(cases) rows, \(self.before.features.count) features, \(names.count) batches.",
            sections: sections
        ).html
    }

    /// Densities of some features, from the rows or else from histograms.
    private static func densities(
        _ columns: [Int], _ rows: (any RowSource)?, _ found: BatchDiagnostics, names: [String], when: String
    ) throws -> [Chart] {
        guard let rows else {
            return columns.compactMap { column in
                found.features[column].histograms.map {
                    ReportCharts.densities($0, names: names, title: "\($0.feature), \(when)")
                }
            }
        }
        var charts: [Chart] = []
        try rows.forEachUnsortedColumn(columns) { column, groups in
            let feature = rows.featureNames[column]
            charts.append(
                ReportCharts.densities(
                    zip(names, groups).map { (name: $0, values: $1) }, label: feature, title: "\(feature), \(when)"))
        }
        return charts
    }

    private func summaryRows() -> [[String]] {
        func differing(_ features: [FeatureDiagnostics], _ test: (FeatureDiagnostics) -> FeatureDiagnostics.Test?)
            -> String
        {
            String(features.count { (test($0)?.p ?? 1) < 0.05 })
        }
        func largest(_ diagnostics: BatchDiagnostics) -> String {
            PlotNumber.short(diagnostics.distances.map(\.squared).max()?.squareRoot() ?? 0)
        }
        func area(_ diagnostics: BatchDiagnostics) -> String {
            guard let interval = diagnostics.batchAUCInterval else { return PlotNumber.short(diagnostics.batchAUC) }
            let ends = interval.map(PlotNumber.short).joined(separator: " to ")
            return "\(PlotNumber.short(diagnostics.batchAUC)) (\(ends))"
        }
        var rows = [
            [
                "features whose means differ (F, p < 0.05)", differing(before.features) { $0.anova },
                differing(after.features) { $0.anova },
            ],
            [
                "features whose spreads differ (Brown-Forsythe, p < 0.05)",
                differing(before.features) { $0.brownForsythe }, differing(after.features) { $0.brownForsythe },
            ],
            [
                "share of variance with the batch", PlotNumber.short(before.batchShare),
                PlotNumber.short(after.batchShare),
            ],
            ["area under the curve of telling batches", area(before), area(after)],
            ["largest Mahalanobis distance of two batches", largest(before), largest(after)],
        ]
        if let effectChange {
            rows.append(["largest change of a covariate's effect, SD", "", PlotNumber.short(effectChange)])
        }
        return rows
    }

    private func featureTable() -> HTMLReport.Section {
        let rows = zip(before.features, after.features).map { old, new in
            [old.feature]
                + [
                    old.anova?.statistic, new.anova?.statistic, old.brownForsythe?.statistic,
                    new.brownForsythe?.statistic, old.kolmogorovSmirnov, new.kolmogorovSmirnov,
                ].map { $0.map(PlotNumber.short) ?? "" }
        }
        return .table(
            caption: "Features: F of means, Brown-Forsythe's F of spreads, Kolmogorov-Smirnov distance",
            columns: [
                "feature", "F before", "F after", "spreads before", "spreads after", "KS before", "KS after",
            ], rows: rows)
    }

    private static func subjectTable(_ subjects: Subjects) -> HTMLReport.Section {
        let rows = zip(subjects.before.features, subjects.after.features).map { old, new in
            [old.feature]
                + [old.icc, new.icc, old.concordance, new.concordance].map {
                    $0.map { PlotNumber.fixed($0, decimals: 3) } ?? ""
                }
        }
        return .table(
            caption:
                "Travelling subjects: ICC(A,1) of \(subjects.before.complete) subjects that every batch of their group "
                + "measured (\(subjects.before.groups.map { $0.batches.joined(separator: " ") }.joined(separator: "; "))), "
                + "Lin's concordance over pairs of batches of \(subjects.before.travelling)",
            columns: ["feature", "ICC before", "ICC after", "CCC before", "CCC after"], rows: rows)
    }
}
