public import Federation

/// Which feature columns have a missing value, or are constant within a batch, at any site.
///
/// A site says of a column only *whether* it is unusable, not in how many cases.
public struct Completeness: Computation {
    /// `study.completeness`
    public static let identifier = "study.completeness"
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - columns: number of columns.
    ///   - withinBatches: whether a column must vary within each batch, as harmonisation needs it.
    public init(columns: Int, withinBatches: Bool) {
        specification = State(columns: columns, withinBatches: withinBatches)
    }

    /// What is asked.
    public struct State: Codable, Sendable, Equatable {
        /// Number of columns.
        public let columns: Int
        /// Whether a column must vary within each batch.
        public let withinBatches: Bool
    }

    /// What is asked.
    public func initialState() -> State { specification }

    /// One count a column.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "incomplete", shape: [state.columns],
                meaning:
                    "1 if the column has a missing value (or, where the study harmonises, is constant within a batch) at the "
                    + "site; summed: sites",
                discloses: "which columns are unusable at the site")
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
            let isIncomplete = Self.isUnusable(shard, column: column, withinBatches: state.withinBatches)
            sum.add(isIncomplete ? 1 : 0, at: column)
        }
        return Contribution(blocks: [try sum.block()])
    }

    private static func isUnusable(_ table: CaseTable, column: Int, withinBatches: Bool) -> Bool {
        let p = table.featureCount
        var first: [String: Double] = [:]
        var varying: Set<String> = []
        for row in 0..<table.count {
            let value = table.features[row * p + column]
            guard value.isFinite else { return true }
            if let known = first[table.batch[row]] {
                if known != value { varying.insert(table.batch[row]) }
            } else {
                first[table.batch[row]] = value
            }
        }
        return withinBatches && varying.count < first.count
    }

    /// Positions of the columns that are usable everywhere.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Int]> {
        .done(try sum.values("incomplete").enumerated().filter { $0.element == 0 }.map(\.offset))
    }
}
