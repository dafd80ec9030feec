import ArgumentParser
import Foundation
import LocalLearning
import Plots
import Reporting
import StudyProtocol
import Tables

/// Draws a model as scales.
struct ModelNomogram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nomogram", abstract: "A logistic or Cox model as points of its variables: table, JSON, SVG.",
        discussion: """
            Examples:
              concord model fit --table t.csv --outcome event --id id --method lasso --block radscore=tumour_*,ring3_* \\
                --direct age,sex --fusion late --model combined.json
              concord model nomogram --model combined.json --table t.csv --svg nomogram.svg
              concord model nomogram --model cox.json --table t.csv --horizon 730 --format json
            The table gives the ranges of the axes; a model of many features is first made a score by --fusion late.
            """)

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "One row a case, with the model's features (CSV), for the ranges.") var table: String
    @Option(help: "Time up to which a Cox model's risk is meant.") var horizon: Double?
    @Option(help: "Write the picture here (SVG).") var svg: String?
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try guarded {
            let file = try readModel(model)
            let input = try LearningInput(try file.harmonised(readTable(table)), features: file.features)
            let nomogram = try Nomogram(file.fitted, table: input.table, horizon: horizon)
            let plot = nomogram.plot(title: "Nomogram of '\(file.outcome.event)'")
            if let svg { try write(plot.standaloneSVG(), to: svg) }
            switch format {
            case .json, .jsonl:
                Terminal.data(String(decoding: try CanonicalForm.encode(nomogram), as: UTF8.self) + "\n")
            case .table: Terminal.data(plot.text(width: 100, style: .ascii) + "\n")
            case .csv:
                let scales =
                    nomogram.variables.map { ($0.name, $0.marks) } + [
                        ("linear predictor", nomogram.linearPredictor),
                        (nomogram.outcome.rawValue, nomogram.probabilities),
                    ]
                let rows = scales.flatMap { name, marks in
                    marks.map { [name, String(format: "%.17g", $0.value), String(format: "%.17g", $0.points)] }
                }
                Terminal.data(CSVTable(file: "nomogram", columns: ["scale", "value", "points"], rows: rows).csv)
            }
        }
    }
}
