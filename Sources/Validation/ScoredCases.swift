/// Scores and outcomes of one site.
public struct ScoredCases: Sendable, Equatable {
    /// Score of each case, higher means event.
    public let scores: [Double]
    /// 1 event, 0 no event.
    public let outcome: [Double]

    /// Creates the pair.
    public init(scores: [Double], outcome: [Double]) {
        precondition(scores.count == outcome.count, "one outcome for each score")
        self.scores = scores
        self.outcome = outcome
    }

    /// Number of cases.
    public var count: Int { scores.count }

    /// The cases at the given positions.
    public func selecting(_ range: Range<Int>) -> ScoredCases {
        ScoredCases(scores: Array(scores[range]), outcome: Array(outcome[range]))
    }
}
