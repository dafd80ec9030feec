public import Federation
public import Statistics

/// AUC at a horizon over the pairs of all sites' cases, with an interval that provably contains that of the pooled times and
/// scores: cases have the event by the horizon, controls are seen free of it beyond, cases weigh by the inverse probability of not
/// being censored before (as `TimeDependentAUC`).
///
/// Three rounds: numbers at risk and of events on a grid of times that ends with the horizon; the cases' weights and the numbers
/// of controls in bins of the score; sums of what the cases' placements differ from the AUC by, which the standard error with the
/// estimated censoring needs. No cell of time and score leaves. The estimate is the plain one of times and scores that are
/// rounded up to the grid and the bins.
public struct PooledTimeAUC: Computation {
    /// `survival.time-auc`
    public static let identifier = "survival.time-auc"
    private let specification: State

    /// Creates the computation; the grids are checked where the cases are counted.
    ///
    /// - Parameters:
    ///   - times: ascending, in the unit of the cases' times; the last is the horizon.
    ///   - edges: of the bins of the score, ascending: bin b holds the scores above edge b - 1 and at or below edge b.
    public init(times: [Double], edges: [Double]) {
        specification = State(times: Grid(points: times), edges: Grid(points: edges))
    }

    /// Follow-up and score of the cases of a site.
    public typealias Shard = ScoredFollowUp

    /// The grids, then the counts that censoring follows from, then the pooled histogram of the score.
    public struct State: Codable, Sendable, Equatable {
        let times: Grid
        let edges: Grid
        var counts: GridCounts?
        var histogram: Histogram?

        var bins: Int { edges.points.count + 1 }

        /// - Throws: `SurvivalError`.
        func validated() throws(SurvivalError) {
            try times.validated("times of the grid")
            try edges.validated("edges of the score")
            guard let counts else { return }
            try counts.validated()
            guard counts.grid == times else { throw .badTable }
            guard let histogram else { return }
            guard histogram.controls.count == bins, histogram.cases.nominal.count == bins else { throw .badTable }
        }
    }

    /// The pooled AUC.
    public struct Result: Sendable, Equatable {
        /// AUC of the rounded times and scores.
        public let estimate: Estimate
        /// Interval that contains the AUC of the pooled cases; nil without an estimate.
        public let certified: ClosedRange<Double>?
    }

    /// Cases and controls in bins of the score.
    struct Histogram: Codable, Sendable, Equatable {
        /// Weights of the cases.
        let cases: EventWeights
        /// Numbers of controls.
        let controls: [Double]

        var weight: Double { cases.nominal.reduce(0, +) }
        var controlCount: Double { controls.reduce(0, +) }

        /// Share of the controls below a case of each bin, those of the same bin half.
        var placements: [Double] { Self.below(controls) }

        /// Share of the cases' weight above a control of each bin, that of the same bin half.
        var above: [Double] { Self.below(cases.nominal).map { 1 - $0 } }

        var area: Double {
            zip(cases.nominal, placements).reduce(0) { $0 + $1.0 * $1.1 } / weight
        }

        /// Bounds over all orders within a bin and all weights between their bounds.
        var bounds: ClosedRange<Double> {
            var (lower, upper) = (0.0, 0.0)
            var (against, infavour) = (0.0, 0.0)
            var below = 0.0
            for bin in controls.indices {
                let above = controlCount - below - controls[bin]
                lower += cases.least[bin] * below
                infavour += cases.most[bin] * (below + controls[bin])
                upper += cases.least[bin] * above
                against += cases.most[bin] * (above + controls[bin])
                below += controls[bin]
            }
            let low = lower > 0 ? lower / (lower + against) : 0
            let high = infavour > 0 ? infavour / (infavour + upper) : 1
            return low...max(low, high)
        }

        private static func below(_ values: [Double]) -> [Double] {
            let total = values.reduce(0, +)
            var sum = 0.0
            return values.map { value in
                defer { sum += value }
                return (sum + value / 2) / total
            }
        }
    }

    /// Asks for the counts.
    public func initialState() -> State { specification }

    /// Counts of censoring, the histogram, or the sums of the placements.
    public func blocks(for state: State) -> [BlockSpecification] {
        guard let counts = state.counts else { return GridCounts.blocks(state.times) }
        guard state.histogram != nil else {
            return [
                .eventWeights([state.bins], isOnGrid: counts.isOnGrid),
                .counts(
                    "controls", shape: [state.bins],
                    meaning: "cases in each bin of the score that are seen beyond the horizon",
                    discloses: "the site's coarse histogram of the score of these cases"),
            ]
        }
        return [
            .unitScale(
                "placement", shape: [state.times.points.count],
                meaning: "over the events of each interval: weight times what the placement differs from the AUC by",
                discloses: "how high the site's events of each interval are scored, on average"),
            .unitScale(
                "squared_placement", meaning: "sum of the squares of these terms",
                discloses: "how much the placements of the site's events vary"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `SurvivalError`.
    public func contribute(_ shard: ScoredFollowUp, to state: State) throws -> Contribution {
        try state.validated()
        try shard.validated()
        guard let counts = state.counts else {
            return try GridCounts.contribution(of: shard.followUp, grid: state.times)
        }
        var sums = blocks(for: state).map(ExactSum.init)
        let inverse = counts.inverseUncensored()
        let weights = counts.isOnGrid ? [inverse.nominal] : [inverse.least, inverse.nominal, inverse.most]
        let placements = state.histogram?.placements ?? []
        let area = state.histogram?.area ?? 0
        for row in shard.scores.indices {
            let interval = state.times.interval(of: shard.followUp.times[row])
            let bin = state.edges.interval(of: shard.scores[row])
            guard interval < state.times.points.count else {
                if state.histogram == nil { sums[1].add(1, at: bin) }
                continue
            }
            guard shard.followUp.events[row] else { continue }
            if state.histogram == nil {
                for (kind, list) in weights.enumerated() { sums[0].add(list[interval], at: kind * state.bins + bin) }
            } else {
                let term = inverse.nominal[interval] * (placements[bin] - area)
                sums[0].add(term, at: interval)
                sums[1].add(term * term)
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The next question, or the AUC.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        var state = state
        guard let counts = state.counts else {
            let counts = try GridCounts(sum, grid: state.times)
            guard counts.events.contains(where: { $0 > 0 }) else { return Self.none("no event by the horizon") }
            guard (counts.atRisk.last ?? 0) > 0 else {
                return Self.none("no case is observed beyond the horizon")
            }
            state.counts = counts
            return .broadcast(state)
        }
        guard let histogram = state.histogram else {
            state.histogram = Histogram(
                cases: EventWeights(block: try sum.values("event_weights"), isOnGrid: counts.isOnGrid),
                controls: try sum.values("controls"))
            return .broadcast(state)
        }
        let variance = Self.variance(
            counts, histogram, placements: try sum.values("placement"), squares: try sum.scalar("squared_placement"))
        let horizon = state.times.points.last ?? 0
        return .done(
            Result(
                estimate: .value(
                    .normal(
                        histogram.area, standardError: variance.squareRoot(), n: counts.atRisk[0],
                        events: counts.events.reduce(0, +),
                        method: "cumulative cases, dynamic controls at \(horizon), inverse probability of censoring, "
                            + "\(state.times.points.count) intervals of time and \(state.bins) bins of the score")),
                certified: histogram.bounds))
    }

    private static func none(_ reason: String) -> ComputationStep<State, Result> {
        .done(Result(estimate: .notEstimable(reason), certified: nil))
    }

    /// Of the mean of the influences, the estimated censoring included, as `TimeDependentAUC` has it case by case.
    private static func variance(
        _ counts: GridCounts, _ histogram: Histogram, placements: [Double], squares: Double
    ) -> Double {
        let n = Double(counts.atRisk[0])
        let total = histogram.weight
        // What the cases of an interval pull the AUC by, and what those of later intervals do.
        let pulls = placements.map { $0 / total }
        var later = pulls.reduce(0, +)
        var hazard = 0.0
        var sum = 0.0
        var square = squares / (total * total)
        for (interval, pull) in pulls.enumerated() {
            later -= pull
            let (events, censored) = (Double(counts.events[interval]), Double(counts.censored(interval)))
            let risk = Double(counts.atRisk[interval]) - events
            if censored > 0 { hazard += censored / (risk * risk) * later }
            sum += pull - events * hazard
            square += hazard * (events * hazard - 2 * pull)
            guard censored > 0 else { continue }
            let own = later / risk - hazard
            sum += censored * own
            square += censored * own * own
        }
        let controls = histogram.controlCount
        for (count, above) in zip(histogram.controls, histogram.above) {
            let own = (above - histogram.area) / controls - hazard
            sum += count * own
            square += count * own * own
        }
        // Influences are n times these terms.
        return max(0, n * n * square - n * sum * sum) / (n - 1) / n
    }
}
