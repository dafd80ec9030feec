import ArgumentParser
import Foundation
import LocalLearning
import Reporting
import StudyProtocol
import Tables

/// Says why a model predicts what it predicts.
struct ModelExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "What each feature adds to the score: over a table, and for each case.",
        discussion: """
            Examples:
              concord model explain --model model.json --table t.csv
              concord model explain --model model.json --table t.csv --cases contributions.csv
            Linear models against the training mean, trees by Shapley values against all training cases.
            """)

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "One row a case, with the model's features (CSV).") var table: String
    @Option(help: "Write what each feature adds for each case here (CSV).") var cases: String?
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    private struct Importance: Encodable {
        let feature: String
        let meanAbsolute: Double
        let share: Double
    }

    func run() throws {
        try guarded {
            let file = try readModel(model)
            let input = try LearningInput(try file.harmonised(readTable(table)), features: file.features)
            let (base, values) = try file.contributions(input)
            let p = file.terms.count
            if let cases {
                let rows = (0..<input.cases.count).map { row in
                    ([base] + values[row * p..<(row + 1) * p]).map { String(format: "%.17g", $0) }
                }
                let text = CSVTable(file: "contributions", columns: ["base"] + file.terms, rows: rows).csv
                try write(text, to: cases)
            }
            let means = (0..<p).map { column in
                (0..<input.cases.count).reduce(0) { $0 + values[$1 * p + column].magnitude } / Double(input.cases.count)
            }
            let total = means.reduce(0, +)
            let ranked = (0..<p).filter { means[$0] > 0 }.sorted { (means[$0], $1) > (means[$1], $0) }.map {
                Importance(feature: file.terms[$0], meanAbsolute: means[$0], share: means[$0] / total)
            }
            switch format {
            case .json, .jsonl:
                let lines = format == .json ? [try CanonicalForm.encode(ranked)] : try ranked.map(CanonicalForm.encode)
                for line in lines { Terminal.data(String(decoding: line, as: UTF8.self) + "\n") }
            case .table, .csv:
                let number = format == .csv ? "%.17g" : "%.4f"
                let columns = ["feature", "mean |contribution|", "share"]
                let rows = ranked.map {
                    [$0.feature, String(format: number, $0.meanAbsolute), String(format: number, $0.share)]
                }
                Terminal.data(
                    format == .csv
                        ? CSVTable(file: "importance", columns: columns, rows: rows).csv
                        : TextTable(columns: columns, rows: rows).text)
            }
        }
    }
}
