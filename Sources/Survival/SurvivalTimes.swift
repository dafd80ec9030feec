/// Follow-up of cases: time to the event or to the end of observation.
public struct SurvivalTimes: Sendable, Equatable {
    /// Time of each case, in any unit; finite and not negative.
    public let times: [Double]
    /// Whether the event happened at that time.
    public let events: [Bool]

    /// Creates follow-up; an event flag for each time.
    public init(times: [Double], events: [Bool]) {
        precondition(times.count == events.count, "an event flag for each time")
        self.times = times
        self.events = events
    }

    /// Number of cases.
    public var count: Int { times.count }

    /// Number of events.
    public var eventCount: Int { events.count { $0 } }

    /// The given cases, in the given order.
    public func selecting(_ rows: [Int]) -> SurvivalTimes {
        SurvivalTimes(times: rows.map { times[$0] }, events: rows.map { events[$0] })
    }

    /// Cases in the order of time, those of the same time together.
    func byTime() -> [[Int]] {
        var groups: [[Int]] = []
        for row in times.indices.sorted(by: { (times[$0], $0) < (times[$1], $1) }) {
            if let last = groups.last, times[last[0]] == times[row] {
                groups[groups.count - 1].append(row)
            } else {
                groups.append([row])
            }
        }
        return groups
    }

    /// Kaplan-Meier estimate that a case is not censored just before its time, deaths of the same time being at risk no
    /// longer: the weights of inverse probability of censoring.
    func uncensoredBefore() -> [Double] {
        var output = [Double](repeating: 1, count: count)
        var probability = 1.0
        var atRisk = count
        for group in byTime() {
            for row in group { output[row] = probability }
            let deaths = group.count { events[$0] }
            let censored = group.count - deaths
            if censored > 0 { probability *= 1 - Double(censored) / Double(atRisk - deaths) }
            atRisk -= group.count
        }
        return output
    }
}
