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
