public import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Product-limit estimate of survival (Kaplan and Meier, JASA 1958;53:457) with Greenwood's variance.
public struct KaplanMeier: Sendable, Equatable {
    /// One of the times at which a case dies or leaves.
    public struct Step: Sendable, Equatable {
        /// The time.
        public let time: Double
        /// Cases under observation just before.
        public let atRisk: Int
        /// Events at the time.
        public let events: Int
        /// Cases that leave at the time without the event.
        public let censored: Int
        /// Estimated survival beyond the time.
        public let survival: Double
        /// Standard error of the survival; nil where it is 0.
        public let standardError: Double?
    }

    /// Steps in the order of time.
    public let steps: [Step]
    private let cases: Int
    private let events: Int

    /// Estimates survival.
    public init(_ data: SurvivalTimes) { self.init(LifeTable(data)) }

    /// Estimates survival from the numbers at risk and of events.
    public init(_ table: LifeTable) {
        var survival = 1.0
        var greenwood = 0.0
        steps = table.rows.map { row in
            let (n, d) = (Double(row.atRisk), Double(row.events))
            survival *= (n - d) / n
            if row.atRisk > row.events { greenwood += d / (n * (n - d)) }
            return Step(
                time: row.time, atRisk: row.atRisk, events: row.events, censored: row.censored, survival: survival,
                standardError: survival > 0 ? survival * greenwood.squareRoot() : nil)
        }
        cases = table.cases
        events = table.events
    }

    /// Survival beyond a time; interval by the logarithm of the survival, as R `survfit`.
    public func survival(at time: Double) -> Estimate {
        guard let last = steps.last else { return .notEstimable("no case") }
        guard time <= last.time || last.survival == 0 else {
            return .notEstimable("no case is observed until the horizon")
        }
        let method = "Kaplan-Meier, Greenwood, log interval"
        guard let step = steps.last(where: { $0.time <= time }) else {
            return .value(EstimateValue(value: 1, n: cases, events: events, method: method))
        }
        guard let error = step.standardError, error > 0 else {
            return .value(EstimateValue(value: step.survival, n: cases, events: events, method: method))
        }
        let factor = exp(NormalDistribution.quantile(0.975) * error / step.survival)
        return .value(
            EstimateValue(
                value: step.survival, standardError: error, lower: step.survival / factor,
                upper: min(1, step.survival * factor), n: cases, events: events, method: method))
    }
}
