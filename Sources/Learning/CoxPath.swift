public import Federation
import Survival

/// Cox's model with the elastic net over a path of penalties, stratified, all folds of a cross-validation in the same rounds
/// (Simon et al., J Stat Softw 2011;39:5; ties by Breslow's rule).
///
/// The objective is glmnet's: -(log partial likelihood) / n + lambda sum v_j (alpha |b_j| + (1 - alpha) / 2 b_j^2) with b on the
/// scale of features with standard deviation 1 among the fit's own cases, and v rescaled to sum to the number of features.
/// Each round a site sends the gradients of its own strata and now and then the information of the few features that may be in
/// the model. A stratum must lie wholly within one shard; no event time and no risk set leaves.
public struct CoxPath: Computation {
    /// `learning.cox-path`
    public static let identifier = "learning.cox-path"

    let specification: State

    /// Creates the computation; class weights of the parameters are not used.
    ///
    /// - Parameters:
    ///   - standardisation: pooled moments of the features; sums are taken of z-scores.
    ///   - offset: name of a further column, the table's last, that is added to the linear predictor as it is; nil for none.
    public init(
        _ standardisation: Standardisation, parameters: ElasticNetPath.Parameters = .init(), offset: String? = nil
    ) {
        let p = standardisation.columns.count
        precondition((0...1).contains(parameters.alpha) && parameters.count >= 1, "alpha from 0 to 1, a path")
        precondition(parameters.penaltyFactors?.count ?? p == p, "a penalty factor for each feature")
        specification = State(
            standardisation: standardisation, parameters: parameters, offset: offset, cases: [], heldOutEvents: [],
            saturated: [],
            nullLogLikelihood: nil, lambdas: [], fits: [])
    }

    /// What the sites are asked.
    public struct Broadcast: Codable, Sendable, Equatable {
        /// Location and scale of the features.
        public let standardisation: Standardisation
        /// Number of folds of the cross-validation.
        public let folds: Int
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
        public let parameters: ElasticNetPath.Parameters
        /// Column that is added to the linear predictor; nil for none.
        let offset: String?
        /// Cases of each fit.
        var cases: [Double]
        /// Events held out of each fit.
        var heldOutEvents: [Double]
        /// Log-likelihood of the saturated model of each fit's cases.
        var saturated: [Double]
        /// Log-likelihood of all cases without features.
        var nullLogLikelihood: Double?
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
            standardisation: state.standardisation, folds: state.parameters.folds, offset: state.offset,
            requests: state.fits.requests(state.lambdas))
    }

    /// Moments by fold; then likelihoods, gradients and information.
    public func blocks(for broadcast: Broadcast) -> [BlockSpecification] {
        // More are refused in `contribute`.
        let groups = max(0, min(broadcast.folds, [PathRequest].mostFolds)) + 1
        guard !broadcast.requests.isEmpty else {
            return [
                .counts(
                    "cases", shape: [groups], meaning: "cases of each fold", discloses: "the site's cases in each fold"),
                .counts(
                    "events", shape: [groups], meaning: "events of each fold",
                    discloses: "the site's events in each fold"),
                .unitScale(
                    "saturated", shape: [groups], meaning: "log-likelihood of the saturated model outside each fold",
                    discloses: "how many of the site's events share a time"),
            ]
                + FoldMoments.blocks(
                    groups: groups, features: broadcast.standardisation.columns.count, by: "fold")
        }
        let round = round(broadcast)
        return [
            .unitScale(
                "log_likelihood", shape: [round.count], meaning: "log partial likelihood of the cases of each model",
                discloses: "how well the model orders the site"),
            .unitScale(
                "all_cases", shape: [round.count], meaning: "log partial likelihood of all cases",
                discloses: "how well the model orders the site's cases of one fold"),
        ] + round.blocks
    }

    private func round(_ broadcast: Broadcast) -> PathRound {
        PathRound(
            broadcast.requests, features: broadcast.standardisation.columns.count,
            residuals: "features of the site's events less the mean of their risk sets, summed",
            covariances: "the covariance of these features in the site's risk sets, summed")
    }

    /// Sums over the site's strata.
    ///
    /// - Throws: `SurvivalError`, `LearningError.badFold`, `.badRequest`.
    public func contribute(_ shard: FoldedSurvival, to broadcast: Broadcast) throws -> Contribution {
        let standardisation = broadcast.standardisation
        try shard.require(standardisation.columns + [broadcast.offset].compactMap(\.self))
        let p = standardisation.columns.count
        func features() -> [Double] {
            broadcast.offset == nil
                ? shard.table.values : KnownColumn.divided(shard.table.values, features: p).features
        }
        guard (0...[PathRequest].mostFolds).contains(broadcast.folds) else { throw LearningError.badRequest }
        guard shard.fold.allSatisfy({ (0...broadcast.folds).contains($0) }) else { throw LearningError.badFold }
        try broadcast.requests.require(features: standardisation.columns.count, folds: broadcast.folds)
        let n = shard.fold.count
        let specifications = blocks(for: broadcast)
        guard !broadcast.requests.isEmpty else {
            var sums = specifications.prefix(3).map(ExactSum.init)
            for row in 0..<n {
                sums[0].add(1, at: shard.fold[row])
                if shard.table.followUp.events[row] { sums[1].add(1, at: shard.fold[row]) }
            }
            for fold in 0...broadcast.folds {
                for stratum in shard.strata {
                    let rows = Self.rows(shard, stratum, without: fold)
                    let cases = Self.cases(shard, rows, predictors: [Double](repeating: 0, count: n))
                    sums[2].add(PartialLikelihood.saturated(cases), at: fold)
                }
            }
            let moments = try FoldMoments.contribute(
                standardisation.scores(features()), group: shard.fold, to: Array(specifications[3...]))
            return Contribution(blocks: try sums.map { try $0.block() } + moments)
        }
        var sums = specifications.prefix(2).map(ExactSum.init)
        // No intercept: its column is 0.
        let design = shard.design.table(standardisation) {
            standardisation.design(features(), rows: n, intercept: 0)
        }
        let offset = broadcast.offset.map { _ in KnownColumn.column(shard.table.values, features: p) }
        let blocks = try round(broadcast).contribute(design) { fold, slot, own in
            let predictors = offset.map { zip(own, $0).map(+) } ?? own
            var residuals = [Double](repeating: 0, count: n)
            var parts: [(rows: [Int], likelihood: PartialLikelihood)] = []
            for stratum in shard.strata {
                let rows = Self.rows(shard, stratum, without: fold)
                let part = PartialLikelihood(Self.cases(shard, rows, predictors: predictors))
                sums[0].add(part.logLikelihood, at: slot)
                sums[1].add(
                    fold == 0
                        ? part.logLikelihood
                        : PartialLikelihood.logLikelihood(Self.cases(shard, Array(stratum), predictors: predictors)),
                    at: slot)
                for (place, row) in rows.enumerated() { residuals[row] = part.residuals[place] }
                parts.append((rows, part))
            }
            return PathRound.Evaluation(
                residuals: residuals,
                information: .columns { columns in
                    ColumnTable(columns.map { Self.information(design.column($0), parts) }, rows: n)
                })
        }
        return Contribution(blocks: try sums.map { try $0.block() } + blocks)
    }

    /// What each case adds to the second derivatives of a feature.
    private static func information(
        _ column: ArraySlice<Double>, _ parts: [(rows: [Int], likelihood: PartialLikelihood)]
    ) -> [Double] {
        var output = [Double](repeating: 0, count: column.count)
        for part in parts {
            let terms = part.likelihood.information(part.rows.map { column[column.startIndex + $0] })
            for (row, term) in zip(part.rows, terms) { output[row] = term }
        }
        return output
    }

    private static func rows(_ shard: FoldedSurvival, _ stratum: Range<Int>, without fold: Int) -> [Int] {
        fold == 0 ? Array(stratum) : stratum.filter { shard.fold[$0] != fold }
    }

    private static func cases(
        _ shard: FoldedSurvival, _ rows: [Int], predictors: [Double]
    ) -> PartialLikelihood.Cases {
        let followUp = shard.table.followUp
        return PartialLikelihood.Cases(
            times: rows.map { followUp.times[$0] }, events: rows.map { followUp.events[$0] },
            predictors: rows.map { predictors[$0] })
    }

    /// One step of every fit, then the path.
    ///
    /// - Throws: `SurvivalError.noEvents`, `LearningError.noPenalty`, `.noOptimum`.
    public func next(after current: consuming State, sum: Contribution) throws -> ComputationStep<
        State, ElasticNetModel
    > {
        var state = consume current
        guard !state.fits.isEmpty else { return .broadcast(try begun(state, sum)) }
        let (likelihoods, all) = (try sum.values("log_likelihood"), try sum.values("all_cases"))
        if state.nullLogLikelihood == nil { state.nullLogLikelihood = likelihoods[0] }
        let round = round(broadcast(of: state))
        let sums = try round.sums(sum, totals: state.cases) { fold, slot in
            let deviance =
                2 * (state.saturated[0] - all[slot]) - 2 * (state.saturated[fold] - likelihoods[slot])
            let events = state.heldOutEvents[fold]
            return (likelihoods[slot] / state.cases[fold], events > 0 ? deviance / events : 0)
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
            let current = state
            state.fits.end(PathEnd.cox, lambdas: &state.lambdas) { Self.ratio($0, current) }
        }
        return !state.fits.contains { $0.wantsSums(state.lambdas) } ? .done(result(state)) : .broadcast(state)
    }

    /// Share of the deviance that a model explains.
    private static func ratio(_ point: PathPoint, _ state: State) -> Double {
        let null = 2 * (state.saturated[0] - (state.nullLogLikelihood ?? 0))
        let deviance = 2 * (state.saturated[0] - point.logLikelihood * state.cases[0])
        return null > 0 ? 1 - deviance / null : 0
    }

    private func factors(_ state: State) -> [Double] {
        ElasticNetPenalty.normalised(
            state.parameters.penaltyFactors, count: state.standardisation.columns.count)
    }

    private func begun(_ current: State, _ sum: Contribution) throws -> State {
        var state = current
        let folds = state.parameters.folds
        let (cases, events) = (try sum.values("cases"), try sum.values("events"))
        state.saturated = try sum.values("saturated")
        for fold in 0...folds {
            let groups = (0...folds).filter { $0 != fold || fold == 0 }
            let total = groups.reduce(0) { $0 + cases[$1] }
            guard groups.reduce(0, { $0 + events[$1] }) > 0 else { throw SurvivalError.noEvents }
            state.cases.append(total)
            state.heldOutEvents.append(fold == 0 ? 0 : events[fold])
            let scale = PathScale(
                try FoldMoments.moments(sum, cases: cases, weights: groups.map { (group: $0, weight: 1) }),
                isStandardised: state.parameters.isStandardised, hasIntercept: false)
            state.fits.append(
                PathFit(
                    fold: fold, scale: scale, intercept: 0, factors: factors(state),
                    place: fold == 0 && state.parameters.lambdas == nil ? -1 : 0,
                    rules: .cox))
        }
        if let given = state.parameters.lambdas { state.lambdas = given }
        return state
    }

    private func result(_ state: State) -> ElasticNetModel {
        let deviations = state.standardisation.standardDeviations
        let path = state.fits[0].path.map { own in
            let scaled = own.dense(deviations.count)
            return ElasticNetModel.Point(
                lambda: state.lambdas[own.place], intercept: 0,
                coefficients: deviations.indices.map { deviations[$0] > 0 ? scaled[$0] / deviations[$0] : 0 },
                devianceRatio: Self.ratio(own, state))
        }
        let folds = state.fits.dropFirst().filter { state.heldOutEvents[$0.fold] > 0 }
        return ElasticNetModel(
            columns: state.standardisation.columns, path: path,
            crossValidation: ElasticNetModel.CrossValidation(
                deviances: folds.map { $0.path.map(\.heldOut) }, weights: folds.map { state.heldOutEvents[$0.fold] },
                hardlyVarying: folds.hardlyVarying(state.standardisation.columns)))
    }
}
