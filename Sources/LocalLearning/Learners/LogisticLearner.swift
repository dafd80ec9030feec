import Federation
import Learning

/// Logistic regression with a given ridge, 0 for none; standard errors from the information (Wald).
public struct LogisticLearner: Learner {
    /// Weight of half the sum of squared coefficients of z-scores against the sum of losses; 1 is scikit-learn's default.
    public var lambda = 1.0
    /// Column of a known part of the linear predictor; nil for none.
    public var offset: String?

    /// A ridge of 1.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "lr" }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let (all, known) = try cohort.standardisation().dividing(offset: offset)
        // What does not vary has no coefficient.
        let standardisation = all.selecting(all.columns.indices.filter { all.standardDeviations[$0] > 0 })
        let fit = try cohort.selecting(features: standardisation.columns + [offset].compactMap(\.self)).result(
            RidgeLogistic(
                columns: standardisation.columns, means: standardisation.means,
                standardDeviations: standardisation.standardDeviations, lambda: lambda, offset: offset))
        let kept = fit.coefficients.indices.filter { fit.coefficients[$0] != 0 }
        return .logistic(
            LogisticPredictor(
                terms: LinearTerms(
                    standardisation, coefficients: fit.coefficients, intercept: fit.intercept, offset: known),
                lambda: lambda, choice: nil,
                standardErrors: [fit.standardErrors[0]] + kept.map { fit.standardErrors[$0 + 1] }
                    + (known == nil ? [] : [0])))
    }
}
