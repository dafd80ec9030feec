public import Federation

/// A fitted model of some features, as part of a model file.
public protocol PredictiveModel: Codable, Sendable, Equatable {
    /// Names of the features, in the order of a table that it takes.
    var columns: [String] { get }
    /// Whether a missing value can be predicted from.
    var takesMissing: Bool { get }
    /// What `scores` are, such as `log odds`.
    var scoreName: String { get }
    /// Throws `LocalLearningError.badModel` unless the parts fit together.
    func check() throws
    /// Score of each row of a table with the columns: higher means event.
    func scores(_ table: CaseTable) throws -> [Double]
    /// Probability of an event at a score; nil for a model that has none.
    func probability(score: Double) -> Double?
    /// What each feature adds to each row's score, rows x columns row-major, and what they are added to.
    func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double])
    /// Facts about the fit, a line for each.
    var facts: [String] { get }
}

extension PredictiveModel {
    /// Missing values are refused.
    public var takesMissing: Bool { false }

    /// Throws unless a condition of the file holds.
    func require(_ condition: Bool, _ reason: String) throws {
        guard condition else { throw LocalLearningError.badModel(reason) }
    }
}
