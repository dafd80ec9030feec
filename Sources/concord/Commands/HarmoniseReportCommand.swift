import ArgumentParser
import Foundation
import LocalHarmonisation
import StudyProtocol

extension Harmonise {
    struct Report: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare batches before and after harmonisation: tests, distances, plots.",
            discussion: """
                Example:
                  concord harmonise report --features features.csv --harmonised harmonised.csv --meta meta.csv \\
                    --batch scanner --covariates age --html report.html
                Prints JSON; missing values are refused.
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
        @Option(help: "Write a page with plots here (HTML, in one file).") var html: String?

        func run() throws {
            try guarded {
                let description = try readTable(meta)
                let rows = try [features, harmonised].map { path in
                    let input = try HarmonisationInput(
                        features: try readRows(path), meta: description, except: [subject].compactMap { $0 })
                    let design = try input.design(numeric: words(covariates), categorical: words(categorical))
                    return try input.loaded(batches: words(batch), design: design, subject: subject)
                }
                let tables = rows.map(\.table)
                let report = try HarmonisationReport(
                    before: tables[0], after: tables[1], subject: rows[0].subject)
                if let html {
                    let page = report.page(before: tables[0], after: tables[1])
                    try Data(page.utf8).write(to: URL(filePath: html), options: .atomic)
                }
                Terminal.data(String(decoding: try CanonicalForm.encode(report), as: UTF8.self) + "\n")
            }
        }
    }
}
