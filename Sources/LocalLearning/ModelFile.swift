import Federation
public import FoundationEssentials
public import Learning
import StudyProtocol

/// A trained model as a file: everything that is needed to apply it to a row of features.
///
/// JSON with sorted keys; `sha256` covers the document without its value. docs/learning.md has the formulas.
public struct ModelFile: Codable, Sendable, Equatable {
    /// Format of the document.
    public static let currentFormat = "concord-model-1"

    /// Boosted trees with what their bins and explanations need.
    public struct Trees: Codable, Sendable, Equatable {
        /// Limits of the bins of each feature.
        public let edges: BinEdges
        /// What shaped the trees.
        public let parameters: TreeBoosting.Parameters
        /// The trees, and how often the training cases meet each combination of the conditions on a way to a leaf.
        public let explanation: TreeShapley
    }

    /// How the penalty of a logistic model was chosen.
    public struct Choice: Codable, Sendable, Equatable {
        /// Share of the LASSO.
        public let alpha: Double
        /// Penalties of the path.
        public let lambdas: [Double]
        /// Deviance of the cases held out; nil for a given penalty.
        public let crossValidation: ElasticNetModel.CrossValidation?
    }

    /// Format of the document.
    public let format: String
    /// Column of the outcome.
    public let outcome: String
    /// Number of training cases.
    public let cases: Int
    /// Number of events among them.
    public let events: Int
    /// A logistic model of its selected features; nil for trees.
    public let logistic: LogisticModel?
    /// How its penalty was chosen; nil for trees.
    public let choice: Choice?
    /// Trees; nil for a logistic model.
    public let trees: Trees?
    /// Hash of the rest of the document, in hexadecimal.
    public private(set) var sha256: String

    init(
        outcome: String, cases: Int, events: Int, logistic: LogisticModel? = nil, choice: Choice? = nil,
        trees: Trees? = nil
    ) throws {
        format = Self.currentFormat
        self.outcome = outcome
        self.cases = cases
        self.events = events
        self.logistic = logistic
        self.choice = choice
        self.trees = trees
        sha256 = ""
        sha256 = try digest()
    }

    /// Reads a document and checks its hash.
    ///
    /// - Throws: `LocalLearningError.badModel`.
    public init(json: Data) throws {
        do {
            self = try JSONDecoder().decode(ModelFile.self, from: json)
        } catch {
            throw LocalLearningError.badModel("it is not a document of format \(Self.currentFormat)")
        }
        guard format == Self.currentFormat else {
            throw LocalLearningError.badModel("its format is '\(format)', not \(Self.currentFormat)")
        }
        guard try digest() == sha256 else {
            throw LocalLearningError.badModel("its hash is not that of its content; it was changed or cut short")
        }
        guard (logistic == nil) != (trees == nil) else {
            throw LocalLearningError.badModel("it holds not exactly one model")
        }
    }

    /// The document.
    public func json() throws -> Data { try CanonicalForm.encode(self) }

    private func digest() throws -> String {
        var bare = self
        bare.sha256 = ""
        return CanonicalForm.sha256(try bare.json())
    }
}

extension ModelFile {
    /// Columns that a table needs.
    public var features: [String] { logistic?.columns ?? trees?.edges.features ?? [] }

    /// Probability of an event of each case.
    ///
    /// - Throws: `LearningError` for missing values where the model cannot take them.
    public func probabilities(_ input: LearningInput) throws -> [Double] {
        if let logistic {
            try requireComplete(input)
            return try logistic.predict(input.table)
        }
        return trees.map { $0.explanation.model.probabilities(input.coded($0.edges)) } ?? []
    }

    /// What each feature adds to each case's log odds, cases x `features` row-major, and what they are added to: a logistic
    /// model against the training mean, trees against all training cases (Shapley values).
    ///
    /// - Throws: as `probabilities`.
    public func contributions(_ input: LearningInput) throws -> (base: Double, values: [Double]) {
        if let logistic {
            try requireComplete(input)
            let p = logistic.columns.count
            // Coefficients are of z-scores, whose training means are 0.
            let zeros = [Double](repeating: 0, count: p)
            let values = (0..<input.table.count).flatMap { row in
                let z = (0..<p).map {
                    (input.table.features[row * p + $0] - logistic.means[$0]) / logistic.standardDeviations[$0]
                }
                return LinearShapley.values(coefficients: logistic.coefficients, means: zeros, row: z)
            }
            return (logistic.intercept, values)
        }
        guard let trees else { return (0, []) }
        return (trees.explanation.expectedMargin, trees.explanation.values(input.coded(trees.edges)))
    }

    private func requireComplete(_ input: LearningInput) throws {
        let (n, p) = (input.table.count, input.table.featureCount)
        let culprits = (0..<p).filter { column in
            (0..<n).contains { input.table.features[$0 * p + column].isNaN }
        }
        guard culprits.isEmpty else {
            throw LearningError.missingValues(features: culprits.map { input.table.featureNames[$0] })
        }
    }
}
