public import Federation

/// Mean deviance of probabilities that were made without the cases: -2 log-likelihood for each case, in one round.
///
/// A probability counts as 1e-5 to 1 - 1e-5, as in cv.glmnet; twice scikit-learn's `log_loss` where none is beyond.
public struct HeldOutDeviance: Computation {
    /// `learning.held-out-deviance`
    public static let identifier = "learning.held-out-deviance"

    /// Creates the computation.
    public init() {}

    /// Nothing is broadcast.
    public struct State: Codable, Sendable, Equatable {}

    /// Asks for the sums.
    public func initialState() -> State { State() }

    /// Cases and their log-likelihood.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts("cases", meaning: "cases held out", discloses: "the site's number of cases held out"),
            .unitScale(
                "log_likelihood", meaning: "log-likelihood of the cases held out",
                discloses: "how well the model predicts the site's cases held out"),
        ]
    }

    /// Sums over the site's cases, whose scores are probabilities.
    ///
    /// - Throws: `LearningError.unknownOutcome`, or `FederationError` for a probability that is not finite.
    public func contribute(_ shard: LabelledScores, to state: State) throws -> Contribution {
        var sums = blocks(for: state).map(ExactSum.init)
        for (probability, outcome) in zip(shard.scores, shard.outcome) {
            let isEvent = try LearningError.group(of: outcome) == 1
            sums[0].add(1)
            guard probability.isFinite else {
                sums[1].add(probability)
                continue
            }
            let clipped = min(max(probability, Self.limit), 1 - Self.limit)
            sums[1].add(LogisticFunction.logOf(isEvent ? clipped : 1 - clipped))
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    private static let limit = 1e-5

    /// The mean.
    ///
    /// - Throws: `LearningError.noCases`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Double> {
        let cases = try sum.scalar("cases")
        guard cases > 0 else { throw LearningError.noCases }
        return .done(-2 * (try sum.scalar("log_likelihood")) / cases)
    }
}
