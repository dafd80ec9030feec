import ArgumentParser
import Foundation
import Reporting
import StudyCore
import StudyProtocol

/// Studies and their results.
struct StudyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "study", abstract: "Studies and their results.", subcommands: [List.self, Show.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the studies.")
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print("studies", columns: ["id", "title", "protocol_version", "runs"])
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The study on one screen, or as JSON.",
            discussion:
                "Example: concord study show hcc-mvi-ultrasound\nExit code 3 if an external site fails the gate, or the drop does."
        )
        @Argument(help: "The study, or a run.") var study: String
        @Flag(
            help:
                "In every format: exit code 0 if all gates of the protocol are passed, 3 if one is failed, else 6 (undecided)."
        )
        var gate = false
        @OptionGroup var options: ListOptions

        func run() async throws {
            let session = try options.access.client()
            let bytes = try await session.get("/v1/runs/\(study)/artefacts/\(ArtefactName.results)")
            let results = try CanonicalForm.decode(StudyResults.self, from: bytes)
            guard options.format == .table else {
                Terminal.data(String(decoding: bytes, as: UTF8.self))
                return try end(results)
            }
            let document = try await session.get("/v1/runs/\(study)/artefacts/\(ArtefactName.studyProtocol)")
            let text = try CanonicalForm.decode(StudyProtocol.self, from: document)
            Terminal.data(StudyScreen(study: text.study, title: text.title, results: results).text)
            if results.verdicts.contains("fail") { throw ExitCode(3) }
            try end(results)
        }

        private func end(_ results: StudyResults) throws {
            guard gate else { return }
            guard !results.verdicts.isEmpty else {
                throw Terminal.fail("the protocol of the run has no gate", code: 64)
            }
            if results.verdicts.contains("fail") { throw ExitCode(3) }
            if results.verdicts.contains("undecided") { throw ExitCode(6) }
        }
    }
}
