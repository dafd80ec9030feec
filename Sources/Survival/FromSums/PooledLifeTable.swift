public import Federation

/// Survival (Kaplan-Meier) and cumulative hazard (Nelson-Aalen) of the cases of all sites on a grid of times.
///
/// One round: numbers at risk and of events in each interval of the grid. The result is the plain estimate of times that are
/// rounded up to the grid; equal to that of the times themselves where they are on the grid (days, say). Otherwise the bounds
/// hold it, as they hold whatever the order of events and censorings within an interval.
public struct PooledLifeTable: Computation {
    /// `survival.life-table`
    public static let identifier = "survival.life-table"
    private let specification: State

    /// Creates the computation.
    ///
    /// - Parameter times: the grid, ascending and finite, in the unit of the cases' times; checked where the cases are counted.
    public init(times: [Double]) { specification = State(grid: Grid(points: times)) }

    /// The grid.
    public struct State: Codable, Sendable, Equatable {
        let grid: Grid
    }

    /// Survival and cumulative hazard at the times of the grid at which a case is still at risk.
    public struct Result: Sendable, Equatable {
        /// Survival with Greenwood's standard error; a survival after the last time is not estimable.
        public let survival: KaplanMeier
        /// Cumulative hazard.
        public let hazard: NelsonAalen
        /// For each step of the survival what that of the times themselves is between.
        public let survivalBounds: [ClosedRange<Double>]
        /// For each step of the hazard what that of the times themselves is between.
        public let hazardBounds: [ClosedRange<Double>]

        init(_ table: LifeTable) {
            survival = KaplanMeier(table)
            hazard = NelsonAalen(table)
            var (low, high) = (1.0, 1.0)
            var (least, most) = (0.0, 0.0)
            var survivals: [ClosedRange<Double>] = []
            var hazards: [ClosedRange<Double>] = []
            for row in table.rows {
                // Survival is lowest if all censored cases leave before the first event, highest if after the last; the
                // hazard is moreover least if all events are at one time.
                let (n, d) = (Double(row.atRisk), Double(row.events))
                let left = n - Double(row.censored)
                if row.events > 0 {
                    high *= (n - d) / n
                    low *= (left - d) / left
                    least += d / n
                    for event in 0..<row.events { most += 1 / (left - Double(event)) }
                }
                survivals.append(low...max(low, high))
                hazards.append(least...max(least, most))
            }
            survivalBounds = survivals
            hazardBounds = hazards
        }
    }

    /// Asks for the counts.
    public func initialState() -> State { specification }

    /// Counts of each interval.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "at_risk", shape: [state.grid.points.count + 1],
                meaning: "cases under observation at the start of each interval, and after the last",
                discloses: "how many of the site's cases are followed for how long, on the grid"),
            .counts(
                "events", shape: [state.grid.points.count], meaning: "events in each interval",
                discloses: "how many of the site's cases have the event in which interval"),
        ]
    }

    /// Counts the site's cases.
    ///
    /// - Throws: `SurvivalError`.
    public func contribute(_ shard: SurvivalTimes, to state: State) throws -> Contribution {
        try state.grid.validated("times of the grid")
        try shard.validated()
        var sums = blocks(for: state).map(ExactSum.init)
        let last = state.grid.points.count
        var leaving = [Int](repeating: 0, count: last + 1)
        for row in 0..<shard.count {
            let interval = state.grid.interval(of: shard.times[row])
            leaving[interval] += 1
            // An event after the last time is one that has not happened yet.
            if shard.events[row], interval < last { sums[1].add(1, at: interval) }
        }
        var atRisk = 0
        for interval in (0...last).reversed() {
            atRisk += leaving[interval]
            sums[0].add(Double(atRisk), at: interval)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// Survival and hazard.
    ///
    /// - Throws: `SurvivalError.badTable` for counts that no cases have.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let atRisk = try sum.values("at_risk").map { Int($0) }
        let events = try sum.values("events").map { Int($0) }
        guard events.indices.allSatisfy({ events[$0] >= 0 && events[$0] <= atRisk[$0] - atRisk[$0 + 1] }),
            atRisk.allSatisfy({ $0 >= 0 })
        else { throw SurvivalError.badTable }
        return .done(Result(LifeTable(times: state.grid.points, atRisk: atRisk, events: events)))
    }
}
