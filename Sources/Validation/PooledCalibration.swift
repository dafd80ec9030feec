#if canImport(Glibc)
    import Glibc
#endif
import LinearAlgebra
public import Federation
import Statistics

/// Calibration of predicted probabilities over all sites: intercept and slope by Newton's method (Cox 1958), O:E, Brier.
///
/// Rounds: moments; then gradient and information of the offset model and of the joint model together, usually 5 to 7
/// times. A probability of 0 or 1 has no logit: for intercept and slope, probabilities nearer than 1e-6 to either count as 1e-6
/// from it, and how many do is part of the sums.
public struct PooledCalibration: Computation {
    /// `validation.pooled-calibration`
    public static let identifier = "validation.pooled-calibration"
    /// Most Newton rounds before the fit is given up.
    static let roundLimit = 60
    /// How near to 0 and 1 a probability may be for its logit.
    static let nearest = 1e-6

    /// Creates the computation.
    public init() {}

    /// The moments, and the coefficients that are tried.
    public struct State: Codable, Sendable, Equatable {
        var moments: CalibrationMoments?
        var offset: NewtonAscent?
        var joint: NewtonAscent?
        var round = 0
    }

    /// Asks for the moments.
    public func initialState() -> State { State() }

    /// A broadcast of the Newton rounds, for the catalogue.
    public var exampleNewton: State {
        State(
            moments: CalibrationMoments(), offset: NewtonAscent(start: [0]), joint: NewtonAscent(start: [0, 1]),
            round: 1)
    }

    /// Moments, then gradient, information and log-likelihood of both models.
    public func blocks(for state: State) -> [BlockSpecification] {
        guard state.moments != nil else {
            return [
                .counts(
                    "cases", shape: [3],
                    meaning: "cases, events, cases whose probability is nearer than 1e-6 to 0 or 1",
                    discloses: "the size of the site's cohort and its number of events"),
                .unitScale(
                    "calibration_sum", shape: [4],
                    meaning: "sums of the probabilities, their logits, the squared errors and their squares",
                    discloses: "the site's mean probability and Brier score"),
            ]
        }
        return [
            .unitScale(
                "gradient", shape: [3], meaning: "gradient of the offset model (1) and of the joint model (2)",
                discloses: "how far the site is from the pooled calibration"),
            .unitScale(
                "information", shape: [4],
                meaning: "information of the offset model (1) and of the joint model (upper triangle, 3)",
                discloses: "the weight and spread of the site's logits"),
            .unitScale(
                "log_likelihood", shape: [2], meaning: "log-likelihood of both models",
                discloses: "how well the pooled calibration fits the site"),
        ]
    }

    /// Sums over the site's cases; the scores are probabilities.
    ///
    /// - Throws: `ValidationError`.
    public func contribute(_ shard: ScoredCases, to state: State) throws -> Contribution {
        try shard.validatedProbabilities()
        var sums = blocks(for: state).map(ExactSum.init)
        guard state.moments != nil else {
            for row in 0..<shard.count {
                let p = shard.scores[row]
                let error = (p - shard.outcome[row]) * (p - shard.outcome[row])
                sums[0].add(1, at: 0)
                sums[0].add(shard.outcome[row], at: 1)
                sums[1].add(p, at: 0)
                sums[1].add(error, at: 2)
                sums[1].add(error * error, at: 3)
                sums[1].add(Self.logit(p), at: 1)
                if p < Self.nearest || p > 1 - Self.nearest { sums[0].add(1, at: 2) }
            }
            return Contribution(blocks: try sums.map { try $0.block() })
        }
        let offset = Self.coefficients(state.offset, 1)
        let joint = Self.coefficients(state.joint, 2)
        for row in 0..<shard.count {
            let x = Self.logit(shard.scores[row])
            let y = shard.outcome[row]
            if let offset {
                let term = LogisticTerm(linear: offset[0] + x, outcome: y)
                sums[0].add(term.residual, at: 0)
                sums[1].add(term.weight, at: 0)
                sums[2].add(term.logLikelihood, at: 0)
            }
            if let joint {
                let term = LogisticTerm(linear: joint[0] + joint[1] * x, outcome: y)
                sums[0].add(term.residual, at: 1)
                sums[0].add(term.residual * x, at: 2)
                sums[1].add(term.weight, at: 1)
                sums[1].add(term.weight * x, at: 2)
                sums[1].add(term.weight * x * x, at: 3)
                sums[2].add(term.logLikelihood, at: 1)
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The next coefficients, or the report.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, CalibrationReport> {
        var state = state
        state.round += 1
        guard let moments = state.moments else {
            let counts = try sum.values("cases")
            let sums = try sum.values("calibration_sum")
            let moments = CalibrationMoments(
                cases: counts[0], events: counts[1], clipped: counts[2], probability: sums[0], logit: sums[1],
                squaredError: sums[2], fourthPower: sums[3])
            guard moments.hasBothOutcomes else { return .done(CalibrationReport(moments, offset: nil, joint: nil)) }
            let rate = Self.logit(moments.events / moments.cases)
            state.moments = moments
            state.offset = NewtonAscent(start: [rate - moments.logit / moments.cases])
            state.joint = NewtonAscent(start: [rate, 0])
            return .broadcast(state)
        }
        let gradient = try sum.values("gradient")
        let information = try sum.values("information")
        let logLikelihood = try sum.values("log_likelihood")
        state.offset?.absorb(
            gradient: [gradient[0]], information: [information[0]], logLikelihood: logLikelihood[0])
        state.joint?.absorb(
            gradient: Array(gradient[1...]), information: Array(information[1...]), logLikelihood: logLikelihood[1])
        let isRunning = state.offset?.status == .running || state.joint?.status == .running
        if isRunning && state.round <= Self.roundLimit { return .broadcast(state) }
        return .done(CalibrationReport(moments, offset: state.offset, joint: state.joint))
    }

    static func logit(_ p: Double) -> Double {
        let inside = inside(p)
        return log(inside / (1 - inside))
    }

    /// A probability, at least `nearest` from 0 and 1.
    static func inside(_ p: Double) -> Double { min(max(p, nearest), 1 - nearest) }

    private static func coefficients(_ fit: NewtonAscent?, _ count: Int) -> [Double]? {
        guard let fit, fit.status == .running, fit.coefficients.count == count else { return nil }
        return fit.coefficients
    }
}

/// What one case adds to a logistic likelihood.
struct LogisticTerm {
    let residual: Double
    let weight: Double
    let logLikelihood: Double

    init(linear: Double, outcome: Double) {
        // exp of a negative number never overflows.
        let small = exp(-linear.magnitude)
        let p = linear >= 0 ? 1 / (1 + small) : small / (1 + small)
        residual = outcome - p
        weight = small / ((1 + small) * (1 + small))
        logLikelihood = outcome * linear - max(linear, 0) - log1p(small)
    }
}
