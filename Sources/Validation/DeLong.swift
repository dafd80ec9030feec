#if canImport(Glibc)
    import Glibc
#endif
public import Statistics

/// Area under the ROC curve with DeLong's variance, in O(n log n) (DeLong 1988; Sun and Xu 2014).
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
        guard let sorted = SortedClasses(scores: scores, outcome: outcome) else { return nil }
        self.init(sorted)
    }

    /// From sorted scores; `nil` with fewer than two events or non-events.
    init?(_ sorted: SortedClasses) {
        guard sorted.events.count >= 2, sorted.nonEvents.count >= 2 else { return nil }
        auc = sorted.auc
        variance = sorted.variance(of: auc)
        events = sorted.events.count
        nonEvents = sorted.nonEvents.count
    }

    /// An AUC whose variance is known.
    init(auc: Double, variance: Double, events: Int, nonEvents: Int) {
        (self.auc, self.variance, self.events, self.nonEvents) = (auc, variance, events, nonEvents)
    }

    /// Covariance of two AUCs (DeLong 1988, eq. 6), or the variance of one, from sums over the cases of each class.
    ///
    /// - Parameters:
    ///   - events: sum over the m events of the product of the deviations of their placements from the AUCs.
    ///   - nonEvents: the same of the n non-events.
    static func covariance(events: Double, of m: Double, nonEvents: Double, of n: Double) -> Double {
        events / (m - 1) / m + nonEvents / (n - 1) / n
    }

    /// The finite scores of both classes in order, from which AUC and variance follow in one merge.
    struct SortedClasses {
        let events: [Double]
        let nonEvents: [Double]

        init?(scores: [Double], outcome: [Double]) {
            precondition(scores.count == outcome.count, "one outcome for each score")
            var events: [Double] = []
            var nonEvents: [Double] = []
            for (score, kind) in zip(scores, outcome) {
                guard score.isFinite else { return nil }
                if kind == 1 { events.append(score) } else if kind == 0 { nonEvents.append(score) }
            }
            events.sort()
            nonEvents.sort()
            self.events = events
            self.nonEvents = nonEvents
        }

        /// From scores that are in order.
        init(sortedEvents: [Double], sortedNonEvents: [Double]) {
            (events, nonEvents) = (sortedEvents, sortedNonEvents)
        }

        /// Visits every distinct score with the number of events and non-events at it and below it.
        private func groups(_ visit: (_ at: (Int, Int), _ below: (Int, Int)) -> Void) {
            var (i, j) = (0, 0)
            while i < events.count || j < nonEvents.count {
                let score: Double
                if i == events.count {
                    score = nonEvents[j]
                } else if j == nonEvents.count {
                    score = events[i]
                } else {
                    score = min(events[i], nonEvents[j])
                }
                let below = (i, j)
                while i < events.count, events[i] == score { i += 1 }
                while j < nonEvents.count, nonEvents[j] == score { j += 1 }
                visit((i - below.0, j - below.1), below)
            }
        }

        /// Pairs in the right order, ties one half; the sum is exact.
        var auc: Double {
            var doubled = 0
            groups { at, below in doubled += at.0 * (2 * below.1 + at.1) }
            return Double(doubled) / (2 * Double(events.count) * Double(nonEvents.count))
        }

        /// DeLong's variance of the AUC; needs two of each class.
        func variance(of area: Double) -> Double {
            let (m, n) = (Double(events.count), Double(nonEvents.count))
            var (ofEvents, ofNonEvents) = (0.0, 0.0)
            groups { at, below in
                let event = (Double(below.1) + Double(at.1) / 2) / n - area
                let nonEvent = (m - Double(below.0) - Double(at.0) / 2) / m - area
                ofEvents += Double(at.0) * event * event
                ofNonEvents += Double(at.1) * nonEvent * nonEvent
            }
            return DeLong.covariance(events: ofEvents, of: m, nonEvents: ofNonEvents, of: n)
        }
    }

    /// Placement values (DeLong 1988, eqs. 4 and 5): for each event the share of non-events below it, and for each
    /// non-event the share of events above it.
    struct Placements {
        let events: [Double]
        let nonEvents: [Double]
        let auc: Double

        init?(scores: [Double], outcome: [Double]) {
            guard scores.allSatisfy(\.isFinite) else { return nil }
            let cases = scores.indices.filter { outcome[$0] == 1 }
            let controls = scores.indices.filter { outcome[$0] == 0 }
            guard cases.count >= 2, controls.count >= 2 else { return nil }
            let all = DeLong.midRanks(scores, of: cases + controls)
            let amongCases = DeLong.midRanks(scores, of: cases)
            let amongControls = DeLong.midRanks(scores, of: controls)
            let m = Double(cases.count)
            let n = Double(controls.count)
            events = cases.indices.map { (all[$0] - amongCases[$0]) / n }
            nonEvents = controls.indices.map { 1 - (all[cases.count + $0] - amongControls[$0]) / m }
            auc = events.reduce(0, +) / m
        }

        /// Covariance of two AUCs of the same cases (DeLong 1988, eq. 6).
        func covariance(with other: Placements) -> Double {
            func products(_ first: [Double], _ second: [Double]) -> Double {
                var sum = 0.0
                for index in first.indices { sum += (first[index] - auc) * (second[index] - other.auc) }
                return sum
            }
            return DeLong.covariance(
                events: products(events, other.events), of: Double(events.count),
                nonEvents: products(nonEvents, other.nonEvents), of: Double(nonEvents.count))
        }
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
