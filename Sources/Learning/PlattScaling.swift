public import Federation
import LinearAlgebra

/// Probabilities from scores by a sigmoid, p = 1 / (1 + exp(a s + b)), fitted to targets drawn towards one half, (n1 + 1) / (n1 + 2) of
/// events and 1 / (n0 + 2) of others (Platt 1999; Lin, Lin and Weng, Mach Learn 2007;68:267).
public struct PlattScaling: Computation {
    /// `learning.platt-scaling`
    public static let identifier = "learning.platt-scaling"

    /// Creates the computation.
    public init() {}

    /// How far the fit is.
    public struct State: Codable, Sendable, Equatable {
        /// Targets of a non-event and of an event; empty in the first round.
        var targets: [Double] = []
        /// Intercept and slope of the log odds.
        var ascent = NewtonAscent(start: [0, 0])
    }

    /// The sigmoid.
    public struct Sigmoid: Sendable, Equatable, Codable {
        /// Factor of the score, negative where high scores are events.
        public let a: Double
        /// Added to it.
        public let b: Double

        /// Probability of an event at a score.
        public func probability(_ score: Double) -> Double { LogisticFunction.probability(-(a * score + b)) }
    }

    /// The counts first.
    public func initialState() -> State { State() }

    /// Counts, then likelihood, gradient and information.
    public func blocks(for state: State) -> [BlockSpecification] {
        guard !state.targets.isEmpty else {
            return [
                .counts("class_cases", shape: [2], meaning: "non-events and events", discloses: "the site's prevalence")
            ]
        }
        return [
            .unitScale("log_likelihood", meaning: "log-likelihood of the targets", discloses: "the fit at the site"),
            .unitScale(
                "gradient", shape: [2], meaning: "sums of residuals and of residuals times scores",
                discloses: "the site's mean residual and its covariance with the score"),
            .unitScale(
                "information", shape: [3], meaning: "weighted moments of the score",
                discloses: "the site's mean and spread of the score"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.unknownOutcome`, or `FederationError` for scores that are not finite.
    public func contribute(_ shard: LabelledScores, to state: State) throws -> Contribution {
        var sums = blocks(for: state).map(ExactSum.init)
        for (score, outcome) in zip(shard.scores, shard.outcome) {
            let group = try LearningError.group(of: outcome)
            guard !state.targets.isEmpty else {
                sums[0].add(1, at: group)
                continue
            }
            let eta = state.ascent.coefficients[0] + state.ascent.coefficients[1] * score
            let target = state.targets[group]
            let (hit, miss) = (
                LogisticFunction.terms(eta, isEvent: true), LogisticFunction.terms(eta, isEvent: false)
            )
            sums[0].add(target * hit.logLikelihood + (1 - target) * miss.logLikelihood)
            let residual = target * hit.residual + (1 - target) * miss.residual
            sums[1].add([residual, residual * score])
            sums[2].add([hit.weight, hit.weight * score, hit.weight * score * score])
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// A Newton step, then the sigmoid.
    ///
    /// - Throws: `LearningError.oneClass`, `.constantScore`.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, Sigmoid> {
        var state = current
        guard !state.targets.isEmpty else {
            let counts = try sum.values("class_cases")
            guard counts[0] > 0, counts[1] > 0 else { throw LearningError.oneClass }
            state.targets = [1 / (counts[0] + 2), (counts[1] + 1) / (counts[1] + 2)]
            return .broadcast(state)
        }
        state.ascent.absorb(
            gradient: try sum.values("gradient"), information: try sum.values("information"),
            logLikelihood: try sum.scalar("log_likelihood"))
        switch state.ascent.status {
        case .running: return .broadcast(state)
        case .failed: throw LearningError.constantScore
        case .converged:
            return .done(Sigmoid(a: -state.ascent.coefficients[1], b: -state.ascent.coefficients[0]))
        }
    }
}
