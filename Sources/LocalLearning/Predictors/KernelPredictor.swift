public import Federation
public import Learning

/// A support vector machine with a Gaussian kernel, approximated by random Fourier features.
public struct KernelPredictor: PredictiveModel {
    /// The columns whose products approximate the kernel.
    public let fourier: RandomFourierFeatures
    /// The linear machine of these columns.
    public let machine: SupportVectorPredictor

    /// Names of the features.
    public var columns: [String] { fourier.standardisation.columns }
    /// What scores are.
    public var scoreName: String { machine.scoreName }

    /// Throws `LocalLearningError.badModel` unless the parts fit together.
    public func check() throws {
        try require(
            fourier.standardisation.isSound && (1...100_000).contains(fourier.count) && fourier.gamma > 0
                && fourier.gamma.isFinite, "a kernel's columns are not defined")
        try machine.check()
        let given = Set(fourier.identity.columns)
        try require(machine.columns.allSatisfy(given.contains), "a machine has a column that its kernel does not give")
    }

    /// Score of each row.
    public func scores(_ table: CaseTable) throws -> [Double] {
        try machine.scores(try fourier.apply(to: table).selecting(features: machine.columns))
    }

    /// Probability of an event at a score.
    public func probability(score: Double) -> Double? { machine.probability(score: score) }

    /// Throws: exact Shapley values of a kernel machine are out of reach.
    public func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        throw LocalLearningError.options(
            "a kernel machine has no exact contributions of features; `concord model importance` permutes them")
    }

    /// Facts about the fit.
    public var facts: [String] {
        ["Gaussian kernel of width \(fourier.gamma) by \(fourier.count) random Fourier features"] + machine.facts
    }
}
