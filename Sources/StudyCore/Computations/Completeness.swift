public import Federation
import LocalHarmonisation

/// Which feature columns have a missing value, or are constant within a batch, at any site.
///
/// A site says of a column only *whether* it is unusable, not in how many cases. Where a study puts something in place of missing
/// values, columns are told apart that are unusable for that reason alone; where it harmonises they must have enough values in each
/// batch, vary there, and differ from the others in no row or in enough (`GapFloors`).
public struct Completeness: Computation {
    /// `study.completeness`
    public static let identifier = "study.completeness"
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - columns: number of columns.
    ///   - withinBatches: whether a column must vary within each batch, as harmonisation needs it.
    ///   - keepsGaps: whether columns with gaps are wanted too.
    ///   - minimum: fewest values that a wanted column with gaps has in each batch.
    ///   - cell: fewest rows of a batch in which the gaps of columns differ.
    public init(
        columns: Int, withinBatches: Bool, keepsGaps: Bool = false, minimum: Int? = nil, cell: Int? = nil
    ) {
        specification = State(
            columns: columns, withinBatches: withinBatches, keepsGaps: keepsGaps ? true : nil,
            minimum: keepsGaps ? minimum : nil, cell: keepsGaps ? cell : nil)
    }

    /// What is asked.
    public struct State: Codable, Sendable, Equatable {
        /// Number of columns.
        public let columns: Int
        /// Whether a column must vary within each batch.
        public let withinBatches: Bool
        /// Whether columns with gaps are wanted too; nil: no.
        public let keepsGaps: Bool?
        /// Fewest values of a column with gaps in each batch; nil for any number.
        public let minimum: Int?
        /// Fewest rows of a batch in which the gaps of columns differ; nil for any number.
        public let cell: Int?

        /// The same with floors of the site's own where the study harmonises.
        func raised(minimum floor: Int, cell floorOfCell: Int) -> State {
            State(
                columns: columns, withinBatches: withinBatches, keepsGaps: keepsGaps,
                minimum: minimum.map { max($0, floor) }, cell: cell.map { max($0, floorOfCell) })
        }
    }

    /// Positions of the columns that can be used.
    public struct Columns: Sendable, Equatable {
        /// Without a gap anywhere.
        public let complete: [Int]
        /// With a gap somewhere, where such columns are wanted.
        public let withGaps: [Int]
    }

    /// What is asked.
    public func initialState() -> State { specification }

    /// One count a column; two where columns with gaps are wanted.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "incomplete", shape: [state.columns],
                meaning:
                    "1 if the column has a missing value (or, where the study harmonises, is constant within a batch) at the "
                    + "site; summed: sites",
                discloses: "which columns are unusable at the site")
        ]
            + (state.keepsGaps != true
                ? []
                : [
                    .counts(
                        "without_gaps", shape: [state.columns],
                        meaning:
                            "1 if the column is unusable at the site for another reason than a missing value (or, where the study "
                            + "harmonises, has too few values in a batch, or gaps that differ from other columns' in too few rows); summed: sites",
                        discloses:
                            "which columns are constant, nearly without values in a batch, or infinite at the site")
                ])
    }

    /// Marks the site's incomplete columns.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        var sums = blocks(for: state).map(ExactSum.init)
        guard shard.featureCount == state.columns else {
            throw FederationError.wrongShape(
                block: "incomplete", expected: state.columns, found: shard.featureCount)
        }
        var floors = state.cell.map { GapFloors(batch: shard.batch, minimum: $0) }
        for column in 0..<state.columns {
            let isIncomplete = Self.isUnusable(shard, column: column, withinBatches: state.withinBatches)
            sums[0].add(isIncomplete ? 1 : 0, at: column)
            if state.keepsGaps == true {
                var isWanted = isIncomplete && Self.hasOnlyGaps(shard, column: column, state)
                if isWanted, let told = floors?.tells({ !shard.features[$0 * shard.featureCount + column].isNaN }) {
                    isWanted = told
                }
                sums[1].add(isIncomplete && !isWanted ? 1 : 0, at: column)
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    private static func hasOnlyGaps(_ table: CaseTable, column: Int, _ state: State) -> Bool {
        let values = (0..<table.count).map { table.features[$0 * table.featureCount + column] }
        guard values.contains(where: \.isNaN), !values.contains(where: \.isInfinite) else { return false }
        guard let minimum = state.minimum else { return true }
        return Dictionary(grouping: values.indices) { table.batch[$0] }.values.allSatisfy { rows in
            let present = rows.map { values[$0] }.filter { !$0.isNaN }
            return present.count >= minimum && (!state.withinBatches || present.contains { $0 != present[0] })
        }
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
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Columns> {
        let incomplete = try sum.values("incomplete")
        let complete = incomplete.indices.filter { incomplete[$0] == 0 }
        guard state.keepsGaps == true else { return .done(Columns(complete: complete, withGaps: [])) }
        let others = try sum.values("without_gaps")
        return .done(
            Columns(complete: complete, withGaps: incomplete.indices.filter { incomplete[$0] > 0 && others[$0] == 0 }))
    }
}
