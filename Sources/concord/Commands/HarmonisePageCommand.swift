import ArgumentParser
import Foundation
import LocalHarmonisation
import StudyCore
import StudyProtocol

extension Harmonise {
    /// `concord harmonise page`
    struct Page: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the page of a study's report of harmonisation.",
            discussion: """
                Examples:
                  concord harmonise page hcc-mvi-ct --html report.html
                  concord harmonise page results/harmonisation-report.json --html report.html
                The protocol asks for the report with harmonisation.report; docs/harmonisation.md says what it shows.
                """)

        @Argument(help: "The run, the study for its newest run, or a report (JSON).") var report: String
        @Option(help: "Write the page here (HTML, in one file).") var html: String
        @OptionGroup var access: CoordinatorAccess

        func run() async throws {
            let bytes: Data
            if let local = FileManager.default.contents(atPath: report) {
                bytes = local
            } else {
                bytes = Data(
                    try await access.client().get(
                        "/v1/runs/\(report)/artefacts/\(ArtefactName.harmonisationReport)"))
            }
            try guarded {
                guard let found = try? CanonicalForm.decode(HarmonisationReport.self, from: bytes) else {
                    throw LocalHarmonisationError.options("'\(report)' is no report of harmonisation")
                }
                try Data(try found.page().utf8).write(to: URL(filePath: html), options: .atomic)
            }
        }
    }
}
