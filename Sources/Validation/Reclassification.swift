public import Statistics

/// What a new model does to the risks of the same cases, against an old one (Pencina et al., Stat Med 2008;27:157 and
/// 2011;30:11).
public struct Reclassification: Sendable, Equatable {
    /// Net reclassification improvement: of events and non-events together.
    public let nri: Estimate
    /// Share of the events that go up less the share that go down.
    public let nriOfEvents: Estimate
    /// Share of the non-events that go down less the share that go up.
    public let nriOfNonEvents: Estimate
    /// Integrated discrimination improvement: gain of the mean risk of events less that of non-events.
    public let idi: Estimate

    /// Compares two risks of each case.
    ///
    /// - Parameters:
    ///   - old: risks by the old model, 0 to 1.
    ///   - new: risks by the new model.
    ///   - outcome: 1 event, 0 no event.
    ///   - cutPoints: category limits, a risk at a limit is in the upper category; nil for the continuous NRI, where every
    ///     change counts.
    public init(old: [Double], new: [Double], outcome: [Double], cutPoints: [Double]? = nil) {
        precondition(old.count == outcome.count && new.count == outcome.count, "one outcome for each risk")
        func category(_ risk: Double) -> Double {
            guard let cutPoints else { return risk }
            return Double(cutPoints.count(where: { risk >= $0 }))
        }
        var moves = [Moves(), Moves()]
        for row in outcome.indices where outcome[row] == 0 || outcome[row] == 1 {
            let kind = outcome[row] == 1 ? 1 : 0
            moves[kind].add(from: category(old[row]), to: category(new[row]), change: new[row] - old[row])
        }
        let (events, others) = (moves[1], moves[0])
        let n = events.count + others.count
        guard events.count > 0, others.count > 0 else {
            let reason = Estimate.notEstimable("one class only")
            (nri, nriOfEvents, nriOfNonEvents, idi) = (reason, reason, reason, reason)
            return
        }
        func value(_ value: Double, _ variance: Double, _ cases: Int, _ method: String) -> Estimate {
            .value(
                .normal(
                    value, standardError: variance.squareRoot(), n: cases, events: events.count, method: method))
        }
        let kind = cutPoints == nil ? "every change counts" : "by categories"
        nri = value(events.net - others.net, events.netVariance + others.netVariance, n, kind)
        nriOfEvents = value(events.net, events.netVariance, events.count, kind)
        nriOfNonEvents = value(-others.net, others.netVariance, others.count, kind)
        let method = "difference of the changes of the mean risk"
        let difference = events.mean - others.mean
        if let first = events.meanVariance, let second = others.meanVariance {
            idi = value(difference, first + second, n, method)
        } else {
            idi = .value(EstimateValue(value: difference, n: n, events: events.count, method: method))
        }
    }

    /// Movements of the cases of one class.
    private struct Moves {
        var count = 0
        var up = 0
        var down = 0
        var changes: [Double] = []

        mutating func add(from old: Double, to new: Double, change: Double) {
            count += 1
            if new > old { up += 1 } else if new < old { down += 1 }
            changes.append(change)
        }

        var net: Double { Double(up - down) / Double(count) }

        /// Of a difference of two shares of one multinomial.
        var netVariance: Double {
            let n = Double(count)
            let difference = Double(up - down)
            return max(0, Double(up + down) / (n * n) - difference * difference / (n * n * n))
        }

        var mean: Double { changes.reduce(0, +) / Double(count) }

        var meanVariance: Double? {
            guard count > 1 else { return nil }
            let centre = mean
            return changes.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(count - 1) / Double(count)
        }
    }
}
