public import Federation
import LinearAlgebra

/// Logistic regression of an offset and an intercept alone, by Newton's method: the model that a path with an offset begins from.
public struct OffsetIntercept: Computation {
    /// `learning.offset-intercept`
    public static let identifier = "learning.offset-intercept"

    private let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - offset: name of the only column.
    ///   - classWeights: weight of a non-event and of an event.
    public init(_ offset: String, classWeights: [Double] = [1, 1]) {
        precondition(classWeights.count == 2, "a weight for each class")
        specification = State(offset: offset, classWeights: classWeights, ascent: NewtonAscent(start: [0], gain: 1e-14))
    }

    /// How far the fit is.
    public struct State: Codable, Sendable, Equatable {
        /// Name of the column.
        let offset: String
        /// Weight of a non-event and of an event.
        let classWeights: [Double]
        /// The intercept.
        var ascent: NewtonAscent
    }

    /// The model.
    public struct Result: Codable, Sendable, Equatable {
        /// Log odds at an offset of 0.
        public let intercept: Double
        /// Weighted mean of -2 log-likelihood.
        public let deviance: Double
    }

    /// An intercept of 0.
    public func initialState() -> State { specification }

    /// Counts, likelihood, gradient and information.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts("class_cases", shape: [2], meaning: "non-events and events", discloses: "the site's prevalence"),
            .unitScale(
                "log_likelihood", meaning: "weighted log-likelihood at the intercept",
                discloses: "how well the offset fits the site"),
            .unitScale("gradient", meaning: "sum of weighted residuals", discloses: "the site's mean residual"),
            .unitScale(
                "information", meaning: "weighted sum of p (1 - p)", discloses: "the spread of the site's outcomes"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.missingValues`, `.unknownOutcome`, `.badRequest`.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        try shard.requireColumns([state.offset])
        try shard.requireFiniteFeatures()
        guard state.classWeights.count == 2, state.ascent.coefficients.count == 1 else {
            throw LearningError.badRequest
        }
        var sums = blocks(for: state).map(ExactSum.init)
        for (value, outcome) in zip(shard.features, shard.outcome) {
            let group = try LearningError.group(of: outcome)
            let weight = state.classWeights[group]
            let terms = LogisticFunction.terms(state.ascent.coefficients[0] + value, isEvent: group == 1)
            sums[0].add(1, at: group)
            sums[1].add(weight * terms.logLikelihood)
            sums[2].add(weight * terms.residual)
            sums[3].add(weight * terms.weight)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// A Newton step, then the model.
    ///
    /// - Throws: `LearningError.oneClass`, `.separated`.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        var state = current
        let cases = try sum.values("class_cases")
        guard cases[0] > 0, cases[1] > 0 else { throw LearningError.oneClass }
        let logLikelihood = try sum.scalar("log_likelihood")
        state.ascent.absorb(
            gradient: try sum.values("gradient"), information: try sum.values("information"),
            logLikelihood: logLikelihood)
        switch state.ascent.status {
        case .running: return .broadcast(state)
        case .failed: throw LearningError.separated(column: state.offset)
        case .converged:
            let weight = zip(cases, state.classWeights).reduce(0) { $0 + $1.0 * $1.1 }
            return .done(Result(intercept: state.ascent.coefficients[0], deviance: -2 * logLikelihood / weight))
        }
    }
}
