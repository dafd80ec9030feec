import Harmonisation
import Learning
import LocalHarmonisation
public import Tables

/// A model file applied to the rows of a table: harmonisation, stand-ins for missing values, score, probability, decision.
public struct ModelApplication: Sendable {
    /// How a table is taken.
    public struct Options: Sendable {
        /// Time up to which a Cox model's risk is wanted; nil for the one in the file.
        public var horizon: Double?
        /// How the table's features were extracted; nil where that is not known.
        public var extraction: ExtractionRecord?
        /// Why a table is taken whose extraction is another one, or not known; nil to refuse it.
        public var reason: String?
        /// A batch that did not fit the harmonisation is refused with fewer rows.
        public var newBatchMinimum = 5
        /// Whether a new batch with fewer rows is predicted as if it were each of the known ones, instead of being refused.
        public var takesEachBatch = false

        /// A table of known extraction only.
        public init() {}
    }

    /// What the model says of one row.
    public struct Case: Codable, Sendable, Equatable {
        /// Log odds, decision or log relative hazard; nil where the row's batch is not known.
        public let score: Double?
        /// Probability of an event; nil for a model without, or where the batch is not known.
        public let probability: Double?
        /// Whether the probability reaches the threshold; nil without a threshold, or where the known batches disagree.
        public let isPositive: Bool?
        /// Lowest and highest probability (score for a model without) over the known batches, for a row of a batch that is
        /// not known.
        public let range: [Double]?
    }

    /// The rows in their order.
    public let cases: [Case]
    /// What a reader has to know.
    public let warnings: [String]
    /// What was applied to what.
    public let record: ApplicationRecord

    /// Applies a model.
    ///
    /// - Throws: `TableError`, `HarmonisationError`, `LearningError`, or `LocalLearningError.options` with the remedy.
    public init(_ file: ModelFile, to source: CSVTable, options: Options = Options()) throws {
        var warnings: [String] = []
        let override = try Self.override(file, options, source.file)
        if let override { warnings.append(override) }
        if file.extraction == nil {
            warnings.append("the model does not say how its features were extracted; that of the table was not checked")
        }
        let applied = try Self.predictions(file, source, options)
        warnings += applied.warnings
        let horizon = options.horizon ?? file.use?.horizon
        let threshold = file.use?.threshold
        cases = applied.predictions.map { own in
            let values = own.map { $0.probability ?? $0.score }
            guard own.count > 1 else {
                let probability = own[0].probability
                return Case(
                    score: own[0].score, probability: probability,
                    isPositive: threshold.flatMap { limit in probability.map { $0 >= limit } }, range: nil)
            }
            let decisions = Set(
                own.compactMap { one in threshold.flatMap { limit in one.probability.map { $0 >= limit } } })
            return Case(
                score: nil, probability: nil, isPositive: decisions.count == 1 ? decisions.first : nil,
                range: [values.min() ?? .nan, values.max() ?? .nan])
        }
        self.warnings = warnings
        record = ApplicationRecord(
            model: file.fingerprint, rows: source.rowCount, modelExtraction: file.extraction?.sha256,
            tableExtraction: options.extraction?.sha256, overrideReason: override.flatMap { _ in options.reason },
            harmonisation: file.harmonisation?.sha256, newBatches: applied.newBatches, threshold: threshold,
            horizon: file.fitted.predictor.cox == nil ? nil : horizon, warnings: warnings)
    }

    /// A sentence where the extraction is another one and that was allowed; nil where it is the model's own.
    private static func override(_ file: ModelFile, _ options: Options, _ name: String) throws -> String? {
        guard let expected = file.extraction else { return nil }
        let found = options.extraction
        guard found?.sha256 != expected.sha256 else { return nil }
        let what =
            found.map {
                "\(name): its features were extracted with other settings (\($0.software), sha256 \($0.sha256.prefix(16))) than "
                    + "the model's (\(expected.software), sha256 \(expected.sha256.prefix(16)))"
            } ?? "\(name): nothing tells how its features were extracted (no \(name)\(ExtractionRecord.suffix))"
        guard let reason = options.reason, !reason.isEmpty else {
            throw LocalLearningError.options(
                "\(what); extract them with `concord-agent apply --model`, give --extraction, or take them on your own "
                    + "account with --other-extraction REASON, which is recorded")
        }
        return "\(what); taken because: \(reason)"
    }

    /// Predictions of each row: one, or one for each known batch.
    private static func predictions(
        _ file: ModelFile, _ source: CSVTable, _ options: Options
    ) throws -> (predictions: [[ModelFile.Prediction]], newBatches: [String: Int], warnings: [String]) {
        func predict(_ table: CSVTable) throws -> [ModelFile.Prediction] {
            try file.predictions(
                try LearningInput(table, features: file.features), horizon: options.horizon ?? file.use?.horizon)
        }
        guard let harmonisation = file.harmonisation else {
            return (try predict(source).map { [$0] }, [:], try unusual(file, source))
        }
        let column = harmonisation.batchColumn
        guard harmonisation.batchColumns.count == 1 else { return try harmonised(file, source, options, predict) }
        let batches = try source.texts(column)
        let known = harmonisation.batches.map(\.batch) + [harmonisation.model.reference].compactMap(\.self)
        var sizes: [String: Int] = [:]
        for batch in batches where !known.contains(batch) { sizes[batch, default: 0] += 1 }
        let small = Set(sizes.filter { $0.value < max(2, options.newBatchMinimum) }.keys)
        let (own, foreign) = (
            batches.indices.filter { !small.contains(batches[$0]) },
            batches.indices.filter { small.contains(batches[$0]) }
        )
        guard !foreign.isEmpty else { return try harmonised(file, source, options, predict) }
        guard options.takesEachBatch else {
            throw LocalLearningError.options(
                "\(source.file): \(foreign.count) rows are of a batch in '\(column)' that did not fit the harmonisation "
                    + "(it knows \(known.joined(separator: ", "))), with fewer than \(max(2, options.newBatchMinimum)) rows: its "
                    + "effects cannot be estimated; give more rows of it at once, or take a range with --each-batch")
        }
        var output = [[ModelFile.Prediction]](repeating: [], count: batches.count)
        var (newBatches, warnings) = ([String: Int](), [String]())
        if !own.isEmpty {
            let part = try harmonised(file, source.selecting(rows: own), options, predict)
            for (row, values) in zip(own, part.predictions) { output[row] = values }
            (newBatches, warnings) = (part.newBatches, part.warnings)
        }
        let place = try source.position(column)
        for batch in known {
            let cells = source.selecting(rows: foreign).rows.map { row in
                row.indices.map { $0 == place ? batch : row[$0] }
            }
            let table = CSVTable(file: source.file, columns: source.columns, rows: cells)
            let values = try predict(try harmonisation.harmonise(table, newBatchMinimum: options.newBatchMinimum).table)
            for (row, value) in zip(foreign, values) { output[row].append(value) }
        }
        for (batch, count) in sizes.sorted(by: { $0.key < $1.key }) where small.contains(batch) {
            newBatches[batch] = count
            warnings.append(
                "batch '\(batch)' is new with \(count) rows: its effects are not known; the range is of the rows taken as "
                    + "each of the \(known.count) known batches")
        }
        return (output, newBatches, warnings)
    }

    private static func harmonised(
        _ file: ModelFile, _ source: CSVTable, _ options: Options,
        _ predict: (CSVTable) throws -> [ModelFile.Prediction]
    ) throws -> (predictions: [[ModelFile.Prediction]], newBatches: [String: Int], warnings: [String]) {
        guard let harmonisation = file.harmonisation else { return ([], [:], []) }
        let found = try harmonisation.harmonise(source, newBatchMinimum: options.newBatchMinimum)
        let warnings =
            found.fallbacks
            + found.newBatches.sorted { $0.key < $1.key }.map { batch, count in
                let error = ((100 / Double(count).squareRoot()).rounded()) / 100
                return
                    "batch '\(batch)' is new: its effects are estimated from its own \(count) rows; standard error of its "
                    + "location before shrinkage \(error) SD of a feature"
            }
        return (
            try predict(found.table).map { [$0] }, found.newBatches, warnings + (try unusual(file, found.table))
        )
    }

    /// Distance from the training mean, in standard deviations, from which a value is told.
    private static let unusualDistance = 5.0

    /// Values of linear models far from those that fitted it.
    private static func unusual(_ file: ModelFile, _ table: CSVTable) throws -> [String] {
        guard let moments = file.fitted.linear?.standardisation else { return [] }
        return try moments.columns.indices.compactMap { place in
            let name = moments.columns[place]
            guard table.has(name) else { return nil }
            let far = try table.numbers(name).map {
                let value = file.fitted.transforms?.transformed($0, of: name) ?? $0
                return ((value - moments.means[place]) / moments.standardDeviations[place]).magnitude
            }
            .filter { $0 > unusualDistance }
            guard let most = far.max() else { return nil }
            return "'\(name)': \(far.count) of \(table.rowCount) rows are more than 5 SD from the training mean, up to "
                + "\((most * 10).rounded() / 10)"
        }
    }
}

extension ModelApplication {
    /// The predictions as columns of a table, empty cells for what there is not: the score, and the probability, the decision and
    /// the range where any row has them.
    ///
    /// - Parameter number: writes a number.
    public func columns(_ number: (Double) -> String) -> (names: [String], rows: [[String]]) {
        func text(_ value: Double?) -> String { value.map(number) ?? "" }
        let hasProbability = cases.contains { $0.probability != nil }
        let hasDecision = record.threshold != nil
        let hasRange = cases.contains { $0.range != nil }
        let names =
            ["score"] + (hasProbability ? ["probability"] : []) + (hasDecision ? ["positive"] : [])
            + (hasRange ? ["lowest", "highest"] : [])
        let rows = cases.map { own in
            [text(own.score)] + (hasProbability ? [text(own.probability)] : [])
                + (hasDecision ? [own.isPositive.map { $0 ? "1" : "0" } ?? ""] : [])
                + (hasRange ? [text(own.range?[0]), text(own.range?[1])] : [])
        }
        return (names, rows)
    }
}

/// What was applied to what: evidence beside predictions. Names no case.
public struct ApplicationRecord: Codable, Sendable, Equatable {
    /// SHA-256 of the model file.
    public let model: String
    /// Number of rows.
    public let rows: Int
    /// Hash of the extraction of the training features; nil where the file has none.
    public let modelExtraction: String?
    /// Hash of the extraction of the table; nil where it is not known.
    public let tableExtraction: String?
    /// Why another extraction was taken; nil where it is the model's own.
    public let overrideReason: String?
    /// Hash of the harmonisation; nil without one.
    public let harmonisation: String?
    /// Batches that did not fit the harmonisation: name to rows.
    public let newBatches: [String: Int]
    /// Threshold of the decision; nil without one.
    public let threshold: Double?
    /// Time up to which a Cox model's probability is meant.
    public let horizon: Double?
    /// What a reader has to know.
    public let warnings: [String]
}

extension ModelFile {
    /// Columns of the batch; nil for a model that harmonises nothing.
    public var batchColumns: [String]? { harmonisation?.batchColumns }

    /// A table as the model's features want it: harmonised where the file has a harmonisation.
    ///
    /// - Throws: `TableError`, `HarmonisationError`, `LocalHarmonisationError`.
    public func harmonised(_ source: CSVTable) throws -> CSVTable {
        try harmonisation?.harmonise(source, newBatchMinimum: ModelApplication.Options().newBatchMinimum).table
            ?? source
    }
}
