public import Federation
import LinearAlgebra
import Survival

/// Cox's model with the elastic net over a path of penalties, stratified, all folds of a cross-validation in the same rounds
/// (Simon et al., J Stat Softw 2011;39:5; ties by Breslow's rule).
///
/// The objective is glmnet's: -(log partial likelihood) / n + lambda sum v_j (alpha |b_j| + (1 - alpha) / 2 b_j^2) with b on the
/// scale of features with standard deviation 1 among the fit's own cases, and v rescaled to sum to the number of features.
/// Each round a site sends the gradient of its own strata and the information of the few features that may be in
/// the model. A stratum must lie wholly within one shard; no event time and no risk set leaves.
public struct CoxPath: Computation {
    /// `learning.cox-path`
    public static let identifier = "learning.cox-path"

    let specification: State

    /// Creates the computation; class weights of the parameters are not used.
    ///
    /// - Parameter standardisation: pooled moments of the features; sums are taken of z-scores.
    public init(_ standardisation: Standardisation, parameters: ElasticNetPath.Parameters = .init()) {
        let p = standardisation.columns.count
        precondition((0...1).contains(parameters.alpha) && parameters.count >= 1, "alpha from 0 to 1, a path")
        precondition(parameters.penaltyFactors?.count ?? p == p, "a penalty factor for each feature")
        specification = State(
            standardisation: standardisation, parameters: parameters, deviations: [], cases: [], heldOutEvents: [],
            saturated: [], nullLogLikelihood: nil, lambdas: [], fits: [])
    }

    /// What is fitted, and how far each fit is.
    public struct State: Codable, Sendable, Equatable {
        /// Location and scale of the features.
        public let standardisation: Standardisation
        /// What is penalised.
        public let parameters: ElasticNetPath.Parameters
        /// Standard deviation of the z-scores among the cases of each fit, fits x features.
        var deviations: [[Double]]
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

    /// Moments by fold; then likelihoods, gradients and information.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.standardisation.columns.count
        let groups = state.parameters.folds + 1
        guard !state.fits.isEmpty else {
            return [
                .counts(
                    "cases", shape: [groups], meaning: "cases of each fold", discloses: "the site's cases in each fold"),
                .counts(
                    "events", shape: [groups], meaning: "events of each fold",
                    discloses: "the site's events in each fold"),
                .unitScale(
                    "saturated", shape: [groups], meaning: "log-likelihood of the saturated model outside each fold",
                    discloses: "how many of the site's events share a time"),
            ] + FoldMoments.blocks(groups: groups, features: p, by: "fold")
        }
        let running = state.fits.running(state.lambdas).map { state.fits[$0] }
        return [
            .unitScale(
                "log_likelihood", shape: [running.count], meaning: "log partial likelihood of the cases of each fit",
                discloses: "how well the model orders the site"),
            .unitScale(
                "all_cases", shape: [running.count], meaning: "log partial likelihood of all cases",
                discloses: "how well the model orders the site's cases of one fold"),
            .newtonScale(
                "gradient", shape: [running.count, p], meaning: "gradient of each log partial likelihood",
                discloses: "features of the site's events less the mean of their risk sets, summed"),
        ]
            + running.map { fit in
                .newtonScale(
                    "information_\(fit.fold)", shape: [max(1, fit.working.count * (fit.working.count + 1) / 2)],
                    meaning: "upper triangle of the information of the working features",
                    discloses: "the covariance of these features in the site's risk sets, summed")
            }
    }

    /// Sums over the site's strata.
    ///
    /// - Throws: `SurvivalError`, `LearningError.badFold`.
    public func contribute(_ shard: FoldedSurvival, to state: State) throws -> Contribution {
        try shard.require(state.standardisation.columns)
        guard shard.fold.allSatisfy({ (0...state.parameters.folds).contains($0) }) else { throw LearningError.badFold }
        let p = state.standardisation.columns.count
        let n = shard.fold.count
        let specifications = blocks(for: state)
        let z = state.standardisation.scores(shard.table.values)
        guard !state.fits.isEmpty else {
            var sums = specifications.prefix(3).map(ExactSum.init)
            for row in 0..<n {
                sums[0].add(1, at: shard.fold[row])
                if shard.table.followUp.events[row] { sums[1].add(1, at: shard.fold[row]) }
            }
            for fold in 0...state.parameters.folds {
                for stratum in shard.strata {
                    let rows = Self.rows(shard, stratum, without: fold)
                    let cases = Self.cases(shard, rows, predictors: rows.map { _ in 0 })
                    sums[2].add(PartialLikelihood.saturated(cases), at: fold)
                }
            }
            let moments = try FoldMoments.contribute(z, group: shard.fold, to: Array(specifications[3...]))
            return Contribution(blocks: try sums.map { try $0.block() } + moments)
        }
        var sums = specifications.map(ExactSum.init)
        for (place, fit) in state.fits.running(state.lambdas).map({ state.fits[$0] }).enumerated() {
            let predictors = Self.predictors(z, count: n, coefficients: fit.coefficients)
            let width = fit.working.count
            for stratum in shard.strata {
                let rows = Self.rows(shard, stratum, without: fit.fold)
                let part = PartialLikelihood(Self.cases(shard, rows, predictors: rows.map { predictors[$0] }))
                sums[0].add(part.logLikelihood, at: place)
                let whole = Array(stratum)
                sums[1].add(
                    fit.fold == 0
                        ? part.logLikelihood
                        : PartialLikelihood(Self.cases(shard, whole, predictors: Array(predictors[stratum])))
                            .logLikelihood, at: place)
                let gradient = Self.weighted(z, rows: rows, weights: part.residuals, width: p)
                for column in 0..<p { sums[2].add(gradient[column], at: place * p + column) }
                guard width > 0 else { continue }
                let own = rows.flatMap { row in fit.working.map { z[row * p + $0] } }
                sums[3 + place].add(part.information(own, width: width))
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    private static func rows(_ shard: FoldedSurvival, _ stratum: Range<Int>, without fold: Int) -> [Int] {
        fold == 0 ? Array(stratum) : stratum.filter { shard.fold[$0] != fold }
    }

    private static func cases(
        _ shard: FoldedSurvival, _ rows: [Int], predictors: [Double]
    ) -> PartialLikelihood.Cases {
        let followUp = shard.table.followUp
        return PartialLikelihood.Cases(
            times: rows.map { followUp.times[$0] }, events: rows.map { followUp.events[$0] }, predictors: predictors)
    }

    private static func predictors(_ z: [Double], count: Int, coefficients: [Double]) -> [Double] {
        let p = coefficients.count - 1
        let active = (0..<p).filter { coefficients[$0 + 1] != 0 }
        return (0..<count).map { row in
            active.reduce(0) { $0 + coefficients[$1 + 1] * z[row * p + $1] }
        }
    }

    /// Sum of the weighted rows.
    private static func weighted(_ z: [Double], rows: [Int], weights: [Double], width: Int) -> [Double] {
        var output = [Double](repeating: 0, count: width)
        // Pointers: without bounds checks the loop runs in vectors.
        z.withUnsafeBufferPointer { z in
            output.withUnsafeMutableBufferPointer { output in
                for (place, row) in rows.enumerated() {
                    let weight = weights[place]
                    for column in 0..<width { output[column] += weight * z[row * width + column] }
                }
            }
        }
        return output
    }

    /// One step of every fit, then the path.
    ///
    /// - Throws: `SurvivalError.noEvents`, `LearningError.noPenalty`.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, ElasticNetModel> {
        var state = current
        guard !state.fits.isEmpty else { return .broadcast(try begun(state, sum)) }
        let p = state.standardisation.columns.count
        let likelihoods = try sum.values("log_likelihood")
        let all = try sum.values("all_cases")
        let gradients = try sum.values("gradient")
        if state.nullLogLikelihood == nil { state.nullLogLikelihood = likelihoods[0] }
        for (slot, place) in state.fits.running(state.lambdas).enumerated() {
            let fit = state.fits[place]
            let total = state.cases[place]
            let width = fit.working.count
            let upper = try sum.values("information_\(fit.fold)").map { $0 / total }
            // No intercept: its row and its gradient are 0.
            let deviance =
                2 * (state.saturated[0] - all[slot]) - 2 * (state.saturated[place] - likelihoods[slot])
            let events = state.heldOutEvents[place]
            let penalty = ElasticNetPenalty(
                alpha: state.parameters.alpha, factors: factors(state), deviations: state.deviations[place])
            let (count, ratio) = (state.parameters.count, state.parameters.ratio)
            try state.fits[place].advance(
                PathFit.Sums(
                    logLikelihood: likelihoods[slot] / total, heldOut: events > 0 ? deviance / events : 0,
                    gradient: [0] + gradients[slot * p..<(slot + 1) * p].map { -$0 / total },
                    information: SymmetricMatrix(
                        order: width + 1,
                        upper: [Double](repeating: 0, count: width + 1) + (width > 0 ? upper : []))),
                penalty: penalty, lambdas: &state.lambdas
            ) { try ElasticNetPenalty.path(largest: $0, count: count, ratio: ratio) }
        }
        return state.fits.running(state.lambdas).isEmpty ? .done(result(state)) : .broadcast(state)
    }

    private func factors(_ state: State) -> [Double] {
        ElasticNetPenalty.normalised(
            state.parameters.penaltyFactors, count: state.standardisation.columns.count)
    }

    private func begun(_ current: State, _ sum: Contribution) throws -> State {
        var state = current
        let p = state.standardisation.columns.count
        let folds = state.parameters.folds
        let (cases, events) = (try sum.values("cases"), try sum.values("events"))
        state.saturated = try sum.values("saturated")
        for fold in 0...folds {
            let groups = (0...folds).filter { $0 != fold || fold == 0 }
            let total = groups.reduce(0) { $0 + cases[$1] }
            guard groups.reduce(0, { $0 + events[$1] }) > 0 else { throw SurvivalError.noEvents }
            state.cases.append(total)
            state.heldOutEvents.append(fold == 0 ? 0 : events[fold])
            state.deviations.append(
                try FoldMoments.deviations(
                    sum, cases: cases, weights: groups.map { (group: $0, weight: 1) },
                    isStandardised: state.parameters.isStandardised))
            let free = factors(state).indices.filter { factors(state)[$0] == 0 && state.deviations[fold][$0] > 0 }
            state.fits.append(
                PathFit(
                    fold: fold, coefficients: [Double](repeating: 0, count: p + 1), working: free,
                    place: fold == 0 && state.parameters.lambdas == nil ? -1 : 0))
        }
        if let given = state.parameters.lambdas { state.lambdas = given }
        return state
    }

    private func result(_ state: State) -> ElasticNetModel {
        let deviations = state.standardisation.standardDeviations
        let whole = state.fits[0]
        let null = 2 * (state.saturated[0] - (state.nullLogLikelihood ?? 0))
        let path = state.lambdas.indices.map { place in
            let deviance = 2 * (state.saturated[0] - whole.logLikelihoods[place] * state.cases[0])
            return ElasticNetModel.Point(
                lambda: state.lambdas[place], intercept: 0,
                coefficients: deviations.indices.map {
                    deviations[$0] > 0 ? whole.points[place][$0 + 1] / deviations[$0] : 0
                }, devianceRatio: null > 0 ? 1 - deviance / null : 0)
        }
        let folds = state.fits.dropFirst().filter { state.heldOutEvents[$0.fold] > 0 }
        return ElasticNetModel(
            columns: state.standardisation.columns, path: path,
            crossValidation: ElasticNetModel.CrossValidation(
                deviances: folds.map(\.heldOut), weights: folds.map { state.heldOutEvents[$0.fold] }))
    }
}
