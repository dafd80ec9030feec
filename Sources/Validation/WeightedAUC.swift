/// AUC of cases with weights.
public enum WeightedAUC {
    /// `sum w1 w0 ([s1 > s0] + [s1 = s0] / 2) / (sum w1 sum w0)` over pairs of an event and a non-event; with weights that are the
    /// odds of belonging to another population it is that population's AUC (Li et al., Biometrics 2023, eq. 5).
    ///
    /// - Parameters:
    ///   - scores: higher means event.
    ///   - outcome: 1 event, 0 no event.
    ///   - weights: not negative.
    /// - Returns: nil without weight in both classes, or for a score or weight that is not finite.
    public static func value(scores: [Double], outcome: [Double], weights: [Double]) -> Double? {
        precondition(scores.count == outcome.count && scores.count == weights.count, "one outcome and weight a score")
        guard scores.allSatisfy(\.isFinite), weights.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (below, concordant, ofEvents) = (0.0, 0.0, 0.0)
        var start = 0
        while start < order.count {
            var end = start
            var (tiedEvents, tiedNonEvents) = (0.0, 0.0)
            while end < order.count, scores[order[end]] == scores[order[start]] {
                let row = order[end]
                if outcome[row] == 1 { tiedEvents += weights[row] } else { tiedNonEvents += weights[row] }
                end += 1
            }
            concordant += tiedEvents * (below + tiedNonEvents / 2)
            below += tiedNonEvents
            ofEvents += tiedEvents
            start = end
        }
        guard below > 0, ofEvents > 0 else { return nil }
        return concordant / below / ofEvents
    }
}
