public import Federation
public import Statistics

/// Harrell's or Uno's concordance over the pairs of all sites' cases, across sites too, with an interval that provably contains that
/// of the pooled times and scores.
///
/// Harrell: one round, events and censored cases in each cell of a grid of times and scores. Uno: first the numbers at risk and of
/// events on a grid of times, from which the probability of not being censored follows; then the cells, with the sums of the
/// events' weights. The estimate is the plain one of times and scores that are rounded up to the grid, with its infinitesimal
/// jackknife.
public struct PooledConcordance: Computation {
    /// `survival.concordance`
    public static let identifier = "survival.concordance"
    private let specification: State

    /// Harrell's concordance; the grids are checked where the cases are counted.
    ///
    /// - Parameters:
    ///   - times: ascending, in the unit of the cases' times.
    ///   - edges: of the bins of the score, ascending: bin b holds the scores above edge b - 1 and at or below edge b.
    ///   - isLimited: whether events after the last of the times count as later ones only.
    public init(times: [Double], edges: [Double], isLimited: Bool = false) {
        specification = State(
            times: Grid(points: times), edges: Grid(points: edges), isLimited: isLimited, censoringTimes: nil)
    }

    /// Uno's concordance of events up to the last of the times.
    ///
    /// - Parameters:
    ///   - times: ascending, in the unit of the cases' times; the last is Uno's tau.
    ///   - edges: of the bins of the score, ascending.
    ///   - censoringTimes: a grid for the probability of not being censored that ends with the same time; nil for `times`.
    public init(unoTimes times: [Double], edges: [Double], censoringTimes: [Double]? = nil) {
        specification = State(
            times: Grid(points: times), edges: Grid(points: edges), isLimited: true,
            censoringTimes: Grid(points: censoringTimes ?? times))
    }

    /// Follow-up and score of the cases of a site.
    public typealias Shard = ScoredFollowUp

    /// The grids, and for Uno's weights the counts that censoring follows from.
    public struct State: Codable, Sendable, Equatable {
        let times: Grid
        let edges: Grid
        let isLimited: Bool
        let censoringTimes: Grid?
        var counts: GridCounts?

        var bins: Int { edges.points.count + 1 }

        /// Whether the events of a cell are after the limit.
        func isLater(_ cell: Int) -> Bool { isLimited && cell >= times.points.count * bins }

        /// - Throws: `SurvivalError`.
        func validated() throws(SurvivalError) {
            try times.validated("times of the grid")
            try edges.validated("edges of the score")
            guard let censoringTimes else { return }
            try censoringTimes.validated("times of the censoring")
            // An event up to the limit has a weight, and its interval lies before the limit as a whole.
            guard censoringTimes.points.last == times.points.last else { throw .gridsEndApart }
            guard let counts else { return }
            try counts.validated()
            guard counts.grid == censoringTimes else { throw .badTable }
        }
    }

    /// The pooled concordance.
    public struct Result: Sendable, Equatable {
        /// Concordance of the rounded times and scores.
        public let estimate: Estimate
        /// Interval that contains the concordance of the pooled cases if there is one; nil without an estimate.
        public let certified: ClosedRange<Double>?
    }

    /// Asks for the counts.
    public func initialState() -> State { specification }

    /// Counts of censoring, or of each cell.
    public func blocks(for state: State) -> [BlockSpecification] {
        if let times = state.censoringTimes, state.counts == nil { return GridCounts.blocks(times) }
        let shape = [state.times.points.count + 1, state.bins]
        return [
            .counts(
                "events", shape: shape, meaning: "events in each interval of time and bin of the score",
                discloses: "the site's coarse joint histogram of event time and score"),
            .counts(
                "censored", shape: shape, meaning: "cases without the event, by the last time seen and the score",
                discloses: "the site's coarse joint histogram of follow-up and score"),
        ] + (state.counts.map { [.eventWeights(shape, isOnGrid: $0.isOnGrid)] } ?? [])
    }

    /// Counts the site's cases.
    ///
    /// - Throws: `SurvivalError`.
    public func contribute(_ shard: ScoredFollowUp, to state: State) throws -> Contribution {
        try state.validated()
        try shard.validated()
        if let times = state.censoringTimes, state.counts == nil {
            return try GridCounts.contribution(of: shard.followUp, grid: times)
        }
        var sums = blocks(for: state).map(ExactSum.init)
        let inverse = state.counts?.inverseUncensored()
        let weights = inverse.map { state.counts?.isOnGrid == true ? [$0.nominal] : [$0.least, $0.nominal, $0.most] }
        let cells = sums[0].specification.count
        for row in shard.scores.indices {
            let (time, isEvent) = (shard.followUp.times[row], shard.followUp.events[row])
            let cell = state.times.interval(of: time) * state.bins + state.edges.interval(of: shard.scores[row])
            sums[isEvent ? 0 : 1].add(1, at: cell)
            guard isEvent, let weights, let grid = state.censoringTimes else { continue }
            let interval = grid.interval(of: time)
            // An event after the limit is a later one only.
            guard interval < grid.points.count else { continue }
            for (kind, list) in weights.enumerated() {
                sums[2].add(list[interval] * list[interval], at: kind * cells + cell)
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The cells, or the concordance.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        if let times = state.censoringTimes, state.counts == nil {
            var following = state
            following.counts = try GridCounts(sum, grid: times)
            return .broadcast(following)
        }
        let (events, censored) = (try sum.values("events"), try sum.values("censored"))
        let weights =
            try state.counts.map { EventWeights(block: try sum.values("event_weights"), isOnGrid: $0.isOnGrid) }
            ?? EventWeights(counts: events.indices.map { state.isLater($0) ? 0 : events[$0] })
        var rows = (times: [Double](), events: [Bool](), scores: [Double](), counts: [Int](), weights: [Double]())
        for (isEvent, table) in [(true, events), (false, censored)] {
            for cell in table.indices where table[cell] > 0 {
                rows.times.append(Double(cell / state.bins))
                rows.events.append(isEvent)
                rows.scores.append(Double(cell % state.bins))
                rows.counts.append(Int(table[cell]))
                rows.weights.append(isEvent ? weights.nominal[cell] / table[cell] : 0)
            }
        }
        let kind: Concordance.Weight = state.counts == nil ? .harrell : .uno
        let limit = state.isLimited ? state.times.points.last : nil
        let binned = Concordance(
            SurvivalTimes(times: rows.times, events: rows.events), scores: rows.scores, counts: rows.counts,
            weights: rows.weights, limit: limit.map { _ in Double(state.times.points.count - 1) },
            method: kind.rawValue + (limit.map { ", events to \($0)" } ?? "")
                + ", \(state.times.points.count + 1) intervals of time and \(state.bins) bins of the score")
        let estimate = binned.estimate
        guard estimate.number != nil else { return .done(Result(estimate: estimate, certified: nil)) }
        let bounds = ConcordanceBounds(events: events, censored: censored, weights: weights, bins: state.bins)
        return .done(Result(estimate: estimate, certified: bounds.interval))
    }
}
