import Federation
import Learning
import Survival

/// Cox's model without a penalty, stratified by site, ties by Efron's rule; standard errors from the information (Wald).
public struct CoxRegressionLearner: Learner {
    /// Creates the algorithm.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "coxph" }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let parts = try cohort.rows(for: "a Cox model")
        let all = try parts.standardisation()
        // What does not vary has no coefficient.
        let standardisation = all.selecting(all.columns.indices.filter { all.standardDeviations[$0] > 0 })
        let own = try parts.selecting(features: standardisation.columns).map { try $0.survival() }
        let exponents = standardisation.columns.indices.map { column in own.map { $0.exponents[column] }.max() ?? 0 }
        let fit = try CoxFit(names: standardisation.columns, exponents: exponents).run(on: own).result
        let scaled = zip(fit.coefficients, standardisation.standardDeviations).map { $0 * $1 }
        let errors = zip(fit.standardErrors, standardisation.standardDeviations).map { $0 * $1 }
        let kept = scaled.indices.filter { scaled[$0] != 0 }
        let terms = LinearTerms(standardisation, coefficients: scaled, intercept: 0)
        return .cox(
            CoxPredictor(
                terms: terms, lambda: 0, choice: nil, baseline: try CoxLearner.baseline(terms, parts),
                strata: Set(own.flatMap(\.stratum)).count, standardErrors: kept.map { errors[$0] }))
    }
}
