import Harmonisation
public import Learning
import Validation

/// Rounds and numbers of a part: parts after each other add, parts beside each other share their rounds.
private struct Cost {
    var rounds = 0
    var words = 0

    static func + (left: Cost, right: Cost) -> Cost {
        Cost(rounds: left.rounds + right.rounds, words: left.words + right.words)
    }

    static func beside(_ parts: [Cost]) -> Cost {
        Cost(rounds: parts.map(\.rounds).max() ?? 0, words: parts.reduce(0) { $0 + $1.words })
    }

    func times(_ count: Int) -> Cost { Cost(rounds: rounds, words: words * count) }

    init(rounds: Int, words: Int) { (self.rounds, self.words) = (rounds, words) }

    init(_ estimate: CommunicationEstimate) {
        self.init(rounds: estimate.rounds, words: estimate.bytesPerSite / 16)
    }
}

extension LearningProgram {
    /// Rounds of the search for quantiles: the number of cases, then one for each bit of single precision, and one to spare.
    private static let searchRounds = 34
    /// Rounds of Newton's method for a strictly convex loss, from experience.
    private static let newtonRounds = 25

    /// What the program sends at most, known before its first round: of all its computations every round, with the number of rounds
    /// of Newton's method from experience.
    ///
    /// - Parameters:
    ///   - features: number of features, covariates of the model included.
    ///   - cases: pooled number of training cases, or a bound.
    /// - Throws: `LocalLearningError.options` for a method that there is not.
    public func communication(features: Int, cases: Int) throws -> CommunicationEstimate {
        let whole = try fit(method, features, cases)
        var parts = [whole]
        if let comparison {
            let area = Self.quantiles(1, bins: 256) + Cost(rounds: 1, words: 512)
            for method in comparison.methods {
                let folds = comparison.folds * comparison.repetitions
                let own = try fit(method, features, cases)
                parts.append(own.times(folds) + area.times(folds + 1))
                if comparison.showsLeak, !selection.isEmpty {
                    parts.append(selected(features).cost + own.times(folds) + area.times(folds + 1))
                }
            }
        }
        let all = Cost(rounds: 1, words: 2) + Cost.beside(parts)
        return CommunicationEstimate(rounds: all.rounds, words: all.words)
    }

    private static func moments(_ p: Int) -> Cost {
        Cost(ExponentCensus(columns: p).communication(rounds: 1))
            + Cost(PooledMoments(exponents: [Int](repeating: 0, count: p)).communication(rounds: 2))
    }

    private static func quantiles(_ p: Int, bins: Int) -> Cost {
        Cost(rounds: searchRounds, words: searchRounds * p * bins)
    }

    /// Cost of the selection, and how many features it leaves at most.
    private func selected(_ features: Int) -> (cost: Cost, left: Int) {
        var (cost, left) = (Cost(rounds: 0, words: 0), max(features - kept.count, 0))
        for step in selection {
            let p = left
            let univariate = Self.moments(p) + Cost(rounds: 2, words: 4 + 4 * p)
            let ranks =
                Self.quantiles(p, bins: Cohort.rankPoints) + Cost(rounds: 1, words: 2 * p * (Cohort.rankPoints + 1))
            let triangle = Self.moments(p) + Cost(rounds: 1, words: 1 + p * (p + 1) / 2)
            switch step {
            case .variance: cost = cost + Self.moments(p)
            case .univariate(let statistic, let cut):
                cost = cost + (statistic == .auc ? ranks : univariate)
                if case .best(let count) = cut { left = min(left, count) }
            case .redundancy(let correlation, _, let rule):
                cost = cost + triangle
                if correlation == .spearman { cost = cost + ranks }
                if rule == .relevance { cost = cost + univariate }
            case .minimumRedundancy(let variant, let count):
                left = min(left, count)
                // Of bins the joint counts of a feature with another, three by three, and with the class.
                cost =
                    cost + univariate
                    + Cost(rounds: left + 2, words: (left + 2) * p * (variant == .quotientOfF ? 1 : 18))
            }
        }
        return (cost, left + min(kept.count, features))
    }

    /// Cost of selection and algorithm on one set of training cases.
    private func fit(_ method: String, _ features: Int, _ cases: Int) throws -> Cost {
        let (selection, p) = selected(features)
        let moments = Standardisation(
            columns: (0..<p).map { "f\($0)" }, means: [Double](repeating: 0, count: p),
            standardDeviations: [Double](repeating: 1, count: p))
        let learner = try settings.learner(named: method)
        func newton(_ width: Int) -> Cost {
            Cost(rounds: Self.newtonRounds, words: Self.newtonRounds * (4 + (width + 1) * (width + 6) / 2))
        }
        func machine(_ width: Int) -> Cost {
            let one = Self.moments(width) + Cost(rounds: 1, words: 2) + newton(width)
            let calibration = Self.quantiles(1, bins: Cohort.rankPoints) + Cost(rounds: 1, words: 2 * Cohort.rankPoints)
            return one + one.times(settings.folds.count) + newton(1) + calibration
        }
        switch learner {
        case is LogisticLearner: return selection + Self.moments(p) + newton(p)
        case let own as ElasticNetLearner:
            var parameters = own.parameters
            parameters.folds = parameters.lambdas?.count == 1 ? 0 : settings.folds.count
            return selection + Self.moments(p)
                + Cost(ElasticNetPath(moments, parameters: parameters).communication(features: p))
        case is SupportVectorLearner: return selection + machine(p)
        case is KernelLearner: return selection + Self.moments(p) + machine(settings.fourierFeatures)
        case let own as BoostingLearner:
            let trees = TreeBoosting(
                features: moments.columns, binCounts: moments.columns.map { _ in own.bins }, parameters: own.parameters)
            let paths = own.parameters.rounds << min(2 * own.parameters.maxDepth, 24)
            return selection + Self.quantiles(p, bins: own.bins) + Cost(trees.communication(cases: cases))
                + Cost(rounds: 1, words: paths)
        case let own as ForestLearner:
            let forest = RandomForestFit(
                features: moments.columns, binCounts: moments.columns.map { _ in own.bins }, parameters: own.parameters)
            return selection + Cost(rounds: 1, words: 2) + Self.quantiles(p, bins: own.bins)
                + Cost(forest.communication(cases: cases))
        case let own as NetworkLearner:
            let start = NeuralNetwork(moments, hidden: own.hidden, activation: own.activation, seed: own.seed)
            return selection + Cost(rounds: 1, words: 2) + Self.moments(p)
                + Cost(
                    NeuralNetworkFit(start, parameters: own.parameters)
                        .communication(rounds: own.parameters.maxRounds))
        default: throw LocalLearningError.options("'\(method)' is not an algorithm of a study")
        }
    }
}
