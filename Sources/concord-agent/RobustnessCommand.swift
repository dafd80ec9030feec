import ArgumentParser
import Extraction
import Foundation
import StudyProtocol
import Tables

/// Which features stand disturbances, or another acquisition protocol.
struct Robustness: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell which features are robust: ICC over disturbances, or Lin's CCC between protocols.",
        discussion: """
            Examples:
              concord-agent extract --manifest images.csv --format jsonl --perturb rotate=5,grow=1,noise=1 > features.jsonl
              concord-agent robustness features.jsonl
              concord-agent robustness --features phantom.csv --subject insert --protocol scanner
              concord-agent robustness --table thin=thin.csv --table thick=thick.csv --format json
            The first gives ICC(1,1) of each feature with cases as subjects and disturbances as replicates. The others give
            Lin's coefficient of each feature and pair of protocols; the tables are those that `extract --format csv` writes.
            """)

    /// What is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case json, csv
    }

    @Argument(help: "JSON lines of `extract --perturb`; several are taken together.") var files: [String] = []
    @Option(help: "Table of features with a column that names the subject and one that names the protocol (CSV).")
    var features: String?
    @Option(help: "Column of the subject in --features.") var subject = "case"
    @Option(name: .customLong("protocol"), help: "Column of the protocol in --features.") var named = "protocol"
    @Option(name: .customLong("table"), help: "NAME=FILE: the table of one protocol; may be repeated.")
    var tables: [String] = []
    @Option(help: "json or csv.") var format: Format = .csv

    func run() throws {
        guard [!files.isEmpty, features != nil, !tables.isEmpty].filter({ $0 }).count == 1 else {
            throw fail("give JSON lines of `extract --perturb`, or --features, or --table twice", code: 64)
        }
        do {
            if !files.isEmpty {
                let found = try RobustnessTable(
                    jsonLines: try files.map {
                        (URL(filePath: $0).lastPathComponent, String(decoding: try bytes($0), as: UTF8.self))
                    })
                try put(found, found.csv)
            } else {
                let found =
                    if let features {
                        try ProtocolConcordance(table: try table(features), subject: subject, protocol: named)
                    } else {
                        try ProtocolConcordance(tables: try tables.map(namedTable))
                    }
                try put(found, found.csv)
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw fail("\(error)", code: 64)
        }
    }

    private func put(_ value: some Encodable, _ csv: String) throws {
        switch format {
        case .json: print(String(decoding: try CanonicalForm.encode(value), as: UTF8.self))
        case .csv: print(csv, terminator: "")
        }
    }

    private func namedTable(_ word: String) throws -> (protocol: String, table: CSVTable) {
        let sides = word.split(separator: "=", maxSplits: 1).map(String.init)
        guard sides.count == 2 else { throw fail("--table: '\(word)' is not NAME=FILE", code: 64) }
        return (sides[0], try table(sides[1]))
    }

    private func table(_ path: String) throws -> CSVTable {
        try CSVTable(bytes: Array(try bytes(path)), file: URL(filePath: path).lastPathComponent)
    }

    private func bytes(_ path: String) throws -> Data {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw fail("\(URL(filePath: path).lastPathComponent): cannot be read", code: 64)
        }
        return bytes
    }
}
