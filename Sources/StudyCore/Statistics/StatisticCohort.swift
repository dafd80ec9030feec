import Federation

/// Sites that take part in a statistic, those that do not, and the cases of the former: what the pooled floors are about.
struct StatisticCohort: Computation {
    /// `statistic-cohort`
    static let identifier = "statistic-cohort"

    /// Nothing to tell the sites: the round says which statistic.
    struct State: Codable, Sendable, Equatable {}

    /// All sites.
    struct Result: Codable, Sendable, Equatable {
        /// Sites that take part.
        let sites: Int
        /// Sites that do not: too few cases, events or non-events, a stricter policy, or no consent.
        let leftOut: Int
        /// Cases of the sites that take part.
        let cases: Int
        /// Events among them; 0 for readings.
        let events: Int
    }

    func initialState() -> State { State() }

    func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "sites", shape: [2], meaning: "sites that take part in the statistic; sites that do not",
                discloses:
                    "whether the site has enough cases, events and non-events, and lets the statistic be computed"),
            .counts(
                "cases", shape: [2], meaning: "cases and events of the sites that take part",
                discloses: "the site's number of cases with the columns of the statistic, and of events"),
        ]
    }

    func contribute(_ shard: StatisticRows, to state: State) throws -> Contribution {
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(1, at: shard.takesPart ? 0 : 1)
        sums[1].add([Double(shard.count), Double(shard.events)])
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let (sites, cases) = (try sum.values("sites").map { Int($0) }, try sum.values("cases").map { Int($0) })
        return .done(Result(sites: sites[0], leftOut: sites[1], cases: cases[0], events: cases[1]))
    }
}
