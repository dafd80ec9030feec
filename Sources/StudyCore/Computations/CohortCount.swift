public import Federation

/// Cases and events over all sites.
public struct CohortCount: Computation {
    /// `study.census`
    public static let identifier = "study.census"

    /// Creates the computation.
    public init() {}

    /// Nothing to tell the sites.
    public struct State: Codable, Sendable, Equatable {}

    /// Nothing to tell the sites.
    public func initialState() -> State { State() }

    /// Cases and events.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "cases", shape: [2], meaning: "cases with a known outcome, and events among them",
                discloses: "the size of the site's cohort and its number of events")
        ]
    }

    /// Counts the site's cases.
    public func contribute(_ shard: CensusData, to state: State) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        sum.add(Double(shard.cases), at: 0)
        sum.add(Double(shard.events), at: 1)
        return Contribution(blocks: [try sum.block()])
    }

    /// Cases and events of all sites.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, (cases: Int, events: Int)>
    {
        let counts = try sum.values("cases")
        return .done((Int(counts[0]), Int(counts[1])))
    }
}
