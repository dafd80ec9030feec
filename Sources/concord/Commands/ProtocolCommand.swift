import ArgumentParser
import Foundation
import StudyProtocol

/// Protocols: local checks, and what the coordinator has.
struct ProtocolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "protocol", abstract: "Check, hash, add, lock and list protocols.",
        subcommands: [Hash.self])

    /// Prints the identity of a protocol file, after checking it.
    struct Hash: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a protocol file and print its SHA-256.",
            discussion: "Example: concord protocol hash protocols/hcc-mvi-ultrasound.yaml")
        @Argument(help: "Protocol file.") var file: String

        func run() throws {
            Terminal.data(try ProtocolFile.read(file).study.hash() + "\n")
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
