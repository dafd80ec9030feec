public import Federation
import Harmonisation
import Plots

extension HarmonisationReport {
    /// The report as one HTML page with its plots inside.
    ///
    /// - Parameter plotted: number of features, those that differ most before, with densities.
    public func page(before: CaseTable, after: CaseTable, plotted: Int = 6) -> String {
        let batches = Set(before.batch).count
        var sections: [HTMLReport.Section] = [
            .table(caption: "Batches before and after", columns: ["", "before", "after"], rows: summaryRows()),
            .heading("First two principal components"),
            .plots([
                ReportCharts.scores(self.before.scores, batch: before.batch, title: "before"),
                ReportCharts.scores(self.after.scores, batch: after.batch, title: "after"),
            ]),
            .heading("Densities of the batches"),
        ]
        let order = self.before.features.indices.sorted {
            (self.before.features[$0].anova?.statistic ?? 0) > (self.before.features[$1].anova?.statistic ?? 0)
        }
        sections += order.prefix(plotted).map { column in
            .plots(
                [(before, "before"), (after, "after")].map { table, when in
                    ReportCharts.densities(
                        Self.groups(table, column), label: table.featureNames[column],
                        title: "\(table.featureNames[column]), \(when)")
                })
        }
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
        return HTMLReport(
            title: "Harmonisation",
            subtitle: "\(before.count) rows, \(before.featureCount) features, \(batches) batches.", sections: sections
        ).html
    }

    private static func groups(_ table: CaseTable, _ column: Int) -> [(name: String, values: [Double])] {
        Set(table.batch).sorted().map { name in
            (
                BatchCombination.shown(name),
                table.batch.indices.filter { table.batch[$0] == name }.map {
                    table.features[$0 * table.featureCount + column]
                }
            )
        }
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
            [
                "area under the curve of telling batches", PlotNumber.short(before.batchAUC),
                PlotNumber.short(after.batchAUC),
            ],
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
            caption: "Travelling subjects: ICC(A,1) of \(subjects.before.complete) subjects that every batch measured, "
                + "Lin's concordance over pairs of batches of \(subjects.before.travelling)",
            columns: ["feature", "ICC before", "ICC after", "CCC before", "CCC after"], rows: rows)
    }
}
