import ArgumentParser
import Extraction
import Foundation
import LocalLearning
import Radiomics
import SiteAgent
import StudyProtocol
import Tables

/// Predicts from images with a model file.
struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract:
            "Predict from an image and a mask, or a table of them, with a model file; nothing leaves this machine.",
        discussion: """
            Examples:
              concord-agent apply --model model.json --image ct.nii.gz --mask tumour.nii.gz --batch "scanner A"
              concord-agent apply --model model.json --image ct.nii.gz --mask tumour.nii.gz --organ liver.nii.gz --set age=63
              concord-agent apply --model model.json --manifest images.csv --table clinical.csv --format json
            The features are extracted with the settings that the model file holds, harmonised as the batch that is named, and
            predicted from as by `concord model apply`. A batch that did not fit the harmonisation is refused, unless enough cases
            of it are given at once or --each-batch asks for a range.
            """)

    /// What is written.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(help: "Model file of `concord model fit`, with the settings of its extraction.") var model: String
    @OptionGroup var files: ImageFileOptions
    @Option(help: "Table of images and masks (CSV), as for `extract`.") var manifest: String?
    @Option(
        help: "Table of what else the model takes: batch, covariates, clinical variables, by its column case (CSV).")
    var table: String?
    @Option(help: "Batch of every case, where the model harmonises by one column.") var batch: String?
    @Option(help: "Another column of every case, as COLUMN=VALUE; may be repeated.") var set: [String] = []
    @Option(help: "Time up to which a Cox model's risk is wanted, in the unit of its times.") var horizon: Double?
    @Option(help: "A batch that did not fit the harmonisation is refused with fewer cases.") var newBatchMinimum = 5
    @Flag(help: "Predict a new batch with fewer cases as if it were each of the known ones: a range, no score.")
    var eachBatch = false
    @Option(help: "text or json.") var format: Format = .text
    @Option(help: "Helper processes at work at once for a manifest.") var threads = 1
    @Option(name: .customLong("time-limit"), help: "Seconds that a case may take, for a manifest.") var timeLimit = 600

    private struct Document: Encodable {
        struct Case: Encodable {
            let `case`: String
            let reader: String
            let prediction: ModelApplication.Case
            let warnings: [String]
        }

        let cases: [Case]
        let failures: [CaseFailure]
        let record: ApplicationRecord
    }

    func run() throws {
        guard threads >= 1, timeLimit >= 1 else { throw fail("--threads and --time-limit are 1 or more", code: 64) }
        let file: ModelFile
        let described: CSVTable?
        do {
            file = try ModelFile(json: try contents(model))
            described = try table.map { path in
                try CSVTable(bytes: [UInt8](try contents(path)), file: URL(filePath: path).lastPathComponent)
            }
        } catch let code as ExitCode {
            throw code
        } catch {
            throw fail("\(error)", code: 64)
        }
        guard let record = file.extraction else {
            throw fail(
                "\(URL(filePath: model).lastPathComponent): does not say how its features were extracted; fit it from a table of "
                    + "`extract --output`, or with --extraction", code: 65)
        }
        let extraction = try CaseExtraction(record, columns: file.features)
        let (found, failures) = try extracted(extraction)
        guard !found.isEmpty else { throw fail("no case could be extracted") }
        do {
            let features = try ExtractedTable(found, described: described, constant: try constants(file))
            var options = ModelApplication.Options()
            (options.horizon, options.extraction) = (horizon, record)
            (options.newBatchMinimum, options.takesEachBatch) = (newBatchMinimum, eachBatch)
            let applied = try ModelApplication(file, to: features.table, options: options)
            let document = Document(
                cases: zip(found, applied.cases).map { own, prediction in
                    Document.Case(
                        case: own.source.caseID, reader: own.source.reader, prediction: prediction,
                        warnings: own.reports.flatMap { report in report.warnings.map { "\(report.roi): \($0.message)" }
                        })
                }, failures: failures, record: applied.record)
            switch format {
            case .json: print(String(decoding: try CanonicalForm.encode(document), as: UTF8.self))
            case .text: lines(document, file).forEach { print($0) }
            }
        } catch {
            throw fail("\(error)", code: 65)
        }
        if !failures.isEmpty { throw fail("\(failures.count) of \(found.count + failures.count) cases failed") }
    }

    private func contents(_ path: String) throws -> Data {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw fail(
                "\(URL(filePath: path).lastPathComponent): cannot be read; check the path and the permissions", code: 64
            )
        }
        return bytes
    }

    /// Columns that every case has.
    private func constants(_ file: ModelFile) throws -> [(column: String, value: String)] {
        var output = try set.map { own in
            let parts = own.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw LocalLearningError.options("--set: '\(own)' is not COLUMN=VALUE") }
            return (column: parts[0], value: parts[1])
        }
        if let batch {
            guard let columns = file.batchColumns, columns.count == 1 else {
                throw LocalLearningError.options(
                    file.batchColumns == nil
                        ? "--batch: the model harmonises nothing; leave it out"
                        : "--batch: the model harmonises by \(file.batchColumns?.joined(separator: ", ") ?? ""); give each with --set"
                )
            }
            output.append((columns[0], batch))
        }
        return output
    }

    /// Features of all cases, and the cases that failed.
    private func extracted(_ extraction: CaseExtraction) throws -> (found: [ExtractedCase], failures: [CaseFailure]) {
        var found: [ExtractedCase] = []
        var failures: [CaseFailure] = []
        func take(_ source: CaseSource, _ outcome: ExtractionOutcome) {
            switch outcome {
            case .success(let reports): found.append(ExtractedCase(source: source, reports: reports))
            case .failure(let failure): failures.append(failure.travelling(source))
            }
        }
        if let manifest {
            let sources: [CaseSource]
            do {
                sources = try ExtractionRun.sources(manifest: manifest, shard: (1, 1))
            } catch {
                throw fail("\(error)", code: 64)
            }
            try ExtractionRun.run(
                sources, extraction, helpers: ImageHelpers(count: threads, seconds: timeLimit), deliver: take)
            return (found, failures)
        }
        let label: Int? = if case .pyradiomics = extraction.dialect { 1 } else { nil }
        guard let source = files.source(label: label) else {
            throw fail("give --image and --mask, or --manifest", code: 64)
        }
        do {
            found = [ExtractedCase(source: source, reports: try extraction.reports(source))]
        } catch {
            throw fail(reason(error, of: source))
        }
        return (found, [])
    }

    private func lines(_ document: Document, _ file: ModelFile) -> [String] {
        func text(_ value: Double) -> String { String(format: "%.4f", value) }
        var output: [String] = []
        for own in document.cases {
            let prediction = own.prediction
            var parts = prediction.score.map { ["\(file.fitted.predictor.model.scoreName) \(text($0))"] } ?? []
            if let probability = prediction.probability { parts.append("probability \(text(probability))") }
            if let range = prediction.range {
                parts.append("between \(text(range[0])) and \(text(range[1])) over the known batches")
            }
            if let threshold = document.record.threshold {
                parts.append(
                    "\(prediction.isPositive.map { $0 ? "positive" : "negative" } ?? "undecided") at \(threshold)")
            }
            let name = own.reader.isEmpty ? own.case : "\(own.case) (\(own.reader))"
            output.append("\(name): \(parts.joined(separator: ", "))")
            output += own.warnings.map { "  note: \($0)" }
        }
        output += document.failures.map { "\($0.case): failed: \($0.message)" }
        output += document.record.warnings.map { "note: \($0)" }
        if let purpose = file.use?.purpose { output.append("intended use: \(purpose)") }
        return output + ["model sha256 \(document.record.model)"]
    }
}

/// A case with its features.
struct ExtractedCase {
    let source: CaseSource
    let reports: [CaseReport]
}

/// Features of cases as `extract` writes them, beside what else is known of the cases.
struct ExtractedTable {
    let table: CSVTable

    /// - Parameters:
    ///   - described: further columns by the column `case`; nil for none.
    ///   - constant: columns that every case has.
    /// - Throws: `TableError`, `LocalLearningError.options`.
    init(_ cases: [ExtractedCase], described: CSVTable?, constant: [(column: String, value: String)]) throws {
        let features = ReportWriter.columns(cases[0].reports)
        guard cases.allSatisfy({ ReportWriter.columns($0.reports) == features }) else {
            throw LocalLearningError.options(
                "the cases have different features (a picture among volumes?); apply the model to them one by one")
        }
        let others = (described?.columns ?? []).filter { $0 != "case" }
        let columns = ["case", "reader"] + features + others + constant.map(\.column)
        guard Set(columns).count == columns.count else {
            throw LocalLearningError.options("a column of --table, --set or --batch is given twice, or is a feature's")
        }
        let names = try described?.texts("case") ?? []
        let places = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        guard places.count == names.count else {
            throw LocalLearningError.options("\(described?.file ?? ""): a case has two rows; leave one")
        }
        let cells = described?.rows ?? []
        let wanted = described?.columns.indices.filter { described?.columns[$0] != "case" } ?? []
        table = CSVTable(
            file: "features", columns: columns,
            rows: try cases.map { own in
                var row = [own.source.caseID, own.source.reader]
                row += own.reports.flatMap { $0.features.map { $0.value.map { "\($0)" } ?? "" } }
                if let described {
                    guard let place = places[own.source.caseID] else {
                        throw LocalLearningError.options(
                            "\(described.file): has no row for a case of the images; add it")
                    }
                    row += wanted.map { cells[place][$0] }
                }
                return row + constant.map(\.value)
            })
    }
}
