import ArgumentParser
import Foundation
import StudyProtocol

/// Protocols: local checks, and what the coordinator has.
struct ProtocolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protocol", abstract: "Check, hash, add, lock and list protocols.",
        subcommands: [List.self, Show.self, Hash.self, Add.self, Lock.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the protocol versions.")
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print(
                "protocols", columns: ["study", "version", "state", "sha256", "created_by", "locked_by", "locked_at"])
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print a protocol's canonical form.")
        @Argument(help: "At least eight digits of its SHA-256.") var sha256: String
        @OptionGroup var access: CoordinatorAccess
        func run() async throws {
            Terminal.data(String(decoding: try await access.client().get("/v1/protocols/\(sha256)"), as: UTF8.self))
        }
    }

    /// Prints the identity of a protocol file, after checking it.
    struct Hash: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a protocol file and print its SHA-256; needs no coordinator.",
            discussion: "Example: concord protocol hash protocols/hcc-mvi-ultrasound.yaml")
        @Argument(help: "Protocol file.") var file: String

        func run() throws {
            Terminal.data(try ProtocolFile.read(file).study.hash() + "\n")
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a protocol as a draft; its sites must be registered.")
        @Argument(help: "Protocol file.") var file: String
        @OptionGroup var access: CoordinatorAccess

        private struct Body: Encodable {
            let yaml: String
            let file: String
        }

        func run() async throws {
            let (text, _) = try ProtocolFile.read(file)
            let bytes = try await access.client().post(
                "/v1/protocols", Body(yaml: text, file: URL(filePath: file).lastPathComponent))
            Terminal.data(String(decoding: bytes, as: UTF8.self))
        }
    }

    struct Lock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lock a draft: from then on it never changes, and runs may use it.")
        @Argument(help: "At least eight digits of its SHA-256.") var sha256: String
        @Option(help: "Why.") var reason: String
        @OptionGroup var access: CoordinatorAccess
        func run() async throws {
            let bytes = try await access.client().post("/v1/protocols/\(sha256)/lock", ReasonRequest(reason: reason))
            Terminal.data(String(decoding: bytes, as: UTF8.self))
        }
    }
}

/// Reading a protocol file for a command.
enum ProtocolFile {
    static func read(_ path: String) throws -> (text: String, study: StudyProtocol) {
        let name = URL(filePath: path).lastPathComponent
        guard let bytes = FileManager.default.contents(atPath: path), let text = String(data: bytes, encoding: .utf8)
        else { throw Terminal.fail("\(name): cannot be read as UTF-8", code: 64) }
        do {
            return (text, try StudyProtocol(yaml: text, file: name))
        } catch {
            throw Terminal.fail("\(error)", code: 64)
        }
    }
}
