import Federation
import Validation

/// Cases and events of the training and of the external sites that the drop is about; each site's own AUC on them comes beside.
struct DropCohort: Computation {
    /// `validation.drop-cohort`
    static let identifier = "validation.drop-cohort"

    /// Nothing to tell the sites: the protocol says which score.
    struct State: Codable, Sendable, Equatable {}

    /// A site's cases.
    struct Shard: Sendable {
        let cases: ScoredCases
        let isTraining: Bool
    }

    func initialState() -> State { State() }

    func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "group_cases", shape: [2, 2],
                meaning: "cases and events with the score of the drop, of training and of external sites",
                discloses: "the site's number of such cases and of events")
        ]
    }

    func contribute(_ shard: Shard, to state: State) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        let place = shard.isTraining ? 0 : 2
        sum.add(Double(shard.cases.count), at: place)
        sum.add(Double(shard.cases.outcome.count { $0 == 1 }), at: place + 1)
        return Contribution(blocks: [try sum.block()])
    }

    /// Cases and events of both groups.
    func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Int]> {
        .done(try sum.values("group_cases").map { Int($0) })
    }
}
