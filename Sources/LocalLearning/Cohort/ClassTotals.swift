import Federation
import Learning

/// Numbers of non-events, of events and of sites.
struct ClassTotals: Computation {
    /// `learning.class-totals`
    static let identifier = "learning.class-totals"

    /// Nothing is broadcast.
    struct State: Codable, Sendable, Equatable {}

    func initialState() -> State { State() }

    func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts("class_cases", shape: [2], meaning: "non-events and events", discloses: "the site's prevalence"),
            .counts("sites", meaning: "1 for a site with cases", discloses: "that the site takes part"),
        ]
    }

    func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        var sums = blocks(for: state).map(ExactSum.init)
        for outcome in shard.outcome { sums[0].add(1, at: try LearningError.group(of: outcome)) }
        sums[1].add(Double(Set(shard.batch).count))
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Int]> {
        .done(try (sum.values("class_cases") + sum.values("sites")).map { Int($0) })
    }
}
