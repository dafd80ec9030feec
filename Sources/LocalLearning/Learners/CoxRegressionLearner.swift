import Federation
import Harmonisation
import Learning
import Survival

/// Cox's model without a penalty, stratified by site, ties by Efron's rule; standard errors from the information (Wald).
public struct CoxRegressionLearner: Learner {
    /// Weight of half the sum of squared coefficients of z-scores against the sum of losses; 0 for none.
    var ridge = 0.0
    /// Column of a known part of the linear predictor; nil for none.
    public var offset: String?

    /// Creates the algorithm.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "coxph" }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let (all, known) = try cohort.standardisation().dividing(offset: offset)
        // What does not vary has no coefficient.
        let standardisation = all.selecting(all.columns.indices.filter { all.standardDeviations[$0] > 0 })
        let own = try cohort.selecting(features: standardisation.columns)
        let table = try cohort.selecting(features: standardisation.columns + [offset].compactMap(\.self))
        let exponents = try own.result(ExponentCensus(columns: standardisation.columns.count))
        let fit = try table.result(
            CoxFit(
                names: standardisation.columns, exponents: exponents, ridge: ridge,
                penaltyUnits: ridge > 0 ? standardisation.standardDeviations : nil, offset: offset), .followUp)
        let scaled = zip(fit.coefficients, standardisation.standardDeviations).map { $0 * $1 }
        let errors = zip(fit.standardErrors, standardisation.standardDeviations).map { $0 * $1 }
        let kept = scaled.indices.filter { scaled[$0] != 0 }
        let terms = LinearTerms(
            standardisation, coefficients: scaled, intercept: -(known?.means[0] ?? 0), offset: known)
        return .cox(
            CoxPredictor(
                terms: terms, lambda: 0, choice: nil, baseline: try CoxLearner.baseline(terms, cohort),
                strata: try cohort.classes().sites,
                standardErrors: kept.map { errors[$0] } + (known == nil ? [] : [0])))
    }
}
