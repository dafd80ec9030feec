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
              concord model nomogram --model lr.json --table t.csv --bootstrap 200 --id id --svg nomogram.svg
            The table gives the ranges of the axes; a model of many features is first made a score by --fusion late.
            """)

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "One row a case, with the model's features (CSV), for the ranges.") var table: String
    @Option(help: "Time up to which a Cox model's risk is meant.") var horizon: Double?
    @Option(
        help: ArgumentHelp(
            "Correct AUC or C, slope, intercept and Brier score for optimism by this many bootstrap resamples.",
            discussion:
                "The table must be that which fitted the model, with its outcome; docs/learning.md has the definition.")
    )
    var bootstrap: Int?
    @Option(help: "Column that names the row's patient, who is drawn as a whole.") var id: String?
    @Option(help: "Column of the site: resamples are fitted from the sites' sums.") var sites: String?
    @Option(help: "Key of the draws.") var seed: UInt64 = 20_261_123
    @Option(help: "Write the picture here (SVG).") var svg: String?
    @Option(help: "table, json, csv or jsonl.") var format: OutputFormat = .table

    func run() throws {
        try guarded {
            let file = try readModel(model)
            let source = try file.harmonised(readTable(table))
            let input = try LearningInput(source, features: file.features)
            let nomogram = try Nomogram(file.fitted, table: input.table, horizon: horizon)
            let correction = try bootstrap.map { count in
                let cases = try LearningInput(
                    source, outcome: file.outcome, features: file.features,
                    roles: LearningInput.Roles(name: id, site: sites)
                ).cases
                return try OptimismCorrection(
                    file.fitted, parts: sites == nil ? [cases] : cases.bySite(), count: count, seed: seed)
            }
            let plot = nomogram.plot(title: "Nomogram of '\(file.outcome.event)'" + (correction.map(caption) ?? ""))
            if let svg { try write(plot.standaloneSVG(), to: svg) }
            switch format {
            case .json, .jsonl:
                let bytes =
                    try correction.map { try CanonicalForm.encode(Corrected(nomogram: nomogram, correction: $0)) }
                    ?? CanonicalForm.encode(nomogram)
                Terminal.data(String(decoding: bytes, as: UTF8.self) + "\n")
            case .table:
                Terminal.data(plot.text(width: 100, style: .ascii) + "\n")
                if let correction { Terminal.data(table(correction)) }
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

    private struct Corrected: Encodable {
        let nomogram: Nomogram
        let correction: OptimismCorrection
    }

    private func caption(_ correction: OptimismCorrection) -> String {
        guard let first = correction.indices.first else { return "" }
        return String(
            format: ", %@ %.3f, corrected for optimism %.3f", first.name, first.apparent, first.corrected)
    }

    private func table(_ correction: OptimismCorrection) -> String {
        let columns = ["index", "apparent", "resampled", "tested", "optimism", "corrected", "MC error"]
        let rows = correction.indices.map { own in
            [own.name]
                + [own.apparent, own.resampled, own.tested, own.optimism, own.corrected, own.error].map {
                    String(format: "%.4f", $0)
                }
        }
        return TextTable(columns: columns, rows: rows).text
            + "\(correction.resamples) resamples\(correction.failed > 0 ? ", \(correction.failed) could not be fitted" : "")\n"
    }
}
