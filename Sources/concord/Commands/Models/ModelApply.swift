import ArgumentParser
import Foundation
import Harmonisation
import LocalHarmonisation
import LocalLearning
import StudyProtocol
import Tables

/// Predicts with a model file.
struct ModelApply: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply", abstract: "Predict the cases of a table with a model file.",
        discussion: """
            Examples:
              concord model apply --model model.json --table new.csv --output predictions.csv
              concord model apply --model cox.json --horizon 730 --table new.csv --output predictions.csv
            A model that holds a harmonisation needs its batch column and covariates in the table. A table whose features were
            extracted with other settings than the model's is refused; TABLE.extraction.json, which `concord-agent extract
            --output` writes, tells them. What was applied is written beside the predictions, as OUTPUT.record.json.
            `concord-agent apply` does the same from an image.
            """)

    @Option(help: "Model that fit wrote.") var model: String
    @Option(help: "One row a case, with the model's features (CSV).") var table: String
    @Option(help: "Time up to which a Cox model's risk is wanted, in the unit of its times.") var horizon: Double?
    @Option(help: "How the table's features were extracted; without it TABLE.extraction.json, if there is one.")
    var extraction: String?
    @Option(help: "Take a table of another or unknown extraction, for this reason, which is recorded.")
    var otherExtraction: String?
    @Option(help: "A batch that did not fit the harmonisation is refused with fewer rows.") var newBatchMinimum = 5
    @Flag(help: "Predict a new batch with fewer rows as if it were each of the known ones: a range, no score.")
    var eachBatch = false
    @Option(help: "Write the columns that are no features, the score, the probability and the decision here (CSV).")
    var output: String

    func run() throws {
        try guarded {
            let file = try readModel(model)
            let source = try readTable(table)
            var options = ModelApplication.Options()
            (options.horizon, options.reason) = (horizon, otherExtraction)
            options.extraction = try extractionRecord(extraction, of: table)
            (options.newBatchMinimum, options.takesEachBatch) = (newBatchMinimum, eachBatch)
            let applied = try ModelApplication(file, to: source, options: options)
            let taken = Set(file.features + (file.harmonisation?.model.features ?? []))
            let kept = source.columns.indices.filter { !taken.contains(source.columns[$0]) }
            let predictions = applied.columns { String(format: "%.17g", $0) }
            let columns = kept.map { source.columns[$0] } + predictions.names
            guard Set(columns).count == columns.count else {
                throw LocalLearningError.options(
                    "\(source.file): has a column \(predictions.names.joined(separator: ", ")); rename it, predictions take "
                        + "that name")
            }
            let rows = zip(source.rows, predictions.rows).map { cells, own in kept.map { cells[$0] } + own }
            try write(CSVTable(file: source.file, columns: columns, rows: rows).csv, to: output)
            try write(
                String(decoding: try CanonicalForm.encode(applied.record), as: UTF8.self), to: output + ".record.json")
            for warning in applied.warnings { Terminal.message("note: \(warning)") }
        }
    }
}

/// How the features of a table were extracted: the named record, or the one beside the table.
func extractionRecord(_ path: String?, of table: String) throws -> ExtractionRecord? {
    let beside = table + ExtractionRecord.suffix
    guard let path = path ?? (FileManager.default.fileExists(atPath: beside) ? beside : nil) else { return nil }
    return try ExtractionRecord(json: try contents(of: path), file: URL(filePath: path).lastPathComponent)
}
