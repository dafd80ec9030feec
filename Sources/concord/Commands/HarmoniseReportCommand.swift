import ArgumentParser
import Foundation
import LocalHarmonisation
import StudyProtocol
import Tables

extension Harmonise {
    struct Report: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare batches before and after harmonisation: tests, distances, plots.",
            discussion: """
                Example:
                  concord harmonise report --features features.csv --harmonised harmonised.csv --meta meta.csv \\
                    --batch scanner --covariates age --html report.html
                Prints JSON; missing values are refused. The tables may be larger than memory.

                With --sites the table is divided into sites that exchange sums, as in a study: no row leaves a site, batches
                are shown by centres, ellipses and histograms in groups of --minimum rows, and areas and
                Kolmogorov-Smirnov distances come with the interval that holds those of the rows. --subject then compares
                the batches of each site on --minimum subjects or more.
                """)

        @Option(help: "Table of features before (CSV).") var features: String
        @Option(help: "The same table after harmonisation (CSV).") var harmonised: String
        @Option(help: "Table of what describes the rows: batch, covariates (CSV).") var meta: String
        @Option(help: "Column of the batch.") var batch: String
        @Option(help: "Covariates whose effects are compared, separated by commas.") var covariates = ""
        @Option(help: "Those of the covariates that are levels and not numbers, separated by commas.")
        var categorical = ""
        @Option(
            help: "Column that names the subject, where some were measured in several batches: ICC and concordance.")
        var subject: String?
        @Option(help: "Column of the site: report from sums of sites only.") var sites: String?
        @Option(
            help: "With --sites: fewest rows of a batch and of a group of cells of its histograms, and fewest subjects."
        )
        var minimum = 5
        @Option(help: "Write a page with plots here (HTML, in one file).") var html: String?

        func validate() throws {
            guard minimum > 0 else { throw ValidationError("--minimum: give a positive number") }
        }

        func run() throws {
            try guarded {
                let description = try readTable(meta)
                let inputs = try [features, harmonised].map { path in
                    try HarmonisationInput(
                        features: try readRows(path), meta: description, except: [subject].compactMap { $0 })
                }
                let rows = try inputs.map { input in
                    try input.spooled(
                        batches: words(batch),
                        design: try input.design(numeric: words(covariates), categorical: words(categorical)),
                        subject: subject)
                }
                let report: HarmonisationReport
                if let sites {
                    let divided = try zip(inputs, rows).map { try $0.sites($1, column: sites) }
                    report = try HarmonisationReport(
                        sitesBefore: divided[0], sitesAfter: divided[1],
                        subjects: subject == nil ? nil : divided[0].compactMap(\.subject), minimum: minimum)
                } else {
                    report = try HarmonisationReport(
                        before: rows[0], after: rows[1], subject: rows[0].subject)
                }
                if let html {
                    let page =
                        try sites == nil ? report.page(before: rows[0], after: rows[1]) : report.page()
                    try Data(page.utf8).write(to: URL(filePath: html), options: .atomic)
                }
                Terminal.data(String(decoding: try CanonicalForm.encode(report), as: UTF8.self) + "\n")
            }
        }
    }
}
