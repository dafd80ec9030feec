import Federation
import Learning

/// A support vector machine with a Gaussian kernel, approximated by random Fourier features.
public struct KernelLearner: Learner {
    /// The machine of the Fourier features.
    public var machine = SupportVectorLearner()
    /// Width of the kernel of z-scores; nil for 1 / number of features.
    public var gamma: Double?
    /// Number of Fourier features.
    public var count = 500
    /// Key of their draws.
    public var seed: UInt64 = 20_261_123

    /// 500 Fourier features.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "kernel-svm" }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let scale = try cohort.standardisation()
        let fourier = RandomFourierFeatures(
            scale, count: count, gamma: gamma ?? 1 / Double(max(scale.columns.count, 1)), seed: seed)
        let mapped = try cohort.after(.fourier(fourier))
        return .kernel(
            KernelPredictor(fourier: fourier, machine: try machine.predictor(mapped, moments: fourier.identity)))
    }
}
