public import Federation

/// How well each tree's unseen cases are predicted, in one round: sums of squared errors, and the scores of both classes in bins of
/// equal width, which enclose the pooled AUC.
public struct RandomForestOutOfBag: Computation {
    /// `learning.random-forest-out-of-bag`
    public static let identifier = "learning.random-forest-out-of-bag"

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - forest: whose training cases are predicted by the trees that did not draw them.
    ///   - bins: number of bins of the probability; more give a narrower interval and say more about single cases.
    public init(_ forest: RandomForest, bins: Int = 100) {
        precondition((2...10_000).contains(bins), "2 to 10000 bins")
        specification = State(forest: forest, bins: bins)
    }

    /// What is evaluated.
    public struct State: Codable, Sendable, Equatable {
        /// The forest.
        public let forest: RandomForest
        /// Number of bins of the probability.
        public let bins: Int
    }

    /// What the trees' unseen cases say.
    public struct Result: Sendable, Equatable, Codable {
        /// Cases with at least one tree that did not draw them.
        public let cases: Int
        /// Mean squared difference of probability and outcome.
        public let brierScore: Double
        /// Area under the receiver operating characteristic with ties of a bin as halves.
        public let auc: Double
        /// The AUC if every tie of a bin were ordered wrongly, and rightly: the pooled AUC lies between.
        public let aucBounds: ClosedRange<Double>
    }

    /// The forest.
    public func initialState() -> State { specification }

    /// Squared errors, and cases in bins.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .unitScale(
                "squared_error", meaning: "sum of squared differences of out-of-bag probability and outcome",
                discloses: "how well the forest predicts the site's cases"),
            .counts(
                "score_cases", shape: [2, state.bins], meaning: "non-events and events in bins of the probability",
                discloses: "the site's distribution of out-of-bag probabilities in both classes"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome` or `.noCaseKeys`.
    public func contribute(_ shard: CodedTable, to state: State) throws -> Contribution {
        try shard.require(features: state.forest.features)
        try shard.requireKeys()
        var sums = blocks(for: state).map(ExactSum.init)
        for (row, probability) in state.forest.outOfBagProbabilities(shard).enumerated() where !probability.isNaN {
            let outcome = shard.outcome[row]
            let group = try LearningError.group(of: outcome)
            sums[0].add((probability - outcome) * (probability - outcome))
            let bin = min(Int(probability * Double(state.bins)), state.bins - 1)
            sums[1].add(1, at: group * state.bins + bin)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The measures.
    ///
    /// - Throws: `LearningError.oneClass` unless both classes have a case.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let counts = try sum.values("score_cases")
        let others = Array(counts[..<state.bins])
        let events = Array(counts[state.bins...])
        let (otherCases, eventCases) = (others.reduce(0, +), events.reduce(0, +))
        guard otherCases > 0, eventCases > 0 else { throw LearningError.oneClass }
        var (below, certain, tied) = (0.0, 0.0, 0.0)
        for bin in 0..<state.bins {
            certain += events[bin] * below
            tied += events[bin] * others[bin]
            below += others[bin]
        }
        let pairs = otherCases * eventCases
        return .done(
            Result(
                cases: Int(otherCases + eventCases),
                brierScore: try sum.scalar("squared_error") / (otherCases + eventCases),
                auc: (certain + tied / 2) / pairs, aucBounds: certain / pairs...(certain + tied) / pairs))
    }
}
