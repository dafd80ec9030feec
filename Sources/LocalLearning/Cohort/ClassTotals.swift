import Federation
import Learning

/// Numbers of non-events and events.
struct ClassTotals: Computation {
    /// `learning.class-totals`
    static let identifier = "learning.class-totals"

    /// Nothing is broadcast.
    struct State: Codable, Sendable, Equatable {}

    func initialState() -> State { State() }

    func blocks(for state: State) -> [BlockSpecification] {
        [.counts("class_cases", shape: [2], meaning: "non-events and events", discloses: "the site's prevalence")]
    }

    func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        for outcome in shard.outcome { sum.add(1, at: try LearningError.group(of: outcome)) }
        return Contribution(blocks: [try sum.block()])
    }

    func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Int]> {
        .done(try sum.values("class_cases").map { Int($0) })
    }
}
