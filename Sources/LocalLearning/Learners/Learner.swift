import Federation

/// An algorithm that fits a model to the rows of one or several sites, which exchange the sums of a study.
///
/// A new algorithm is a type that conforms to this, a case of `Predictor`, and a line in the command's list of methods.
public protocol Learner: Sendable {
    /// Name of the algorithm in tables and files.
    var name: String { get }
    /// Fits the model; the same bits however the rows are divided among sites.
    ///
    /// It asks the cohort for results of computations and for nothing else, and goes the same way each time: in a study it is run
    /// again in every round.
    ///
    /// - Throws: `LearningError`, `SurvivalError`, `HarmonisationError`, `LocalLearningError`.
    func fit(_ cohort: Cohort) throws -> Predictor
}

extension Learner {
    /// Fits the model to rows on this machine.
    ///
    /// - Throws: as for a cohort.
    public func fit(_ parts: [TrainingCases]) throws -> Predictor { try fit(Cohort(parts)) }
}

/// How folds within the training rows are made.
public struct InnerFolds: Sendable, Equatable, Codable {
    /// Number of folds.
    public var count = 10
    /// Key of the hash of the rows' names.
    public var seed = "concord"
    /// Whether each site makes folds of its own cases, without those of others: the folds of a study.
    public var isBySite = false
    /// Fold of each row by its name; nil for the hash. It holds names of patients and is never encoded.
    public var given: [String: Int]?

    /// Ten folds by the hash.
    public init() {}

    private enum CodingKeys: String, CodingKey { case count, seed, isBySite }

    func membership(_ parts: [TrainingCases]) -> [[Int]] {
        guard let given else {
            guard isBySite else { return Folds.stratified(parts, count: count, seed: seed) }
            return parts.map { part in
                var output = [Int](repeating: 1, count: part.count)
                for site in Set(part.table.batch).sorted() {
                    let rows = part.table.batch.indices.filter { part.table.batch[$0] == site }
                    let own = Folds.stratified(
                        names: rows.map { part.names[$0] }, outcome: rows.map { part.table.outcome[$0] }, count: count,
                        seed: "\(seed)/\(site)")
                    for (row, fold) in zip(rows, own) { output[row] = fold }
                }
                return output
            }
        }
        return parts.map { part in part.names.map { given[$0] ?? 1 } }
    }
}
