public import Federation
public import FoundationEssentials
import Harmonisation
import Learning
public import LocalHarmonisation
import StudyProtocol
import Survival

/// A trained model as a file: everything that is needed to apply it to a row of features.
///
/// JSON with sorted keys; `sha256` covers the document without its value. docs/learning.md has the formulas.
public struct ModelFile: Codable, Sendable, Equatable {
    /// Format of the document.
    public static let currentFormat = "concord-model-3"
    /// Formats that are read: the second has neither extraction nor harmonisation nor use.
    public static let readableFormats = ["concord-model-2", currentFormat]
    /// Largest document that is read, in bytes.
    public static let byteLimit = 256 << 20

    /// Format of the document.
    public let format: String
    /// Columns of the outcome.
    public let outcome: OutcomeColumns
    /// Name of the algorithm.
    public let method: String
    /// Number of training cases.
    public let cases: Int
    /// Number of events among them.
    public let events: Int
    /// Imputation, selection and model.
    public let fitted: FittedModel
    /// How often each feature was selected over the folds; nil where that was not asked for.
    public let stability: Stability?
    /// How the features were extracted; nil where that was not told.
    public let extraction: ExtractionRecord?
    /// What harmonises a row before the model sees it; nil where rows enter as they are.
    public let harmonisation: HarmonisationFile?
    /// What the model is for, and what follows from a probability; nil where that was not told.
    public let use: IntendedUse?
    /// Further notes in the words of who fitted it.
    public let provenance: [String: String]
    /// Hash of the rest of the document, in hexadecimal.
    public private(set) var sha256: String

    /// How often features were in the model over folds.
    public struct Stability: Codable, Sendable, Equatable {
        /// Number of fits.
        public let fits: Int
        /// Share of the fits whose model has the feature; features in none are left out.
        public let frequencies: [String: Double]
        /// Nogueira's index; nil where it is not defined.
        public let index: Double?

        /// Describes fits.
        public init(fits: Int, frequencies: [String: Double], index: Double?) {
            (self.fits, self.frequencies, self.index) = (fits, frequencies, index)
        }
    }

    /// What stands around a fitted model: where its rows come from, and what it is for.
    public struct Setting: Sendable {
        /// How the features were extracted.
        public var extraction: ExtractionRecord?
        /// What harmonised the training rows.
        public var harmonisation: HarmonisationFile?
        /// What the model is for.
        public var use: IntendedUse?

        /// Nothing is told.
        public init(
            extraction: ExtractionRecord? = nil, harmonisation: HarmonisationFile? = nil, use: IntendedUse? = nil
        ) {
            (self.extraction, self.harmonisation, self.use) = (extraction, harmonisation, use)
        }
    }

    /// Describes a fitted model.
    ///
    /// - Throws: `EncodingError` for a number that is not finite, `LocalLearningError.options` for a threshold that the
    ///   model cannot be held against.
    public init(
        outcome: OutcomeColumns, method: String, parts: [TrainingCases], fitted: FittedModel,
        stability: Stability? = nil, setting: Setting = Setting(), provenance: [String: String] = [:]
    ) throws {
        try self.init(
            outcome: outcome, method: method, cases: parts.caseCount, events: parts.eventCount, fitted: fitted,
            stability: stability, setting: setting, provenance: provenance)
    }

    /// Describes a model that was fitted by sums.
    ///
    /// - Throws: as the other.
    public init(
        outcome: OutcomeColumns, method: String, cases: Int, events: Int, fitted: FittedModel,
        stability: Stability? = nil, setting: Setting = Setting(), provenance: [String: String] = [:]
    ) throws {
        try setting.use?.check(fitted.predictor)
        (extraction, harmonisation, use) = (setting.extraction, setting.harmonisation, setting.use)
        format = Self.currentFormat
        self.outcome = outcome
        self.method = method
        self.cases = cases
        self.events = events
        self.fitted = fitted
        self.stability = stability
        self.provenance = provenance
        sha256 = ""
        sha256 = try digest()
    }

    /// Reads a document: its format, its members, its hash, and whether its parts fit together.
    ///
    /// - Throws: `LocalLearningError.badModel`.
    public init(json: Data) throws {
        guard json.count <= Self.byteLimit else { throw LocalLearningError.badModel("it is larger than 256 MiB") }
        let document: JSONTree
        do {
            document = try JSONDecoder().decode(JSONTree.self, from: json)
        } catch {
            throw LocalLearningError.badModel("it is not a document of format \(Self.currentFormat)")
        }
        guard case .text(let format) = document["format"], Self.readableFormats.contains(format) else {
            throw LocalLearningError.badModel(
                "its format is not one of \(Self.readableFormats.joined(separator: ", ")); fit it again, or read it with "
                    + "the version that wrote it")
        }
        do {
            self = try JSONDecoder().decode(ModelFile.self, from: json)
        } catch let error as DecodingError {
            throw LocalLearningError.badModel("member \(Self.place(error)) is missing or of another kind")
        }
        if let unknown = document.firstMember(notIn: try JSONDecoder().decode(JSONTree.self, from: try self.json())) {
            throw LocalLearningError.badModel("it has a member that this version does not know: \(unknown)")
        }
        guard try digest() == sha256 else {
            throw LocalLearningError.badModel("its hash is not that of its content; it was changed or cut short")
        }
        try fitted.predictor.model.check()
        guard fitted.tuning?.isSound ?? true else {
            throw LocalLearningError.badModel("what was chosen of its settings is not among them")
        }
        try extraction?.check()
        try use?.check(fitted.predictor)
    }

    private static func place(_ error: DecodingError) -> String {
        let path: [any CodingKey]
        switch error {
        case .keyNotFound(let key, let context): path = context.codingPath + [key]
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            path = context.codingPath
        @unknown default: path = []
        }
        return "'" + path.map(\.stringValue).joined(separator: ".") + "'"
    }

    /// The document.
    public func json() throws -> Data { try CanonicalForm.encode(self) }

    /// SHA-256 of the file's bytes, as a study's results and `sha256sum` have it.
    public var fingerprint: String { (try? json()).map(CanonicalForm.sha256) ?? "" }

    private func digest() throws -> String {
        var bare = self
        bare.sha256 = ""
        return CanonicalForm.sha256(try bare.json())
    }
}

extension ModelFile {
    /// Columns that a table needs.
    public var features: [String] { fitted.features }

    /// Columns of the model, indicators of missing values included.
    public var terms: [String] { fitted.predictor.model.columns }

    /// Probability of an event of each row, or the score of a model without.
    ///
    /// - Throws: as `predictions`.
    public func probabilities(_ table: CaseTable) throws -> [Double] { try fitted.probabilities(table) }

    /// Score of each case, and the probability of an event where the model has one.
    public struct Prediction: Sendable, Equatable {
        /// Log odds, decision or log relative hazard.
        public let score: Double
        /// Probability of an event; of one up to the horizon for a Cox model.
        public let probability: Double?
    }

    /// Predicts rows that have the features.
    ///
    /// - Parameter horizon: time up to which a Cox model's risk is wanted.
    /// - Throws: `LearningError.missingValues`, `LocalLearningError.options` for a horizon that has no meaning.
    public func predictions(_ input: LearningInput, horizon: Double? = nil) throws -> [Prediction] {
        let model = fitted.predictor.model
        let scores = try fitted.scores(input.table)
        guard let horizon else {
            return scores.map { Prediction(score: $0, probability: model.probability(score: $0)) }
        }
        guard let cox = fitted.predictor.cox else {
            throw LocalLearningError.options("--horizon: the model is not one of times; leave it out")
        }
        return try scores.map { score in
            guard let risk = cox.risk(at: horizon, score: score) else {
                throw LocalLearningError.options(
                    "--horizon: \(horizon) is not from 0 to the last event of the training cases, "
                        + "\(cox.baseline.grid.last ?? 0)")
            }
            return Prediction(score: score, probability: risk)
        }
    }

    /// What each of the model's columns adds to each case's score, cases x `terms` row-major, and what they are added to: linear models
    /// against the training means, trees against all training cases (Shapley values).
    ///
    /// - Throws: as `predictions`.
    public func contributions(_ input: LearningInput) throws -> (base: Double, values: [Double]) {
        try fitted.contributions(input.table)
    }

    /// What was fitted, a line for each fact.
    public var facts: [String] {
        var lines = ["\(cases) cases, \(events) events of '\(outcome.event)'"] + fitted.predictor.model.facts
        if let tuning = fitted.tuning { lines.append(tuning.fact) }
        if let transforms = fitted.transforms {
            let names = transforms.lambda.sorted { $0.key < $1.key }.prefix(5).map {
                $0.value == 0 ? "log of \($0.key)" : "Box-Cox \($0.value) of \($0.key)"
            }
            let more = transforms.lambda.count - names.count
            lines.append(names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : ""))
        }
        if let selection = fitted.selection {
            lines.append("selection \(selection.steps.joined(separator: ",")): \(selection.features.count) features")
        }
        lines += fitted.rankFacts.map { "ranks of \($0.text)" }
        if let stability {
            let index = stability.index.map { ", stability \($0)" } ?? ""
            lines.append("\(stability.frequencies.count) features in any of \(stability.fits) folds' models\(index)")
        }
        if let extraction { lines += extraction.facts }
        if let harmonisation {
            lines.append(
                "harmonised by '\(harmonisation.batchColumn)', \(harmonisation.batches.count) batches, "
                    + "\(harmonisation.model.features.count) features, sha256 \(harmonisation.sha256)")
        }
        if let use { lines += use.facts }
        return lines + ["sha256 \(fingerprint)"]
    }
}
