public import Federation

/// Decision curve over all sites: net benefit at each threshold, standardised, and interventions avoided.
///
/// One round: numbers of non-events and events, and of those at or above each threshold. The result is exact.
public struct DecisionCurve: Computation {
    /// `validation.decision-curve`
    public static let identifier = "validation.decision-curve"
    /// Most thresholds: a grid of a thousandth.
    static let mostThresholds = 999
    private let thresholds: [Double]

    /// Creates the computation.
    ///
    /// - Parameter thresholds: of the risk, between 0 and 1, neither included; others are refused at the sites.
    public init(thresholds: [Double]) { self.thresholds = thresholds }

    /// The thresholds.
    public struct State: Codable, Sendable, Equatable {
        /// Thresholds of the risk.
        public let thresholds: [Double]
    }

    /// Asks for the counts.
    public func initialState() -> State { State(thresholds: thresholds) }

    /// Counts of each class, all and at or above each threshold.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "classes", shape: [2], meaning: "non-events and events",
                discloses: "the size of the site's cohort and its number of events"),
            .counts(
                "at_or_above", shape: [2, state.thresholds.count],
                meaning: "non-events and events with a probability at or above each threshold",
                discloses: "the site's histogram of probabilities by outcome between the thresholds"),
        ]
    }

    /// Counts the site's cases; the scores are probabilities.
    ///
    /// - Throws: `ValidationError`.
    public func contribute(_ shard: ScoredCases, to state: State) throws -> Contribution {
        try shard.validatedProbabilities()
        let thresholds = state.thresholds
        guard (1...Self.mostThresholds).contains(thresholds.count), thresholds.allSatisfy({ $0 > 0 && $0 < 1 }) else {
            throw ValidationError.thresholds(most: Self.mostThresholds)
        }
        var sums = blocks(for: state).map(ExactSum.init)
        for y in shard.outcome { sums[0].add(1, at: y == 1 ? 1 : 0) }
        for (index, threshold) in thresholds.enumerated() {
            let table = Proportion.atThreshold(scores: shard.scores, outcome: shard.outcome, threshold: threshold)
            sums[1].add(Double(table.falsePositives), at: index)
            sums[1].add(Double(table.truePositives), at: thresholds.count + index)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// Net benefit at each threshold, in the order of the thresholds.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [NetBenefit]> {
        let classes = try sum.values("classes").map { Int($0) }
        let above = try sum.values("at_or_above").map { Int($0) }
        let width = state.thresholds.count
        return .done(
            state.thresholds.enumerated().map { index, threshold in
                let (nonEvents, events) = (above[index], above[width + index])
                return NetBenefit(
                    ThresholdTable(
                        truePositives: events, falsePositives: nonEvents, trueNegatives: classes[0] - nonEvents,
                        falseNegatives: classes[1] - events), threshold: threshold)
            })
    }
}
