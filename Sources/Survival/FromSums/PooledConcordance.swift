public import Federation
public import Statistics

/// Harrell's concordance over the pairs of all sites' cases, across sites too, with an interval that provably contains that of the
/// pooled times and scores.
///
/// One round: events and censored cases in each cell of a grid of times and scores. The estimate is the plain one of times and
/// scores that are rounded up to the grid, with its infinitesimal jackknife.
public struct PooledConcordance: Computation {
    /// `survival.concordance`
    public static let identifier = "survival.concordance"
    private let specification: State

    /// Creates the computation; the grids are checked where the cases are counted.
    ///
    /// - Parameters:
    ///   - times: ascending, in the unit of the cases' times.
    ///   - edges: of the bins of the score, ascending: bin b holds the scores above edge b - 1 and at or below edge b.
    public init(times: [Double], edges: [Double]) {
        specification = State(times: Grid(points: times), edges: Grid(points: edges))
    }

    /// Follow-up and score of the cases of a site.
    public struct Shard: Sendable, Equatable {
        /// Follow-up.
        public let followUp: SurvivalTimes
        /// Risk of each case; higher is earlier.
        public let scores: [Double]

        /// Creates a shard; the lengths are checked where the cases are counted.
        public init(followUp: SurvivalTimes, scores: [Double]) { (self.followUp, self.scores) = (followUp, scores) }
    }

    /// The grid.
    public struct State: Codable, Sendable, Equatable {
        let times: Grid
        let edges: Grid

        var bins: Int { edges.points.count + 1 }
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

    /// Counts of each cell.
    public func blocks(for state: State) -> [BlockSpecification] {
        let shape = [state.times.points.count + 1, state.bins]
        return [
            .counts(
                "events", shape: shape, meaning: "events in each interval of time and bin of the score",
                discloses: "the site's coarse joint histogram of event time and score"),
            .counts(
                "censored", shape: shape, meaning: "cases without the event, by the last time seen and the score",
                discloses: "the site's coarse joint histogram of follow-up and score"),
        ]
    }

    /// Counts the site's cases.
    ///
    /// - Throws: `SurvivalError`.
    public func contribute(_ shard: Shard, to state: State) throws -> Contribution {
        try state.times.validated("times of the grid")
        try state.edges.validated("edges of the score")
        try shard.followUp.validated()
        guard shard.scores.count == shard.followUp.count else { throw SurvivalError.lengthsDiffer(field: "scores") }
        guard shard.scores.allSatisfy(\.isFinite) else { throw SurvivalError.scoreNotFinite }
        var sums = blocks(for: state).map(ExactSum.init)
        for row in shard.scores.indices {
            let cell =
                state.times.interval(of: shard.followUp.times[row]) * state.bins
                + state.edges.interval(of: shard.scores[row])
            sums[shard.followUp.events[row] ? 0 : 1].add(1, at: cell)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The concordance.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let (events, censored) = (try sum.values("events"), try sum.values("censored"))
        var rows = (times: [Double](), events: [Bool](), scores: [Double](), counts: [Int]())
        for (isEvent, table) in [(true, events), (false, censored)] {
            for cell in table.indices where table[cell] > 0 {
                rows.times.append(Double(cell / state.bins))
                rows.events.append(isEvent)
                rows.scores.append(Double(cell % state.bins))
                rows.counts.append(Int(table[cell]))
            }
        }
        let binned = Concordance(
            SurvivalTimes(times: rows.times, events: rows.events), scores: rows.scores, counts: rows.counts,
            weights: [Double](repeating: 1, count: rows.times.count),
            method: "Harrell, \(state.times.points.count + 1) intervals of time and \(state.bins) bins of the score")
        let estimate = binned.estimate
        guard estimate.number != nil else { return .done(Result(estimate: estimate, certified: nil)) }
        return .done(
            Result(
                estimate: estimate,
                certified: Self.certified(events: events, censored: censored, bins: state.bins)))
    }

    /// Bounds over all orders within a cell: a pair of two intervals of time is compared and, in two bins, of known order; one
    /// of two bins within an interval may be compared or not, if neither is censored in either order; else anything may be.
    static func certified(events: [Double], censored: [Double], bins: Int) -> ClosedRange<Double> {
        // Pairs that are concordant and discordant for certain, that may be so, and that may be either.
        var certain = (concordant: 0.0, discordant: 0.0)
        var perhaps = (concordant: 0.0, discordant: 0.0)
        var compared = 0.0
        var open = 0.0
        var later = [Double](repeating: 0, count: bins)
        for start in stride(from: events.count - bins, through: 0, by: -bins) {
            let allLater = later.reduce(0, +)
            let allEvents = events[start..<start + bins].reduce(0, +)
            let allCensored = censored[start..<start + bins].reduce(0, +)
            var below = (later: 0.0, events: 0.0, censored: 0.0)
            for bin in 0..<bins {
                let (event, leaving) = (events[start + bin], censored[start + bin])
                certain.concordant += event * below.later
                certain.discordant += event * (allLater - below.later - later[bin])
                compared += event * later[bin]
                perhaps.concordant += event * below.censored
                perhaps.discordant += event * (allCensored - below.censored - leaving)
                open += event * leaving + event * (event - 1) / 2 + event * (allEvents - below.events - event)
                below.later += later[bin]
                below.events += event
                below.censored += leaving
            }
            for bin in 0..<bins { later[bin] += events[start + bin] + censored[start + bin] }
        }
        let known = certain.concordant + certain.discordant + compared
        let most = known + open + perhaps.concordant
        let least = known + open + perhaps.discordant
        let lower = least > 0 ? certain.concordant / least : 0
        let upper = most > 0 ? (certain.concordant + compared + open + perhaps.concordant) / most : 1
        return lower...max(lower, upper)
    }
}
