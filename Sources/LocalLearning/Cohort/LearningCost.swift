import Harmonisation
import Learning
import Survival
import Validation

/// Rounds and numbers of a part: parts after each other add, parts beside each other share their rounds.
struct Cost {
    var rounds = 0
    var words = 0

    static func + (left: Cost, right: Cost) -> Cost {
        Cost(rounds: left.rounds + right.rounds, words: left.words + right.words)
    }

    static func beside(_ parts: [Cost]) -> Cost {
        let words = parts.reduce(0) { $0 + $1.words }
        return Cost(rounds: max(parts.map(\.rounds).max() ?? 0, words / LearningRound.cellLimit), words: words)
    }

    func times(_ count: Int) -> Cost { Cost(rounds: rounds, words: words * count) }

    init(rounds: Int, words: Int) { (self.rounds, self.words) = (rounds, words) }

    init(_ estimate: CommunicationEstimate) {
        self.init(rounds: estimate.rounds, words: estimate.bytesPerSite / 16)
    }
}

/// The most rounds and numbers of the parts of a program.
struct LearningCost {
    private let program: LearningProgram
    private let cases: Int

    init(_ program: LearningProgram, cases: Int) { (self.program, self.cases) = (program, cases) }

    /// Of the model and the comparison.
    func whole(_ features: Int) throws -> Cost {
        var parts = [try fit(program.method, features)]
        if let comparison = program.comparison {
            let sites = program.sites.count
            let folds = (comparison.folds ?? sites) * comparison.repetitions
            let area = area.times(folds + 1)
            for method in comparison.methods {
                let own = try fit(method, features)
                parts.append(own.times(folds) + area)
                if comparison.showsLeak, !program.selection.isEmpty {
                    parts.append(selected(features).cost + own.times(folds) + area)
                }
            }
            if let choice = comparison.choiceFolds {
                let inner = try comparison.methods.map { try fit($0, features).times(folds * choice) }
                let best = try comparison.methods.map { try fit($0, features) }.max { $0.words < $1.words }
                parts.append(
                    Cost.beside(inner) + self.area.times(folds * choice * comparison.methods.count)
                        + (best?.times(folds) ?? Cost(rounds: 0, words: 0)) + area)
            }
            if comparison.folds == nil { parts.append(Cost(rounds: 1, words: 3 * sites)) }
        }
        if let correlation = program.correlation {
            parts.append(
                totals + ranks(features, bins: 2)
                    + (correlation.kind == .spearman ? ranks(features, bins: RankedFeatures.bins) : moments(features))
                    + Cost(rounds: 1, words: 1 + features * (features + 1) / 2))
        }
        let all = totals + Cost.beside(parts)
        // What does not fit into a round is asked for in the next; no request is larger than half a round.
        return all + Cost(rounds: 2 * all.words / LearningRound.cellLimit, words: 0)
    }

    private var totals: Cost { Cost(rounds: 1, words: 3) }

    /// Discrimination of the scores of a test set.
    private var area: Cost {
        program.hasTimes ? Cost(rounds: 1, words: 8) : quantiles(1, bins: 256) + Cost(rounds: 1, words: 2 * points(256))
    }

    private func moments(_ p: Int) -> Cost {
        Cost(ExponentCensus(columns: p).communication(rounds: 1))
            + Cost(PooledMoments(exponents: [Int](repeating: 0, count: p)).communication(rounds: 2))
    }

    /// Bins that the cases allow.
    private func points(_ bins: Int) -> Int {
        max(2, min(bins, cases / max(program.minimumCell, PooledQuantiles.minimumPerBin)))
    }

    /// Search for quantiles: the number of cases, then one round for each bit of single precision, and one to spare; edges that are
    /// settled drop out.
    private func quantiles(_ p: Int, bins: Int) -> Cost {
        Cost(rounds: 34, words: 34 * p * points(bins))
    }

    /// Ranks in so many bins: counts by class, and at points of ties of cases that differ.
    private func ranks(_ p: Int, bins: Int) -> Cost {
        quantiles(p, bins: bins) + Cost(rounds: 1, words: 3 * p * (points(bins) + 1))
    }

    /// Ranks in bins, and in finer ones down to the smallest, of all features each time.
    ///
    /// - Parameter between: what is asked for after each.
    private func ranks(_ p: Int, between: Cost) -> Cost {
        var (bins, cost) = (RankedFeatures.bins, Cost(rounds: 0, words: 0))
        while true {
            cost = cost + ranks(p, bins: bins) + between
            guard points(bins) == bins else { return cost }
            bins *= RankedFeatures.refinement
        }
    }

    /// Newton's method for a strictly convex loss, from experience.
    private func newton(_ width: Int) -> Cost {
        Cost(rounds: 25, words: 25 * (4 + (width + 1) * (width + 6) / 2))
    }

    /// Cost of the selection, and how many features it leaves at most.
    private func selected(_ features: Int) -> (cost: Cost, left: Int) {
        var (cost, left) = (Cost(rounds: 0, words: 0), max(features - program.kept.count, 0))
        for step in program.selection {
            let p = left
            let univariate = moments(p) + Cost(rounds: 2, words: 4 + 4 * p)
            let products = Cost(rounds: 1, words: 1 + p * (p + 1) / 2)
            let triangle = moments(p) + products
            switch step {
            case .copies: cost = cost + triangle
            case .variance: cost = cost + moments(p)
            case .univariate(let statistic, let cut):
                cost = cost + (statistic == .auc ? ranks(p, between: Cost(rounds: 0, words: 0)) : univariate)
                if case .best(let count) = cut { left = min(left, count) }
            case .redundancy(let correlation, _, let rule):
                cost = cost + (correlation == .spearman ? ranks(p, between: products) : triangle)
                if rule == .relevance { cost = cost + univariate }
            case .minimumRedundancy(let variant, let count):
                left = min(left, count)
                // Of bins the joint counts of a feature with another, three by three, and with the class.
                cost =
                    cost + univariate
                    + Cost(rounds: left + 2, words: (left + 2) * p * (variant == .quotientOfF ? 1 : 18))
            }
        }
        return (cost, left + min(program.kept.count + (program.settings.offset == nil ? 0 : 1), features))
    }

    /// Cost of imputation, selection and algorithm on one set of training cases; of a grid on its folds first.
    private func fit(_ method: String, _ features: Int) throws -> Cost {
        guard let grid = program.settings.tuning else { return try fit(method, features, [program.settings]) }
        let trials = try grid.trials(of: method, program.settings)
        guard !trials.isEmpty else { return try fit(method, features, [program.settings]) }
        let isDeviance = try grid.criterion(of: method, program.settings) == .deviance
        let score = isDeviance ? Cost(rounds: 1, words: 2) : area
        let last = try trials.map { try fit(method, features, [$0.learner]) }
        let folds = grid.folds.count
        return (grid.folds.sites == nil ? Cost(rounds: 0, words: 0) : totals.times(folds))
            + (try fit(method, features, trials.map(\.scorer)).times(folds)) + score.times(folds * trials.count)
            + Cost(rounds: last.map(\.rounds).max() ?? 0, words: last.map(\.words).max() ?? 0)
    }

    /// The same of algorithms with different settings, beside each other after the same selection.
    private func fit(_ method: String, _ features: Int, _ settings: [LearnerSettings]) throws -> Cost {
        var whole = features
        var start = Cost(rounds: 0, words: 0)
        if program.imputation != .none {
            // The median by the bits of a number, and the cases.
            start = totals + Cost(rounds: 65, words: 65 * 2 * features)
            if program.imputation == .medianIndicator { whole *= 2 }
        }
        guard let fusion = program.fusion, fusion.kind == .late else {
            let (selection, p) = selected(whole)
            return start + selection + Cost.beside(try settings.map { try learn(method, p, $0) })
        }
        // Blocks of about the same size, each with a model without each fold and one of all cases.
        let count = fusion.blocks.count
        let (selection, p) = selected(max(whole / count, 1))
        let lower = try settings.map { selection + (try learn(method, p, $0)) }
        let upper = try learn(
            program.hasTimes ? "coxph" : "lr", count + fusion.direct.count + program.kept.count, program.settings)
        let stacked = lower.map { $0.times(count * program.settings.folds.count) + $0.times(count) + upper }
        return start + Cost.beside(stacked)
    }

    /// Cost of the algorithm and of the scales by which its cases are bounded.
    private func learn(_ method: String, _ p: Int, _ settings: LearnerSettings) throws -> Cost {
        let bound =
            settings.caseBound == nil
            ? Cost(rounds: 0, words: 0)
            : quantiles(p, bins: 4) + totals + quantiles(1, bins: CaseBound.mostBins)
        return bound + (try algorithm(method, p, settings))
    }

    private func algorithm(_ method: String, _ p: Int, _ settings: LearnerSettings) throws -> Cost {
        let columns = Standardisation(
            columns: (0..<p).map { "f\($0)" }, means: [Double](repeating: 0, count: p),
            standardDeviations: [Double](repeating: 1, count: p))
        func machine(_ width: Int) -> Cost {
            let one = moments(width) + totals + newton(width)
            switch settings.calibration {
            case .none: return one
            case .platt: return one + one.times(settings.folds.count) + newton(1)
            case .isotonic:
                return one + one.times(settings.folds.count) + quantiles(1, bins: RankedFeatures.bins)
                    + Cost(rounds: 1, words: 2 * points(RankedFeatures.bins))
            }
        }
        func path(_ parameters: ElasticNetPath.Parameters) -> Cost {
            var own = parameters
            own.folds = own.lambdas?.count == 1 ? 0 : settings.folds.count
            let path = Cost(ElasticNetPath(columns, parameters: own).communication(features: p))
            // The model that a path with an offset begins from; Cox's begins from nothing.
            return settings.offset == nil || program.hasTimes ? path : newton(0) + path
        }
        var baseline: Cost {
            quantiles(1, bins: Cohort.hazardPoints) + Cost(rounds: 1, words: 2 * points(Cohort.hazardPoints)) + totals
        }
        switch try settings.learner(named: method) {
        case is LogisticLearner: return moments(p) + newton(p)
        case let own as ElasticNetLearner: return moments(p) + path(own.parameters)
        case let own as CoxLearner: return moments(p) + path(own.parameters) + baseline
        case is CoxRegressionLearner:
            return moments(p) + Cost(ExponentCensus(columns: p).communication(rounds: 1)) + newton(p) + baseline
        case is SupportVectorLearner: return machine(p)
        case is KernelLearner: return moments(p) + machine(settings.fourierFeatures)
        case let own as BoostingLearner:
            let trees = TreeBoosting(
                features: columns.columns, binCounts: columns.columns.map { _ in own.bins }, parameters: own.parameters)
            let paths = own.parameters.rounds << min(2 * own.parameters.maxDepth, 24)
            return quantiles(p, bins: own.bins) + Cost(trees.communication(cases: cases))
                + Cost(rounds: 1, words: paths)
        case let own as ForestLearner:
            let forest = RandomForestFit(
                features: columns.columns, binCounts: columns.columns.map { _ in own.bins }, parameters: own.parameters)
            return totals + quantiles(p, bins: own.bins) + Cost(forest.communication(cases: cases))
        case let own as NetworkLearner:
            let start = NeuralNetwork(columns, hidden: own.hidden, activation: own.activation, seed: own.seed)
            let fit = NeuralNetworkFit(start, parameters: own.parameters)
            if let averaging = own.averaging {
                let mean = NeuralNetworkAveraging(start, parameters: averaging)
                return totals + moments(p) + Cost(mean.communication(rounds: averaging.rounds))
                    + Cost(fit.communication(rounds: 1))
            }
            return totals + moments(p) + Cost(fit.communication(rounds: own.parameters.maxRounds))
        default: throw LocalLearningError.options("'\(method)' is not an algorithm of a study")
        }
    }
}
