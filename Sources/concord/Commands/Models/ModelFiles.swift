import ArgumentParser
import Foundation
import LocalLearning
import Reporting
import StudyProtocol
import Tables

/// Lists model files on this machine.
func listModels(_ paths: [String], format: OutputFormat) throws {
    let columns = ["file", "method", "outcome", "cases", "events", "features", "sha256"]
    let rows = try paths.map { path in
        let file = try readModel(path)
        return [
            URL(filePath: path).lastPathComponent, file.method, file.outcome.event, "\(file.cases)", "\(file.events)",
            "\(file.features.count)", file.fingerprint,
        ]
    }
    switch format {
    case .table: Terminal.data(TextTable(columns: columns, rows: rows).text)
    case .csv: Terminal.data(CSVTable(file: "models", columns: columns, rows: rows).csv)
    case .json, .jsonl:
        let members = rows.map { Dictionary(zip(columns, $0), uniquingKeysWith: { first, _ in first }) }
        let lines = format == .json ? [try CanonicalForm.encode(members)] : try members.map(CanonicalForm.encode)
        for line in lines { Terminal.data(String(decoding: line, as: UTF8.self) + "\n") }
    }
}

/// Shows a model file: facts, then terms with their precision.
func showModel(_ path: String) throws {
    let file = try readModel(path)
    for line in file.facts { Terminal.data(line + "\n") }
    if let tuning = file.fitted.tuning { Terminal.data(tuningTable(tuning)) }
    for (name, text) in file.provenance.sorted(by: { $0.key < $1.key }) { Terminal.data("\(name): \(text)\n") }
    let rows = TermTable(file).rows
    guard !rows.isEmpty else { return }
    func text(_ value: Double?) -> String { value.map { String(format: "%.4f", $0) } ?? "" }
    let columns = ["term", "per sd", "per unit", "se", "lower", "upper", "p", "in folds"]
    let cells = rows.map { row in
        [
            row.term, text(row.coefficient), String(format: "%.4g", row.perUnit), text(row.standardError),
            text(row.lower),
            text(row.upper), text(row.pValue), text(row.frequency),
        ]
    }
    Terminal.data(TextTable(columns: columns, rows: cells).text)
    if file.fitted.selection != nil, rows.contains(where: { $0.standardError != nil }) {
        Terminal.message("note: the intervals do not know of the selection before the model; they are too narrow")
    }
}

/// The combinations of settings that were tried.
func tuningTable(_ tuning: TuningRecord) -> String {
    let (columns, rows) = tuning.table { String(format: "%.4f", $0) }
    return TextTable(columns: columns, rows: rows).text
}

/// Writes a model for readers in other languages.
struct ModelExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "A model in the plainest terms, for other languages.",
        discussion: """
            Examples:
              concord model export --model model.json --output flat.json
              python3 docs/apply-model.py flat.json new.csv
              Rscript docs/apply-model.R flat.json new.csv
            """)

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "Write it here (JSON).") var output: String

    func run() throws {
        try guarded {
            let file = try readModel(model)
            let flat = try FlatModel(file.fitted)
            try write(String(decoding: try CanonicalForm.encode(flat), as: UTF8.self), to: output)
            if file.harmonisation != nil {
                Terminal.message("note: the flat form takes harmonised features; `harmonise apply` makes them")
            }
        }
    }
}
