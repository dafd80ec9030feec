public import Federation

/// Logistic regression with the elastic net over a path of penalties, all folds of a cross-validation in the same rounds (Friedman,
/// Hastie and Tibshirani, J Stat Softw 2010;33:1; screening after Tibshirani et al., JRSS B 2012;74:245).
///
/// The objective is glmnet's: sum w l / sum w + lambda sum v_j (alpha |b_j| + (1 - alpha) / 2 b_j^2) with b on the scale of features
/// with (weighted) standard deviation 1 among the fit's own cases, and v rescaled to sum to the number of features. Each round the
/// sites send, for every fit that is not finished, the gradients of the models on their way and now and then the information of the few
/// features that may be in them; the quadratic problem is solved without data, by the coordinator, who keeps what it knows of the fits to itself.
public struct ElasticNetPath: Computation {
    /// `learning.elastic-net`
    public static let identifier = "learning.elastic-net"

    /// What is penalised, and how.
    public struct Parameters: Codable, Sendable, Equatable {
        /// Share of the LASSO: 1 LASSO, 0 ridge.
        public var alpha = 1.0
        /// Penalties of the path, descending; nil for `count` of them from the smallest that leaves no penalised feature.
        public var lambdas: [Double]?
        /// Length of the path.
        public var count = 100
        /// Smallest penalty over the largest.
        public var ratio = 0.02
        /// Relative penalty of each feature, 0 for none; nil for all alike.
        public var penaltyFactors: [Double]?
        /// Weight of a non-event and of an event.
        public var classWeights = [1.0, 1.0]
        /// Whether features are penalised on the scale of their standard deviation, else as they are.
        public var isStandardised = true
        /// Number of folds of the cross-validation; 0 for none.
        public var folds = 0
        /// Whether a path that is not given ends where the model explains everything, or hardly more than the one before.
        public var endsEarly = true

        /// The defaults of glmnet, and a path to 0.02.
        public init() {}

        /// Penalties that are given are all fitted.
        var mayEndEarly: Bool { endsEarly && lambdas == nil }
    }

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - standardisation: pooled moments of the features; sums are taken of z-scores.
    ///   - offset: a known part of the linear predictor; nil for none.
    public init(_ standardisation: Standardisation, parameters: Parameters = Parameters(), offset: Offset? = nil) {
        let p = standardisation.columns.count
        precondition((0...1).contains(parameters.alpha) && parameters.count >= 1, "alpha from 0 to 1, a path")
        precondition(parameters.penaltyFactors?.count ?? p == p, "a penalty factor for each feature")
        precondition(parameters.classWeights.count == 2, "a weight for each class")
        specification = State(
            standardisation: standardisation, parameters: parameters, offset: offset, weights: [], nullDeviance: 0,
            lambdas: [], fits: [])
    }

    /// A known part of the linear predictor, with the model of it and an intercept alone.
    public struct Offset: Codable, Sendable, Equatable {
        /// Name of the column, the table's last beside the features.
        let column: String
        /// The model.
        let model: OffsetIntercept.Result

        /// Describes an offset.
        public init(column: String, model: OffsetIntercept.Result) { (self.column, self.model) = (column, model) }
    }

    /// What the sites are asked.
    public struct Broadcast: Codable, Sendable, Equatable {
        /// Location and scale of the features.
        public let standardisation: Standardisation
        /// Number of folds of the cross-validation.
        public let folds: Int
        /// Weight of a non-event and of an event.
        public let classWeights: [Double]
        /// Column that is added to the linear predictor; nil for none.
        public let offset: String?
        /// The models on their way; empty in the first round.
        let requests: [PathRequest]
    }

    /// What is fitted, and how far each fit is. Stays with the coordinator.
    public struct State: Codable, Sendable, Equatable {
        /// Location and scale of the features.
        public let standardisation: Standardisation
        /// What is penalised.
        public let parameters: Parameters
        /// Known part of the linear predictor; nil for none.
        let offset: Offset?
        /// Sum of the weights of the cases of each fit, and of the cases held out.
        var weights: [[Double]]
        /// Deviance of the model with an intercept only, all cases.
        var nullDeviance: Double
        /// Penalties; empty before they are known.
        var lambdas: [Double]
        /// Fits; empty in the first round.
        var fits: [PathFit]
    }

    /// No fit yet.
    public func initialState() -> State { specification }

    /// The models on their way.
    public func broadcast(of state: State) -> Broadcast {
        Broadcast(
            standardisation: state.standardisation, folds: state.parameters.folds,
            classWeights: state.parameters.classWeights, offset: state.offset?.column,
            requests: state.fits.requests(state.lambdas))
    }

    /// Moments by fold and class; then likelihoods, gradients and information.
    public func blocks(for broadcast: Broadcast) -> [BlockSpecification] {
        // More are refused in `contribute`.
        let groups = 2 * (max(0, min(broadcast.folds, [PathRequest].mostFolds)) + 1)
        guard !broadcast.requests.isEmpty else {
            return [
                .counts(
                    "cases", shape: [groups], meaning: "cases of each fold and class",
                    discloses: "the site's cases and events in each fold")
            ]
                + FoldMoments.blocks(
                    groups: groups, features: broadcast.standardisation.columns.count, by: "fold and class")
        }
        let round = round(broadcast)
        return [
            .unitScale(
                "log_likelihood", shape: [round.count], meaning: "weighted log-likelihood of each model",
                discloses: "how well the model fits the site's cases"),
            .unitScale(
                "held_out", shape: [round.count], meaning: "log-likelihood of the cases held out of each model",
                discloses: "how well the model predicts the site's cases of one fold"),
        ] + round.blocks
    }

    private func round(_ broadcast: Broadcast) -> PathRound {
        PathRound(
            broadcast.requests, features: broadcast.standardisation.columns.count,
            residuals: "the site's sums of residuals times features",
            covariances: "the site's weighted covariances of these features")
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.missingValues`, `.badFold`, `.badRequest`.
    public func contribute(_ shard: FoldedTable, to broadcast: Broadcast) throws -> Contribution {
        let standardisation = broadcast.standardisation
        try shard.table.requireColumns(standardisation.columns + [broadcast.offset].compactMap(\.self))
        let p = standardisation.columns.count
        func features() -> [Double] {
            broadcast.offset == nil
                ? shard.table.features : KnownColumn.divided(shard.table.features, features: p).features
        }
        guard (0...[PathRequest].mostFolds).contains(broadcast.folds) else { throw LearningError.badRequest }
        guard shard.fold.allSatisfy({ (0...broadcast.folds).contains($0) }) else { throw LearningError.badFold }
        try broadcast.requests.require(features: standardisation.columns.count, folds: broadcast.folds)
        guard broadcast.classWeights.count == 2, broadcast.classWeights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw LearningError.badRequest
        }
        let groups = try shard.table.outcome.map(LearningError.group)
        let specifications = blocks(for: broadcast)
        guard !broadcast.requests.isEmpty else {
            try shard.table.requireFiniteFeatures()
            let own = zip(shard.fold, groups).map { 2 * $0 + $1 }
            var counts = ExactSum(specifications[0])
            for group in own { counts.add(1, at: group) }
            let moments = try FoldMoments.contribute(
                standardisation.scores(features()), group: own, to: Array(specifications[1...]))
            return Contribution(blocks: [try counts.block()] + moments)
        }
        let design = shard.design.table(standardisation) {
            standardisation.design(features(), rows: shard.table.count, intercept: 1)
        }
        // A value that is not finite makes its row's largest z-score so.
        if !design.largest.allSatisfy(\.isFinite) { try shard.table.requireFiniteFeatures() }
        let offset = broadcast.offset.map { _ in KnownColumn.column(shard.table.features, features: p) }
        if offset?.allSatisfy(\.isFinite) == false { try shard.table.requireFiniteFeatures() }
        var (sum, heldOut) = (WeightedTotals(specifications[0]), ExactSum(specifications[1]))
        let weights = groups.map { broadcast.classWeights[$0] }
        // For each fold the weights of the cases that it does not hold out, and those that it does.
        let parts = (0...broadcast.folds).map { fold in
            let rows = fold > 0 ? groups.indices.filter { shard.fold[$0] == fold } : []
            var own = weights
            for row in rows { own[row] = 0 }
            return (weights: own, heldOut: rows)
        }
        let blocks = try round(broadcast).contribute(design) { fold, slot, predictors in
            let terms = LogisticFunction.terms(
                offset.map { zip(predictors, $0).map(+) } ?? predictors, events: shard.table.outcome)
            let part = parts[fold]
            for row in part.heldOut { heldOut.add(Self.clipped(terms.logLikelihoods[row]), at: slot) }
            sum.add(terms.logLikelihoods, times: part.weights, at: slot)
            return PathRound.Evaluation(
                residuals: zip(terms.residuals, part.weights).map { $0 * $1 },
                information: .weighted { zip(terms.weights, part.weights).map { $0 * $1 } })
        }
        return Contribution(blocks: [try sum.block(), try heldOut.block()] + blocks)
    }

    /// A held-out probability counts as 1e-5 to 1 - 1e-5, as in glmnet.
    private static func clipped(_ logLikelihood: Double) -> Double {
        let (worst, best) = (-11.512925464970229, -1.0000050000287824e-05)
        return min(max(logLikelihood, worst), best)
    }

    /// One step of every fit, then the path.
    ///
    /// - Throws: `LearningError.oneClass`, `.noPenalty` for a path that begins at 0, `.noOptimum`.
    public func next(after current: consuming State, sum: Contribution) throws -> ComputationStep<
        State, ElasticNetModel
    > {
        var state = consume current
        guard !state.fits.isEmpty else { return .broadcast(try begun(state, sum)) }
        let (likelihoods, heldOut) = (try sum.values("log_likelihood"), try sum.values("held_out"))
        let round = round(broadcast(of: state))
        let sums = try round.sums(sum, totals: state.weights.map { $0[0] }) { fold, slot in
            let (total, own) = (state.weights[fold][0], state.weights[fold][1])
            return (likelihoods[slot] / total, own > 0 ? -2 * heldOut[slot] / own : 0)
        }
        let (count, ratio) = (state.parameters.count, state.parameters.ratio)
        for (request, own) in zip(round.requests, sums) {
            let fold = request.fold
            let penalty = ElasticNetPenalty(
                alpha: state.parameters.alpha, factors: factors(state), deviations: state.fits[fold].scale.penalised)
            try state.fits[fold].advance(
                own, penalty: penalty, names: state.standardisation.columns, lambdas: &state.lambdas
            ) {
                try ElasticNetPenalty.path(largest: $0, count: count, ratio: ratio)
            }
        }
        if state.parameters.mayEndEarly {
            state.fits.end(PathEnd.logistic, lambdas: &state.lambdas) { Self.ratio($0, state.nullDeviance) }
        }
        return !state.fits.contains { $0.wantsSums(state.lambdas) } ? .done(result(state)) : .broadcast(state)
    }

    /// Share of the deviance that a model explains.
    private static func ratio(_ point: PathPoint, _ nullDeviance: Double) -> Double {
        1 + 2 * point.logLikelihood / nullDeviance
    }

    /// Starts every fit from its intercept.
    private func begun(_ current: State, _ sum: Contribution) throws -> State {
        var state = current
        let folds = state.parameters.folds
        let cases = try sum.values("cases")
        let weights = state.parameters.classWeights
        for fold in 0...folds {
            let own = (0..<cases.count).filter { $0 / 2 != fold || fold == 0 }
                .map { (group: $0, weight: weights[$0 % 2]) }
            let classes = (0...1).map { outcome in
                own.reduce(0) { $1.group % 2 == outcome ? $0 + $1.weight * cases[$1.group] : $0 }
            }
            guard classes[0] > 0, classes[1] > 0 else { throw LearningError.oneClass }
            let total = classes[0] + classes[1]
            let eta = state.offset?.model.intercept ?? LogisticFunction.logit(classes[1] / total)
            let scale = PathScale(
                try FoldMoments.moments(sum, cases: cases, weights: own),
                isStandardised: state.parameters.isStandardised, hasIntercept: true)
            state.weights.append([total, fold == 0 ? 0 : cases[2 * fold] + cases[2 * fold + 1]])
            if fold == 0 {
                let share = classes[1] / total
                state.nullDeviance =
                    state.offset?.model.deviance
                    ?? -2 * (share * LogisticFunction.logOf(share) + (1 - share) * LogisticFunction.logOf(1 - share))
            }
            state.fits.append(
                PathFit(
                    fold: fold, scale: scale, intercept: eta, factors: factors(state),
                    place: fold == 0 && state.parameters.lambdas == nil ? -1 : 0,
                    rules: .logistic(
                        fold: fold, cases: own.reduce(0) { $1.weight > 0 ? $0 + cases[$1.group] : $0 }, weight: total)))
        }
        if let given = state.parameters.lambdas { state.lambdas = given }
        return state
    }

    private func factors(_ state: State) -> [Double] {
        ElasticNetPenalty.normalised(
            state.parameters.penaltyFactors, count: state.standardisation.columns.count)
    }

    private func result(_ state: State) -> ElasticNetModel {
        let (means, deviations) = (state.standardisation.means, state.standardisation.standardDeviations)
        let path = state.fits[0].path.map { own in
            let scaled = own.dense(means.count)
            let coefficients = means.indices.map { deviations[$0] > 0 ? scaled[$0] / deviations[$0] : 0 }
            let shift = zip(coefficients, means).reduce(0) { $0 + $1.0 * $1.1 }
            return ElasticNetModel.Point(
                lambda: state.lambdas[own.place], intercept: own.intercept - shift, coefficients: coefficients,
                devianceRatio: Self.ratio(own, state.nullDeviance))
        }
        let folds = state.fits.dropFirst().filter { state.weights[$0.fold][1] > 0 }
        let validation = ElasticNetModel.CrossValidation(
            deviances: folds.map { $0.path.map(\.heldOut) }, weights: folds.map { state.weights[$0.fold][1] },
            hardlyVarying: folds.hardlyVarying(state.standardisation.columns))
        return ElasticNetModel(columns: state.standardisation.columns, path: path, crossValidation: validation)
    }
}
