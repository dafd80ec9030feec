public import Federation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Cumulative baseline hazard of a Cox model on a public grid of times (Breslow, JRSS B 1972;34:216): a site sends the number of its
/// events and the sum of the risks of its cases at each time of the grid.
///
/// An event counts as of the next time of the grid, a censored case is at risk at the times of the grid up to its own; with every
/// distinct time of an event in the grid the result is that of the pooled table.
public struct BaselineHazard: Computation {
    /// `survival.baseline-hazard`
    public static let identifier = "survival.baseline-hazard"

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - names: the covariates.
    ///   - coefficients: log hazard ratios of one unit.
    ///   - reference: covariates of the case whose hazard is the baseline.
    ///   - grid: ascending times; cases beyond the last count as at risk throughout.
    public init(names: [String], coefficients: [Double], reference: [Double], grid: [Double]) {
        precondition(names.count == coefficients.count && names.count == reference.count, "a value for each covariate")
        precondition(!grid.isEmpty && zip(grid, grid.dropFirst()).allSatisfy(<), "ascending times")
        specification = State(names: names, coefficients: coefficients, reference: reference, grid: grid)
    }

    /// The model and the grid.
    public struct State: Codable, Sendable, Equatable {
        /// The covariates.
        public let names: [String]
        /// Log hazard ratios.
        public let coefficients: [Double]
        /// Covariates of the baseline.
        public let reference: [Double]
        /// Ascending times.
        public let grid: [Double]
    }

    /// Cumulative hazard at the times of the grid.
    public struct Result: Sendable, Equatable, Codable {
        /// Ascending times.
        public let grid: [Double]
        /// Cumulative hazard of the reference case up to and including each time.
        public let cumulativeHazard: [Double]

        /// Probability that a case lives beyond a time, from its linear predictor less that of the reference.
        public func survival(at time: Double, linearPredictor: Double) -> Double {
            let place = grid.lastIndex { $0 <= time }
            return exp(-(place.map { cumulativeHazard[$0] } ?? 0) * exp(linearPredictor))
        }
    }

    /// The model.
    public func initialState() -> State { specification }

    /// Events and risks by time.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "events", shape: [state.grid.count], meaning: "events that count as of each time of the grid",
                discloses: "the site's events in each interval; use a grid that holds enough of them"),
            // A hazard ratio goes to exp(40): the grid is coarser and the bound wider than those of unit scale.
            BlockSpecification(
                name: "risk", shape: [state.grid.count], fractionBits: 50, bound: 0x1p66,
                meaning: "sum of hazard ratios of the cases at risk at each time",
                discloses: "how many of the site's cases are under observation, weighted by their risk"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `SurvivalError.columnsDiffer`, `.badTime`, or `FederationError` for covariates that are not finite.
    public func contribute(_ shard: SurvivalTable, to state: State) throws -> Contribution {
        guard shard.names == state.names else { throw SurvivalError.columnsDiffer }
        guard shard.followUp.times.allSatisfy({ $0.isFinite && $0 >= 0 }) else { throw SurvivalError.badTime }
        var sums = blocks(for: state).map(ExactSum.init)
        let q = state.names.count
        for row in 0..<shard.followUp.count {
            var predictor = 0.0
            for column in 0..<q {
                predictor += state.coefficients[column] * (shard.values[row * q + column] - state.reference[column])
            }
            let risk = exp(predictor)
            let (time, isEvent) = (shard.followUp.times[row], shard.followUp.events[row])
            let place = isEvent ? state.grid.firstIndex { $0 >= time } : nil
            if let place { sums[0].add(1, at: place) }
            let last = isEvent ? place ?? state.grid.count - 1 : state.grid.lastIndex { $0 <= time }
            for place in 0..<(last.map { $0 + 1 } ?? 0) { sums[1].add(risk, at: place) }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// Adds up the hazards.
    ///
    /// - Throws: `SurvivalError.noEvents`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let (events, risks) = (try sum.values("events"), try sum.values("risk"))
        guard events.contains(where: { $0 > 0 }) else { throw SurvivalError.noEvents }
        var hazard = 0.0
        let cumulative = zip(events, risks).map { count, risk in
            if count > 0 { hazard += count / risk }
            return hazard
        }
        return .done(Result(grid: state.grid, cumulativeHazard: cumulative))
    }
}
