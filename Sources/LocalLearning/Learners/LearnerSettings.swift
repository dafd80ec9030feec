public import Learning

/// Settings of all algorithms, and the algorithms by their names.
public struct LearnerSettings: Sendable {
    /// Share of the LASSO in `elastic-net` and `cox`: 1 LASSO, 0 ridge.
    public var alpha = 0.5
    /// Given penalty; nil for cross-validation, and for 1 in `lr`.
    public var lambda: Double?
    /// The sparsest model within one standard error of the best.
    public var isSparse = false
    /// Relative penalty of features by name.
    public var penaltyFactors: [String: Double] = [:]
    /// Folds within the training cases.
    public var folds = InnerFolds()
    /// C of the support vector machine.
    public var cost = 0.01
    /// Its probabilities.
    public var calibration = SupportVectorLearner.Calibration.none
    /// What shapes boosted trees.
    public var trees = TreeBoosting.Parameters()
    /// Bins of a feature, for trees.
    public var bins = 16

    /// The defaults of the command.
    public init() {}

    /// Names that `learner(named:)` knows, in the order of tables.
    public static let names = [
        "lr", "ridge", "lasso", "elastic-net", "svm", "boosting", "cox", "cox-lasso", "cox-ridge", "coxph",
    ]

    /// Names of algorithms for an outcome with or without time.
    public static func names(withTime: Bool) -> [String] { names.filter { $0.hasPrefix("cox") == withTime } }

    /// The algorithm with these settings.
    ///
    /// - Throws: `LocalLearningError.options` for a name that there is not, or settings out of range.
    public func learner(named name: String) throws -> any Learner {
        try check()
        switch name {
        case "lr":
            var learner = LogisticLearner()
            if let lambda { learner.lambda = lambda }
            return learner
        case "ridge": return elasticNet(alpha: 0)
        case "lasso": return elasticNet(alpha: 1)
        case "elastic-net": return elasticNet(alpha: alpha)
        case "svm":
            var learner = SupportVectorLearner()
            (learner.cost, learner.calibration, learner.folds) = (cost, calibration, folds)
            return learner
        case "boosting":
            var learner = BoostingLearner()
            (learner.parameters, learner.bins) = (trees, bins)
            return learner
        case "cox": return cox(alpha: alpha)
        case "cox-lasso": return cox(alpha: 1)
        case "cox-ridge": return cox(alpha: 0)
        case "coxph": return CoxRegressionLearner()
        default:
            throw LocalLearningError.options(
                "--method: there is no '\(name)'; use \(Self.names.joined(separator: ", "))")
        }
    }

    private func check() throws {
        guard (0...1).contains(alpha) else { throw LocalLearningError.options("--alpha: \(alpha) is not 0 to 1") }
        if let lambda, !(lambda >= 0 && lambda.isFinite) {
            throw LocalLearningError.options("--lambda: \(lambda) is not 0 or more")
        }
        guard cost > 0, cost.isFinite else { throw LocalLearningError.options("--cost: \(cost) is not above 0") }
        guard folds.count >= 3 else { throw LocalLearningError.options("--folds: \(folds.count) is below 3") }
        guard trees.rounds > 0, trees.maxDepth > 0, trees.eta > 0, trees.lambda >= 0, (2...254).contains(bins) else {
            throw LocalLearningError.options(
                "--rounds, --max-depth and --eta are above 0, --leaf-penalty 0 or more, --bins 2 to 254")
        }
        if let wrong = penaltyFactors.values.first(where: { !($0 >= 0 && $0.isFinite) }) {
            throw LocalLearningError.options("--block-penalty: \(wrong) is not 0 or more")
        }
    }

    private func elasticNet(alpha: Double) -> ElasticNetLearner {
        var learner = ElasticNetLearner()
        learner.parameters = path(alpha: alpha)
        (learner.folds, learner.isSparse, learner.penaltyFactors) = (folds, isSparse, penaltyFactors)
        return learner
    }

    private func cox(alpha: Double) -> CoxLearner {
        var learner = CoxLearner()
        learner.parameters = path(alpha: alpha)
        (learner.folds, learner.isSparse, learner.penaltyFactors) = (folds, isSparse, penaltyFactors)
        return learner
    }

    private func path(alpha: Double) -> ElasticNetPath.Parameters {
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = alpha
        parameters.lambdas = lambda.map { [$0] }
        return parameters
    }
}
