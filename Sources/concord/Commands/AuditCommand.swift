import ArgumentParser
import Foundation
import StudyProtocol
import TransparencyLog

/// The audit trail: list, export, verify.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "The audit trail: list, export, verify.",
        subcommands: [List.self, Show.self, Export.self, Verify.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the events.")
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print(
                "audit", columns: ["seq", "at", "actor", "action", "entity", "entity_id", "reason"])
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Events of one thing (a run, a protocol, a site).")
        @Argument(help: "Its identifier.") var id: String
        @OptionGroup var options: ListOptions
        func run() async throws {
            try await options.print(
                "audit", columns: ["seq", "at", "actor", "action", "entity", "reason", "after_sha256"], id: id)
        }
    }

    /// Events, leaves and a checkpoint, in one file.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write events and a signed checkpoint into a file that `verify` checks without a network.")
        @Option(help: "The file.") var output: String
        @OptionGroup var access: CoordinatorAccess

        func run() async throws {
            let session = try access.client()
            let note = String(decoding: try await session.post("/v1/audit/checkpoint", Nothing()), as: UTF8.self)
            let events = try await session.get("/v1/list/audit")
            let bundle = AuditBundle(
                checkpoint: note, events: try JSONDecoder().decode([ExportedEvent].self, from: events))
            try CanonicalForm.encode(bundle).write(to: URL(filePath: output))
            Terminal.message("wrote \(bundle.events.count) events")
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recompute every leaf and the root of an exported file; needs no network. Exit code 4 if wrong.")
        @Argument(help: "The file that `export` wrote.") var file: String
        @Option(help: "The log's public key, base64, if the signature is to be checked too.") var key: String?

        func run() throws {
            guard let bytes = FileManager.default.contents(atPath: file),
                let bundle = try? JSONDecoder().decode(AuditBundle.self, from: bytes)
            else {
                throw Terminal.fail("\(URL(filePath: file).lastPathComponent): not an exported audit trail", code: 64)
            }
            let lines = bundle.checkpoint.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard lines.count > 3, let size = Int(lines[1]), let root = Data(base64Encoded: lines[2]) else {
                throw Terminal.fail("the checkpoint cannot be read", code: 4)
            }
            if let key {
                guard let publicKey = Data(base64Encoded: key),
                    Checkpoint(note: bundle.checkpoint, publicKey: publicKey) != nil
                else { throw Terminal.fail("the checkpoint's signature is not of that key", code: 4) }
            }
            let fault = AuditEvent.firstFault(
                in: bundle.events.map(\.event), leaves: bundle.events.map(\.leafBytes),
                checkpoint: Checkpoint(origin: lines[0], size: size, root: root))
            if let fault {
                throw Terminal.fail(
                    fault < bundle.events.count
                        ? "event \(fault) is not what was logged" : "the root is not the checkpoint's", code: 4)
            }
            Terminal.data("verified: \(bundle.events.count) events, root of \(size) is the checkpoint's\n")
        }
    }
}

/// What `audit export` writes.
struct AuditBundle: Codable {
    let checkpoint: String
    let events: [ExportedEvent]
}

/// One event with its leaf.
struct ExportedEvent: Codable {
    let event: AuditEvent
    let leaf: String

    private enum Key: String, CodingKey {
        case leaf
    }

    init(from decoder: any Decoder) throws {
        event = try AuditEvent(from: decoder)
        leaf = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .leaf)
    }

    func encode(to encoder: any Encoder) throws {
        try event.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(leaf, forKey: .leaf)
    }

    var leafBytes: Data {
        let digits = leaf.compactMap(\.hexDigitValue)
        return Data(stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
    }
}
