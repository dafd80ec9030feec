public import Federation

/// Survival (Kaplan-Meier) and cumulative hazard (Nelson-Aalen) of the cases of all sites on a grid of times.
///
/// One round: numbers at risk and of events in each interval of the grid, and of times between its points. The result is the plain
/// estimate of times that are rounded up to the grid; equal to that of the times themselves where they are on the grid (days,
/// say). Otherwise the bounds hold it, as they hold whatever the order of events and censorings within an interval.
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
        /// Whether no time up to the last is between the points: survival and hazard are those of the times themselves.
        public let isOnGrid: Bool
        /// For each step of the survival what that of the times themselves is between.
        public let survivalBounds: [ClosedRange<Double>]
        /// For each step of the hazard what that of the times themselves is between.
        public let hazardBounds: [ClosedRange<Double>]

        init(_ counts: GridCounts) {
            let table = LifeTable(times: counts.grid.points, atRisk: counts.atRisk, events: counts.events)
            let (survival, hazard) = (KaplanMeier(table), NelsonAalen(table))
            (self.survival, self.hazard, isOnGrid) = (survival, hazard, counts.isOnGrid)
            guard !counts.isOnGrid else {
                survivalBounds = survival.steps.map { $0.survival...$0.survival }
                hazardBounds = hazard.steps.map { $0.cumulativeHazard...$0.cumulativeHazard }
                return
            }
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
    public func blocks(for state: State) -> [BlockSpecification] { GridCounts.blocks(state.grid) }

    /// Counts the site's cases.
    ///
    /// - Throws: `SurvivalError`.
    public func contribute(_ shard: SurvivalTimes, to state: State) throws -> Contribution {
        try GridCounts.contribution(of: shard, grid: state.grid)
    }

    /// Survival and hazard.
    ///
    /// - Throws: `SurvivalError.badTable` for counts that no cases have.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        .done(Result(try GridCounts(sum, grid: state.grid)))
    }
}
