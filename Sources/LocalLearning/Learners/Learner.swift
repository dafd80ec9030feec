/// An algorithm that fits a model to the rows of one or several sites, which exchange the sums of a study.
///
/// A new algorithm is a type that conforms to this, a case of `Predictor`, and a line in the command's list of methods.
public protocol Learner: Sendable {
    /// Name of the algorithm in tables and files.
    var name: String { get }
    /// Fits the model; the same bits however the rows are divided among parts.
    ///
    /// - Throws: `LearningError`, `SurvivalError`, `HarmonisationError`, `LocalLearningError`.
    func fit(_ parts: [TrainingCases]) throws -> Predictor
}

/// How folds within the training rows are made.
public struct InnerFolds: Sendable, Equatable {
    /// Number of folds.
    public var count = 10
    /// Key of the hash of the rows' names.
    public var seed = "concord"
    /// Fold of each row by its name; nil for the hash.
    public var given: [String: Int]?

    /// Ten folds by the hash.
    public init() {}

    func membership(_ parts: [TrainingCases]) -> [[Int]] {
        guard let given else { return Folds.stratified(parts, count: count, seed: seed) }
        return parts.map { part in part.names.map { given[$0] ?? 1 } }
    }
}
