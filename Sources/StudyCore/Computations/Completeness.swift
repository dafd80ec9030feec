public import Federation

/// Which feature columns have a missing value at any site.
///
/// A site says of a column only *whether* it has a missing value, not in how many cases.
public struct Completeness: Computation {
    /// `study.completeness`
    public static let identifier = "study.completeness"
    let columns: Int

    /// Creates the computation for a number of columns.
    public init(columns: Int) { self.columns = columns }

    /// Number of columns.
    public struct State: Codable, Sendable, Equatable {
        /// Number of columns.
        public let columns: Int
    }

    /// The number of columns.
    public func initialState() -> State { State(columns: columns) }

    /// One count a column.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "incomplete", shape: [state.columns],
                meaning: "1 if the site has a missing value in the column, else 0; summed: number of such sites",
                discloses: "in which columns the site has any missing value")
        ]
    }

    /// Marks the site's incomplete columns.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        guard shard.featureCount == state.columns else {
            throw FederationError.wrongShape(
                block: "incomplete", expected: state.columns, found: shard.featureCount)
        }
        for column in 0..<state.columns {
            let isIncomplete = (0..<shard.count).contains { shard.features[$0 * state.columns + column].isNaN }
            sum.add(isIncomplete ? 1 : 0, at: column)
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// Positions of the columns that are complete everywhere.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Int]> {
        .done(try sum.values("incomplete").enumerated().filter { $0.element == 0 }.map(\.offset))
    }
}
