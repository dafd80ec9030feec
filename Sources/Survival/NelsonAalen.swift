/// Cumulative hazard (Nelson, Technometrics 1972;14:945; Aalen, Ann Stat 1978;6:701) with Aalen's variance, the sum of d / n^2, as
/// R `survfit` has it.
public struct NelsonAalen: Sendable, Equatable {
    /// One of the times at which a case dies or leaves.
    public struct Step: Sendable, Equatable {
        /// The time.
        public let time: Double
        /// Estimated cumulative hazard up to and at the time.
        public let cumulativeHazard: Double
        /// Its standard error.
        public let standardError: Double
    }

    /// Steps in the order of time.
    public let steps: [Step]

    /// Estimates the cumulative hazard.
    public init(_ data: SurvivalTimes) { self.init(LifeTable(data)) }

    /// Estimates the cumulative hazard from the numbers at risk and of events.
    public init(_ table: LifeTable) {
        var hazard = 0.0
        var variance = 0.0
        steps = table.rows.map { row in
            let (n, d) = (Double(row.atRisk), Double(row.events))
            hazard += d / n
            variance += d / (n * n)
            return Step(time: row.time, cumulativeHazard: hazard, standardError: variance.squareRoot())
        }
    }
}
