import Federation

/// Follow-up and score of the cases of a site.
public struct ScoredFollowUp: Sendable, Equatable {
    /// Follow-up.
    public let followUp: SurvivalTimes
    /// Risk of each case; higher is earlier.
    public let scores: [Double]

    /// Creates a shard; the lengths are checked where the cases are counted.
    public init(followUp: SurvivalTimes, scores: [Double]) { (self.followUp, self.scores) = (followUp, scores) }

    /// - Throws: `SurvivalError`.
    func validated() throws(SurvivalError) {
        try followUp.validated()
        guard scores.count == followUp.count else { throw .lengthsDiffer(field: "scores") }
        guard scores.allSatisfy(\.isFinite) else { throw .scoreNotFinite }
    }
}

extension BlockSpecification {
    /// Sums of weights of events: of times on the grid one number a cell, else three (least, nominal, most).
    static func eventWeights(_ shape: [Int], isOnGrid: Bool) -> BlockSpecification {
        .unitScale(
            "event_weights", shape: [isOnGrid ? 1 : 3] + shape,
            meaning:
                "sum over the events of each cell of the weight, a power of the inverse probability of not being censored before",
            discloses: "the site's events of each cell, weighted by the pooled censoring")
    }
}

/// Sums of weights of events by cell, and bounds of what they are for the times themselves.
struct EventWeights: Codable, Sendable, Equatable {
    let least: [Double]
    let nominal: [Double]
    let most: [Double]

    /// Every event weighs 1.
    init(counts: [Double]) { self.init(least: counts, nominal: counts, most: counts) }

    /// The parts of an `eventWeights` block.
    init(block values: [Double], isOnGrid: Bool) {
        guard !isOnGrid else {
            self.init(counts: values)
            return
        }
        let cells = values.count / 3
        self.init(
            least: Array(values[..<cells]), nominal: Array(values[cells..<2 * cells]),
            most: Array(values[(2 * cells)...]))
    }

    private init(least: [Double], nominal: [Double], most: [Double]) {
        (self.least, self.nominal, self.most) = (least, nominal, most)
    }
}
