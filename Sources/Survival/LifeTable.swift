/// Numbers at risk, of events and of censored cases at times in ascending order: what survival and cumulative hazard follow from.
public struct LifeTable: Sendable, Equatable {
    /// One time.
    public struct Row: Sendable, Equatable {
        /// The time.
        public let time: Double
        /// Cases under observation just before.
        public let atRisk: Int
        /// Events at the time.
        public let events: Int
        /// Cases that leave at the time without the event.
        public let censored: Int
    }

    /// The times at which a case is still at risk.
    public let rows: [Row]
    /// Number of cases.
    public let cases: Int
    /// Number of events.
    public let events: Int

    /// Counts at the times of the cases.
    public init(_ data: SurvivalTimes) {
        var atRisk = data.count
        rows = data.byTime().map { group in
            let deaths = group.count { data.events[$0] }
            defer { atRisk -= group.count }
            return Row(time: data.times[group[0]], atRisk: atRisk, events: deaths, censored: group.count - deaths)
        }
        cases = data.count
        events = data.eventCount
    }

    /// A table of counts on a grid.
    ///
    /// - Parameters:
    ///   - times: ends of the intervals, ascending.
    ///   - atRisk: cases under observation at the start of each interval, and one number more: those beyond the last.
    ///   - events: events in each interval.
    init(times: [Double], atRisk: [Int], events: [Int]) {
        precondition(atRisk.count == times.count + 1 && events.count == times.count, "one number an interval")
        rows = times.indices.filter { atRisk[$0] > 0 }.map {
            Row(
                time: times[$0], atRisk: atRisk[$0], events: events[$0],
                censored: atRisk[$0] - atRisk[$0 + 1] - events[$0])
        }
        cases = atRisk.first ?? 0
        self.events = events.reduce(0, +)
    }
}
