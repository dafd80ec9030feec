import Federation
import Learning

/// Linear support vector machine with squared hinge loss, and probabilities from decisions of cases held out.
public struct SupportVectorLearner: Learner {
    /// How decisions become probabilities.
    public enum Calibration: String, Sendable, CaseIterable {
        /// Not at all.
        case none
        /// A sigmoid.
        case platt
        /// A function that never falls.
        case isotonic
    }

    /// C, the weight of the losses.
    public var cost = 1.0
    /// Weight of an event, where a non-event has 1.
    public var eventWeight = 1.0
    /// How decisions become probabilities.
    public var calibration = Calibration.none
    /// Folds whose cases are held out for the calibration.
    public var folds = InnerFolds()

    /// C = 1 without probabilities.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "svm" }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        .supportVector(try predictor(cohort, moments: nil))
    }

    /// The machine of features with given moments; nil for those of the training cases.
    func predictor(_ cohort: Cohort, moments: Standardisation?) throws -> SupportVectorPredictor {
        SupportVectorPredictor(
            terms: try terms(cohort, moments), cost: cost, calibration: try calibration(cohort, moments))
    }

    private func terms(_ cohort: Cohort, _ moments: Standardisation?) throws -> LinearTerms {
        let classes = try cohort.classes()
        guard classes.events > 0, classes.others > 0 else { throw LearningError.oneClass }
        let found = try cohort.result(
            LinearSVM(try moments ?? cohort.standardisation(), cost: cost, classWeights: [1, eventWeight]))
        return LinearTerms(found.standardisation, coefficients: found.coefficients, intercept: found.intercept)
    }

    private func calibration(
        _ cohort: Cohort, _ moments: Standardisation?
    ) throws -> SupportVectorPredictor.Calibration? {
        guard calibration != .none else { return nil }
        let numbers = cohort.numbers(of: folds)
        let models = try cohort.each(numbers, { "calibration \($0)" }) { number in
            FittedModel(
                transforms: nil, imputation: .none, selection: nil,
                predictor: .supportVector(
                    SupportVectorPredictor(
                        terms: try terms(try cohort.outside(folds, number), moments), cost: cost, calibration: nil)))
        }
        let heldOut = try cohort.after(
            .heldOut(
                RowStep.HeldOutModels(
                    folds: folds, numbers: numbers,
                    scores: [RowStep.HeldOutModels.Score(name: RowStep.scoreName, models: models)], direct: [],
                    areProbabilities: false)))
        switch calibration {
        case .none: return nil
        case .platt: return .platt(try heldOut.result(PlattScaling(), .scores))
        case .isotonic:
            return .isotonic(try heldOut.result(IsotonicCalibration(grid: try heldOut.scorePoints()), .scores))
        }
    }
}
