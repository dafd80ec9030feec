import Federation
public import Learning
import Survival

/// Cox's model with the elastic net, stratified by site, with the baseline hazard of all sites.
public struct CoxLearner: Learner {
    /// What is penalised; folds are those of `folds`. Class weights are not used.
    public var parameters = ElasticNetPath.Parameters()
    /// Folds by which the penalty is chosen; not used for a given penalty.
    public var folds = InnerFolds()
    /// The largest penalty within one standard error of the lowest deviance, instead of the lowest.
    public var isSparse = false
    /// Relative penalty of features by name, 1 for others, 0 for none.
    public var penaltyFactors: [String: Double] = [:]
    /// Column of a known part of the linear predictor; nil for none.
    public var offset: String?

    /// The LASSO with ten folds.
    public init() {}

    /// Name of the algorithm.
    public var name: String {
        parameters.alpha == 1 ? "cox-lasso" : parameters.alpha == 0 ? "cox-ridge" : "cox-elastic-net"
    }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let (standardisation, known) = try cohort.standardisation().dividing(offset: offset)
        var own = parameters
        let isGiven = own.lambdas?.count == 1
        own.folds = isGiven ? 0 : cohort.numbers(of: folds).max() ?? 0
        if !penaltyFactors.isEmpty { own.penaltyFactors = standardisation.columns.map { penaltyFactors[$0] ?? 1 } }
        let found = try cohort.result(
            CoxPath(standardisation, parameters: own, offset: offset), .foldedSurvival(isGiven ? nil : folds),
            roundLimit: 20_000)
        let place = found.crossValidation.map { isSparse ? $0.withinOneStandardError : $0.lowest } ?? 0
        let point = found.path[place]
        let terms = LinearTerms(
            standardisation,
            coefficients: zip(point.coefficients, standardisation.standardDeviations).map { $0 * $1 },
            intercept: -(known?.means[0] ?? 0), offset: known)
        return .cox(
            CoxPredictor(
                terms: terms, lambda: point.lambda,
                choice: LogisticPredictor.Choice(
                    alpha: own.alpha, lambdas: found.path.map(\.lambda), crossValidation: found.crossValidation),
                baseline: try Self.baseline(terms, cohort), strata: try cohort.classes().sites,
                standardErrors: nil))
    }

    /// Cumulative hazard at the training means.
    static func baseline(_ terms: LinearTerms, _ cohort: Cohort) throws -> BaselineHazard.Result {
        let own = try cohort.selecting(features: terms.standardisation.columns)
        return try own.result(
            BaselineHazard(
                names: terms.standardisation.columns,
                coefficients: zip(terms.coefficients, terms.standardisation.standardDeviations).map { $0 / $1 },
                reference: terms.standardisation.means, grid: try own.hazardTimes()), .followUp)
    }
}
