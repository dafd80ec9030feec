import Federation
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

    /// Compares two risks of each case: `PooledReclassification` with one shard.
    ///
    /// - Parameters:
    ///   - old: risks by the old model, 0 to 1.
    ///   - new: risks by the new model.
    ///   - outcome: 1 event, 0 no event; cases with another outcome take no part.
    ///   - cutPoints: category limits, a risk at a limit is in the upper category; nil for the continuous NRI, where every
    ///     change counts.
    public init(old: [Double], new: [Double], outcome: [Double], cutPoints: [Double]? = nil) {
        precondition(old.count == outcome.count && new.count == outcome.count, "one outcome for each risk")
        let rows = outcome.indices.filter { outcome[$0] == 0 || outcome[$0] == 1 }
        let cases = PairedRisks(old: rows.map { old[$0] }, new: rows.map { new[$0] }, outcome: rows.map { outcome[$0] })
        do {
            self = try PooledReclassification(cutPoints: cutPoints?.sorted()).run(on: [cases]).result
        } catch {
            self.init(notEstimable: "\(error)")
        }
    }

    private init(notEstimable reason: String) {
        let none = Estimate.notEstimable(reason)
        (nri, nriOfEvents, nriOfNonEvents, idi) = (none, none, none, none)
    }

    /// From the sums over the cases of each class.
    init(events: Moves, nonEvents others: Moves, isByCategory: Bool) {
        guard events.cases > 0, others.cases > 0 else {
            let none = Estimate.notEstimable("one class only")
            (nri, nriOfEvents, nriOfNonEvents, idi) = (none, none, none, none)
            return
        }
        func value(_ value: Double, _ variance: Double, _ cases: Double, _ method: String) -> Estimate {
            .value(
                .normal(
                    value, standardError: variance.squareRoot(), n: Int(cases), events: Int(events.cases),
                    method: method))
        }
        let n = events.cases + others.cases
        let kind = isByCategory ? "by categories" : "every change counts"
        nri = value(events.net - others.net, events.netVariance + others.netVariance, n, kind)
        nriOfEvents = value(events.net, events.netVariance, events.cases, kind)
        nriOfNonEvents = value(-others.net, others.netVariance, others.cases, kind)
        let method = "difference of the changes of the mean risk"
        let difference = events.mean - others.mean
        if let first = events.meanVariance, let second = others.meanVariance {
            idi = value(difference, first + second, n, method)
        } else {
            idi = .value(
                EstimateValue(value: difference, n: Int(n), events: Int(events.cases), method: method))
        }
    }

    /// Sums over the cases of one class.
    struct Moves {
        /// Number of cases, of those that go up, and of those that go down.
        let cases, up, down: Double
        /// Sums of the changes of the risk, and of their squares.
        let change, squaredChange: Double

        var net: Double { (up - down) / cases }

        /// Of a difference of two shares of one multinomial.
        var netVariance: Double {
            let difference = up - down
            return max(0, (up + down) / (cases * cases) - difference * difference / (cases * cases * cases))
        }

        var mean: Double { change / cases }

        var meanVariance: Double? {
            guard cases > 1 else { return nil }
            let spread = squaredChange - change * change / cases
            // Less than the rounding of the two terms: the changes are all the same.
            return spread > 4 * squaredChange.ulp ? spread / (cases - 1) / cases : 0
        }
    }
}
