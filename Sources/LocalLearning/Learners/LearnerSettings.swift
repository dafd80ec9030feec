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
    /// What shapes forests.
    public var forest = RandomForest.Parameters()
    /// Units of each hidden layer of a network.
    public var hidden = [8]
    /// What hidden units of a network do.
    public var activation = Activation.tanh
    /// How the descent of `mlp` goes.
    public var optimiser = NetworkOptimiser.lbfgs
    /// L2 penalty of a network's weights.
    public var weightPenalty = 1.0
    /// Width of the Gaussian kernel; nil for 1 / number of features.
    public var gamma: Double?
    /// Fourier features of the kernel.
    public var fourierFeatures = 500
    /// Weight of an event, where a non-event has 1; `lr`, `mlp-fedavg` and Cox's models have none.
    public var eventWeight = 1.0
    /// Largest root mean square of a training case's robust z-scores (`CaseBound`); nil for none.
    public var caseBound: Double?
    /// Length to which `mlp` shortens each site's sum of gradients; nil for the exact sum.
    public var siteBound: Double?
    /// Share of the cases that a tree is grown from: of boosting; of a forest below 1, instead of a bootstrap.
    public var caseShare = 1.0
    /// Share of the features that a boosted tree may split by.
    public var featureShare = 1.0
    /// What shapes the descent of `mlp-fedavg`.
    public var averaging = NeuralNetworkAveraging.Parameters()
    /// Settings of which folds choose; nil where all are given.
    public var tuning: TuningGrid?
    /// Column of a known part of the linear predictor; nil for none.
    public var offset: String?
    /// Key of draws: boosting, forests, a network's start, Fourier features.
    public var drawSeed: UInt64 = 20_261_123

    /// The defaults of the command.
    public init() {}

    /// Names that `learner(named:)` knows, in the order of tables.
    public static let names = [
        "lr", "ridge", "lasso", "elastic-net", "svm", "kernel-svm", "boosting", "forest", "mlp", "mlp-fedavg",
        "cox", "cox-lasso", "cox-ridge", "coxph",
    ]

    static let unweighted: Set = ["lr", "mlp-fedavg", "cox", "cox-lasso", "cox-ridge", "coxph"]

    /// The algorithms that can add a known part to their linear predictor.
    public static let withOffset: Set = [
        "lr", "ridge", "lasso", "elastic-net", "cox", "cox-lasso", "cox-ridge", "coxph",
    ]

    /// Federated averaging.
    static let averaged = "mlp-fedavg"

    /// Whether an algorithm's model depends on how the cases are divided among sites; that of most does not.
    public func dependsOnSites(_ name: String) -> Bool {
        name == Self.averaged || name == Self.network && siteBound != nil
    }

    /// The network of all cases.
    static let network = "mlp"

    /// Names of algorithms for an outcome with or without time.
    public static func names(withTime: Bool) -> [String] { names.filter { $0.hasPrefix("cox") == withTime } }

    /// The algorithm with these settings.
    ///
    /// - Throws: `LocalLearningError.options` for a name that there is not, or settings out of range.
    public func learner(named name: String) throws -> any Learner {
        try check()
        guard eventWeight == 1 || !Self.unweighted.contains(name) else {
            throw LocalLearningError.options(
                "--event-weight: \(name) has no class weights\(name == "lr" ? "; use ridge" : "")")
        }
        guard offset == nil || Self.withOffset.contains(name) else {
            throw LocalLearningError.options(
                "--offset: \(name) has no linear predictor to add '\(offset ?? "")' to; use "
                    + "\(Self.names.filter(Self.withOffset.contains).joined(separator: ", "))")
        }
        switch name {
        case "lr":
            var learner = LogisticLearner()
            if let lambda { learner.lambda = lambda }
            learner.offset = offset
            return learner
        case "ridge": return elasticNet(alpha: 0)
        case "lasso": return elasticNet(alpha: 1)
        case "elastic-net": return elasticNet(alpha: alpha)
        case "svm":
            return machine
        case "kernel-svm":
            var learner = KernelLearner()
            (learner.machine, learner.gamma, learner.count) = (machine, gamma, fourierFeatures)
            learner.seed = drawSeed
            return learner
        case "forest":
            var learner = ForestLearner()
            (learner.parameters, learner.bins, learner.parameters.seed) = (forest, bins, drawSeed)
            learner.parameters.classWeights = [1, eventWeight]
            if caseShare < 1 { learner.parameters.sampling = .subsample(caseShare) }
            return learner
        case "mlp", "mlp-fedavg":
            var learner = NetworkLearner()
            (learner.hidden, learner.parameters.penalty, learner.seed) = (hidden, weightPenalty, drawSeed)
            (learner.activation, learner.parameters.optimiser) = (activation, optimiser)
            learner.parameters.classWeights = [1, eventWeight]
            if name == Self.averaged {
                learner.averaging = averaging
            } else {
                learner.parameters.gradientBound = siteBound
            }
            return learner
        case "boosting":
            var learner = BoostingLearner()
            (learner.parameters, learner.bins) = (trees, bins)
            learner.parameters.positiveWeight = eventWeight
            if caseShare < 1 || featureShare < 1 {
                var sampling = TreeBoosting.Sampling()
                (sampling.cases, sampling.features, sampling.seed) = (caseShare, featureShare, drawSeed)
                learner.parameters.sampling = sampling
            }
            return learner
        case "cox": return cox(alpha: alpha)
        case "cox-lasso": return cox(alpha: 1)
        case "cox-ridge": return cox(alpha: 0)
        case "coxph":
            var learner = CoxRegressionLearner()
            learner.offset = offset
            return learner
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
        if case .adam(let rate) = optimiser, !(rate > 0 && rate <= 1) {
            throw LocalLearningError.options("--adam-rate: \(rate) is not above 0 and at most 1")
        }
        for (option, bound) in [("--case-bound", caseBound), ("--site-bound", siteBound)] {
            guard bound.map({ $0 > 0 && $0 < 1e12 }) ?? true else {
                throw LocalLearningError.options("\(option): a bound is above 0")
            }
        }
        guard trees.rounds > 0, trees.maxDepth > 0, trees.eta > 0, trees.lambda >= 0, (2...254).contains(bins) else {
            throw LocalLearningError.options(
                "--rounds, --max-depth and --eta are above 0, --leaf-penalty 0 or more, --bins 2 to 254")
        }
        guard trees.alpha >= 0, trees.gamma >= 0, trees.minChildWeight >= 0, caseShare > 0, caseShare <= 1,
            featureShare > 0, featureShare <= 1, eventWeight > 0,
            [trees.alpha, trees.gamma, trees.minChildWeight, eventWeight].allSatisfy(\.isFinite)
        else {
            throw LocalLearningError.options(
                "--leaf-l1, --minimum-gain and --min-child-weight are 0 or more, --subsample and --colsample above 0 and at "
                    + "most 1, --event-weight above 0")
        }
        guard (1...10_000).contains(averaging.rounds), (1...1000).contains(averaging.localSteps), averaging.rate > 0,
            averaging.rate.isFinite
        else {
            throw LocalLearningError.options(
                "--averaging-rounds is 1 to 10,000, --local-steps 1 to 1,000, --local-rate above 0")
        }
        guard forest.trees > 0, forest.minimumCases > 0, (1...2).contains(hidden.count),
            hidden.allSatisfy({ (1...10_000).contains($0) }), weightPenalty >= 0, weightPenalty.isFinite,
            gamma.map({ $0 > 0 && $0.isFinite }) ?? true, (1...100_000).contains(fourierFeatures)
        else {
            throw LocalLearningError.options(
                "--trees, --minimum-cases, --gamma and --fourier are above 0, --hidden one or two numbers, "
                    + "--weight-penalty 0 or more")
        }
        if let wrong = penaltyFactors.values.first(where: { !($0 >= 0 && $0.isFinite) }) {
            throw LocalLearningError.options("--block-penalty: \(wrong) is not 0 or more")
        }
    }

    private var machine: SupportVectorLearner {
        var learner = SupportVectorLearner()
        (learner.cost, learner.calibration, learner.folds) = (cost, calibration, folds)
        learner.eventWeight = eventWeight
        return learner
    }

    private func elasticNet(alpha: Double) -> ElasticNetLearner {
        var learner = ElasticNetLearner()
        learner.parameters = path(alpha: alpha)
        (learner.folds, learner.isSparse, learner.penaltyFactors) = (folds, isSparse, penaltyFactors)
        learner.offset = offset
        return learner
    }

    private func cox(alpha: Double) -> CoxLearner {
        var learner = CoxLearner()
        learner.parameters = path(alpha: alpha)
        (learner.folds, learner.isSparse, learner.penaltyFactors) = (folds, isSparse, penaltyFactors)
        learner.offset = offset
        return learner
    }

    private func path(alpha: Double) -> ElasticNetPath.Parameters {
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = alpha
        parameters.classWeights = [1, eventWeight]
        parameters.lambdas = lambda.map { [$0] }
        return parameters
    }
}
