import Federation
public import Learning

/// Logistic regression with the elastic net.
public struct ElasticNetLearner: Learner {
    /// What is penalised; folds are those of `folds`.
    public var parameters = ElasticNetPath.Parameters()
    /// Folds by which the penalty is chosen; not used for a given penalty.
    public var folds = InnerFolds()
    /// The largest penalty within one standard error of the lowest deviance, instead of the lowest.
    public var isSparse = false
    /// Relative penalty of features by name, 1 for others, 0 for none: for blocks of features.
    public var penaltyFactors: [String: Double] = [:]
    /// Column of a known part of the linear predictor; nil for none.
    public var offset: String?

    /// The LASSO with ten folds.
    public init() {}

    /// Name of the algorithm.
    public var name: String { parameters.alpha == 1 ? "lasso" : parameters.alpha == 0 ? "ridge" : "elastic-net" }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let (standardisation, known) = try cohort.standardisation().dividing(offset: offset)
        var own = parameters
        let isGiven = own.lambdas?.count == 1
        own.folds = isGiven ? 0 : cohort.numbers(of: folds).max() ?? 0
        if !penaltyFactors.isEmpty { own.penaltyFactors = standardisation.columns.map { penaltyFactors[$0] ?? 1 } }
        let found = try cohort.result(
            ElasticNetPath(standardisation, parameters: own, offset: try start(cohort)), .folded(isGiven ? nil : folds),
            roundLimit: 20_000)
        let place = found.crossValidation.map { isSparse ? $0.withinOneStandardError : $0.lowest } ?? 0
        let point = found.path[place]
        let scaled = zip(point.coefficients, standardisation.standardDeviations).map { $0 * $1 }
        let shift = zip(point.coefficients, standardisation.means).reduce(0) { $0 + $1.0 * $1.1 }
        return .logistic(
            LogisticPredictor(
                terms: LinearTerms(
                    standardisation, coefficients: scaled, intercept: point.intercept + shift, offset: known),
                lambda: point.lambda,
                choice: LogisticPredictor.Choice(
                    alpha: own.alpha, lambdas: found.path.map(\.lambda), crossValidation: found.crossValidation),
                standardErrors: nil))
    }

    /// The model that a path with an offset begins from.
    private func start(_ cohort: Cohort) throws -> ElasticNetPath.Offset? {
        try offset.map { column in
            ElasticNetPath.Offset(
                column: column,
                model: try cohort.selecting(features: [column]).result(
                    OffsetIntercept(column, classWeights: parameters.classWeights)))
        }
    }
}
