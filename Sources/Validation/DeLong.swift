#if canImport(Glibc)
    import Glibc
#endif
public import Statistics

/// Area under the ROC curve with DeLong's variance, in O(n log n) by mid-ranks (DeLong 1988; Sun and Xu 2014).
public struct DeLong: Sendable, Equatable {
    /// P(score of an event > score of a non-event), ties count one half.
    public let auc: Double
    /// Variance of `auc`.
    public let variance: Double
    /// Number of events.
    public let events: Int
    /// Number of non-events.
    public let nonEvents: Int

    /// Computes AUC and variance; `nil` with fewer than two events or non-events, or a score that is not finite.
    ///
    /// - Parameters:
    ///   - scores: higher means event.
    ///   - outcome: 1 event, 0 no event.
    public init?(scores: [Double], outcome: [Double]) {
        precondition(scores.count == outcome.count, "one outcome for each score")
        guard scores.allSatisfy(\.isFinite) else { return nil }
        let cases = scores.indices.filter { outcome[$0] == 1 }
        let controls = scores.indices.filter { outcome[$0] == 0 }
        guard cases.count >= 2, controls.count >= 2 else { return nil }
        let all = Self.midRanks(scores, of: cases + controls)
        let amongCases = Self.midRanks(scores, of: cases)
        let amongControls = Self.midRanks(scores, of: controls)
        let m = Double(cases.count)
        let n = Double(controls.count)
        let casePlacements = cases.indices.map { (all[$0] - amongCases[$0]) / n }
        let controlPlacements = controls.indices.map { 1 - (all[cases.count + $0] - amongControls[$0]) / m }
        let auc = casePlacements.reduce(0, +) / m
        self.auc = auc
        func spread(_ values: [Double]) -> Double {
            var square = 0.0
            for value in values { square += (value - auc) * (value - auc) }
            return square / Double(values.count - 1)
        }
        variance = spread(casePlacements) / m + spread(controlPlacements) / n
        events = cases.count
        nonEvents = controls.count
    }

    /// Mid-ranks, from 1, of the scores at the given positions among themselves.
    static func midRanks(_ scores: [Double], of positions: [Int]) -> [Double] {
        let order = positions.indices.sorted { scores[positions[$0]] < scores[positions[$1]] }
        var ranks = [Double](repeating: 0, count: positions.count)
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, scores[positions[order[end]]] == scores[positions[order[start]]] { end += 1 }
            let rank = Double(start + end + 1) / 2
            for index in start..<end { ranks[order[index]] = rank }
            start = end
        }
        return ranks
    }

    /// Standard error of the logit of the AUC, by the delta method; `nil` if the AUC is 0 or 1.
    public var logit: (value: Double, standardError: Double)? {
        guard auc > 0, auc < 1 else { return nil }
        return (log(auc / (1 - auc)), variance.squareRoot() / (auc * (1 - auc)))
    }

    /// The AUC with the symmetric interval of DeLong, clipped to 0...1.
    public var estimate: EstimateValue {
        let error = variance.squareRoot()
        let z = NormalDistribution.quantile(0.975)
        return EstimateValue(
            value: auc, standardError: error, lower: max(0, auc - z * error), upper: min(1, auc + z * error),
            n: events + nonEvents, events: events, method: "DeLong")
    }

    /// The AUC with the interval on the logit scale, which stays within 0...1; `nil` if the AUC is 0 or 1.
    public var logitEstimate: EstimateValue? {
        guard let logit else { return nil }
        let z = NormalDistribution.quantile(0.975)
        func expit(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
        return EstimateValue(
            value: auc, standardError: variance.squareRoot(), lower: expit(logit.value - z * logit.standardError),
            upper: expit(logit.value + z * logit.standardError), n: events + nonEvents, events: events,
            method: "logit-DeLong")
    }
}
