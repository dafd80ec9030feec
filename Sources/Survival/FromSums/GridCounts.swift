import Federation

/// Cases of all sites at risk and with the event in the intervals of a grid of times: what survival follows from, and, read the
/// other way round, the probability of not being censored.
struct GridCounts: Codable, Sendable, Equatable {
    let grid: Grid
    /// Cases under observation at the start of each interval, and after the last.
    let atRisk: [Int]
    /// Events in each interval.
    let events: [Int]
    /// Whether no time up to the last is between the points of the grid.
    let isOnGrid: Bool

    static func blocks(_ grid: Grid) -> [BlockSpecification] {
        [
            .counts(
                "at_risk", shape: [grid.points.count + 1],
                meaning: "cases under observation at the start of each interval, and after the last",
                discloses: "how many of the site's cases are followed for how long, on the grid"),
            .counts(
                "events", shape: [grid.points.count], meaning: "events in each interval",
                discloses: "how many of the site's cases have the event in which interval"),
            .counts(
                "off_grid", meaning: "cases whose time is up to the last and between two points",
                discloses: "how many of the site's times are finer than the grid"),
        ]
    }

    /// - Throws: `SurvivalError`.
    static func contribution(of shard: SurvivalTimes, grid: Grid) throws -> Contribution {
        try grid.validated("times of the grid")
        try shard.validated()
        var sums = blocks(grid).map(ExactSum.init)
        let last = grid.points.count
        var leaving = [Int](repeating: 0, count: last + 1)
        for row in 0..<shard.count {
            let interval = grid.interval(of: shard.times[row])
            leaving[interval] += 1
            guard interval < last else { continue }
            // An event after the last time is one that has not happened yet.
            if shard.events[row] { sums[1].add(1, at: interval) }
            if grid.points[interval] != shard.times[row] { sums[2].add(1) }
        }
        var atRisk = 0
        for interval in (0...last).reversed() {
            atRisk += leaving[interval]
            sums[0].add(Double(atRisk), at: interval)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// - Throws: `SurvivalError.badTable` for counts that no cases have.
    init(_ sum: Contribution, grid: Grid) throws {
        self.grid = grid
        atRisk = try sum.values("at_risk").map { Int($0) }
        events = try sum.values("events").map { Int($0) }
        isOnGrid = try sum.scalar("off_grid") == 0
        try validated()
    }

    /// Checks counts that were broadcast.
    ///
    /// - Throws: `SurvivalError.badTable`.
    func validated() throws(SurvivalError) {
        try grid.validated("times of the grid")
        guard atRisk.count == grid.points.count + 1, events.count == grid.points.count, atRisk.allSatisfy({ $0 >= 0 }),
            events.indices.allSatisfy({ events[$0] >= 0 && events[$0] <= atRisk[$0] - atRisk[$0 + 1] })
        else { throw .badTable }
    }

    /// Cases that leave in an interval without the event.
    func censored(_ interval: Int) -> Int { atRisk[interval] - atRisk[interval + 1] - events[interval] }

    /// For each interval the reciprocal of the probability of not being censored just before an event in it: reverse Kaplan-Meier,
    /// deaths of the same time being at risk no longer.
    ///
    /// `nominal` is that of times rounded up to the grid; the one of the times themselves is between `least` and `most`, whatever
    /// the order within an interval.
    func inverseUncensored() -> (least: [Double], nominal: [Double], most: [Double]) {
        var (nominal, high) = (1.0, 1.0)
        var output = (least: [Double](), nominal: [Double](), most: [Double]())
        for interval in events.indices {
            let (n, d, c) = (Double(atRisk[interval]), Double(events[interval]), Double(censored(interval)))
            output.nominal.append(1 / nominal)
            // Of the times themselves: at best no censoring of the interval comes before the event and all of earlier ones before
            // the events there, at worst all others' events and then all censorings come before.
            output.least.append(1 / (isOnGrid ? nominal : high))
            output.most.append(1 / (isOnGrid ? nominal : nominal * (n - d + 1 - c) / (n - d + 1)))
            guard c > 0 else { continue }
            // An empty rest leaves nobody whose weight would be asked for.
            nominal *= (n - d - c) / (n - d)
            high *= (n - c) / n
        }
        return output
    }
}
