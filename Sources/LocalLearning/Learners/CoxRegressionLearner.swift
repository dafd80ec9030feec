import Federation
import Harmonisation
import Learning
import Survival

/// Cox's model without a penalty, stratified by site, ties by Efron's rule; standard errors from the information (Wald).
public struct CoxRegressionLearner: Learner {
    /// Weight of half the sum of squared coefficients of z-scores against the sum of losses; 0 for none.
    var ridge = 0.0

    /// Creates the algorithm.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "coxph" }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let all = try cohort.standardisation()
        // What does not vary has no coefficient.
        let standardisation = all.selecting(all.columns.indices.filter { all.standardDeviations[$0] > 0 })
        let own = try cohort.selecting(features: standardisation.columns)
        let exponents = try own.result(ExponentCensus(columns: standardisation.columns.count))
        let fit = try own.result(
            CoxFit(
                names: standardisation.columns, exponents: exponents, ridge: ridge,
                penaltyUnits: ridge > 0 ? standardisation.standardDeviations : nil), .followUp)
        let scaled = zip(fit.coefficients, standardisation.standardDeviations).map { $0 * $1 }
        let errors = zip(fit.standardErrors, standardisation.standardDeviations).map { $0 * $1 }
        let kept = scaled.indices.filter { scaled[$0] != 0 }
        let terms = LinearTerms(standardisation, coefficients: scaled, intercept: 0)
        return .cox(
            CoxPredictor(
                terms: terms, lambda: 0, choice: nil, baseline: try CoxLearner.baseline(terms, cohort),
                strata: try cohort.classes().sites, standardErrors: kept.map { errors[$0] }))
    }
}
