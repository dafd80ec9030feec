import Statistics

/// AUCs of resampled cases (Efron 1979): the scores are sorted once, and every resample is one pass over them.
public enum BootstrapAUC {
    /// AUCs of resamples of all cases with replacement; a resample without both classes is drawn again.
    ///
    /// - Parameters:
    ///   - resamples: how many.
    ///   - seed: the same seed gives the same AUCs.
    /// - Returns: nil with one class only or a score that is not finite.
    public static func values(scores: [Double], outcome: [Double], resamples: Int, seed: UInt64) -> [Double]? {
        precondition(scores.count == outcome.count, "one outcome for each score")
        let events = outcome.reduce(0) { $0 + ($1 == 1 ? 1 : 0) }
        guard scores.allSatisfy(\.isFinite), events > 0, events < outcome.count else { return nil }
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        let isEvent = order.map { outcome[$0] == 1 }
        // Whether a case ends its group of equal scores.
        let isLast = order.indices.map { $0 + 1 == order.count || scores[order[$0]] != scores[order[$0 + 1]] }
        let n = order.count
        var generator = SeededGenerator(seed: seed)
        var counts = [UInt32](repeating: 0, count: n)
        var values: [Double] = []
        values.reserveCapacity(resamples)
        while values.count < resamples {
            for index in 0..<n { counts[index] = 0 }
            for _ in 0..<n {
                // Lemire's multiplication, whose bias is below n / 2^64.
                counts[Int(generator.next().multipliedFullWidth(by: UInt64(n)).high)] += 1
            }
            var (doubled, below, atEvents, atNonEvents, m) = (0, 0, 0, 0, 0)
            for index in 0..<n {
                if isEvent[index] { atEvents += Int(counts[index]) } else { atNonEvents += Int(counts[index]) }
                if isLast[index] {
                    doubled += atEvents * (2 * below + atNonEvents)
                    below += atNonEvents
                    m += atEvents
                    (atEvents, atNonEvents) = (0, 0)
                }
            }
            if m > 0, below > 0 { values.append(Double(doubled) / (2 * Double(m) * Double(below))) }
        }
        return values
    }
}
