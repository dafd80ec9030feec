/// Scores of cases with a known outcome. Never leaves the site.
public struct LabelledScores: Sendable, Equatable {
    /// Score of each case, such as a decision value.
    public let scores: [Double]
    /// Outcome of each case: 1 event, 0 no event.
    public let outcome: [Double]

    /// Creates scores; an outcome for each.
    public init(scores: [Double], outcome: [Double]) {
        precondition(scores.count == outcome.count, "an outcome for each score")
        self.scores = scores
        self.outcome = outcome
    }

    /// The given cases, in the given order.
    public func selecting(_ rows: [Int]) -> LabelledScores {
        LabelledScores(scores: rows.map { scores[$0] }, outcome: rows.map { outcome[$0] })
    }
}
