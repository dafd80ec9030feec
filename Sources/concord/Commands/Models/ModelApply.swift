import ArgumentParser
import Foundation
import LocalLearning
import Tables

/// Predicts with a model file.
struct ModelApply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Predict the cases of a table with a model file.",
        discussion: """
            Examples:
              concord model apply --model model.json --table new.csv --output predictions.csv
              concord model apply --model cox.json --horizon 730 --table new.csv --output predictions.csv
            """)

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "One row a case, with the model's features (CSV).") var table: String
    @Option(help: "Time up to which a Cox model's risk is wanted, in the unit of its times.") var horizon: Double?
    @Option(help: "Write the columns that are no features, the score and the probability here (CSV).") var output:
        String

    func run() throws {
        try guarded {
            let file = try readModel(model)
            let source = try readTable(table)
            let predictions = try file.predictions(
                try LearningInput(source, features: file.features), horizon: horizon)
            let taken = Set(file.features)
            let kept = source.columns.indices.filter { !taken.contains(source.columns[$0]) }
            let hasProbability = predictions.allSatisfy { $0.probability != nil }
            let rows = zip(source.rows, predictions).map { cells, prediction in
                kept.map { cells[$0] }
                    + ([prediction.score] + (hasProbability ? [prediction.probability ?? .nan] : [])).map {
                        String(format: "%.17g", $0)
                    }
            }
            let columns = kept.map { source.columns[$0] } + ["score"] + (hasProbability ? ["probability"] : [])
            guard Set(columns).count == columns.count else {
                throw LocalLearningError.options(
                    "\(source.file): has a column 'score' or 'probability'; rename it, predictions take that name")
            }
            try write(CSVTable(file: source.file, columns: columns, rows: rows).csv, to: output)
        }
    }
}
