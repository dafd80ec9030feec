public import Federation

/// Edges that divide the pooled values of each feature into cells of about equal numbers, in up to six rounds of counts: equal
/// cells over 16 standard deviations first, then full cells are divided, and at the end cells with few cases are joined.
///
/// Of a batch only groups of cells are counted, of no case, or of four times the minimum of cases, or a quarter of the batch
/// where that is less, but never fewer than the minimum. A group that was told is divided in later rounds into groups as large, never shifted,
/// so that no two rounds differ by fewer cases (`FlooredCuts`). A batch must lie wholly within one shard.
public struct HistogramEdges: BatchwiseComputation {
    /// `harmonisation.histogram-edges`
    public static let identifier = "harmonisation.histogram-edges"
    /// Cells of the first round.
    static let firstCells = 64
    /// Most rounds of counts; a value that many cases share would take more and more.
    static let rounds = 6
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - means: pooled mean of each feature, from `PooledMoments`.
    ///   - deviations: pooled standard deviation of each; 0 for one that does not vary, which gets one cell.
    ///   - cells: most cells of a feature at the end.
    ///   - minimum: fewest pooled cases of a cell at the end.
    public init(features: [String], means: [Double], deviations: [Double], cells: Int, minimum: Int) {
        precondition(means.count == features.count && deviations.count == features.count, "moments of each feature")
        precondition(cells > 1 && minimum > 0, "two cells at least, and a case in each")
        let edges = zip(means, deviations).map { mean, deviation -> [Double] in
            guard deviation > 0 else { return [] }
            let step = 16 * deviation / Double(Self.firstCells - 2)
            return Self.ascending((0..<(Self.firstCells - 1)).map { mean - 8 * deviation + Double($0) * step })
        }
        specification = State(
            features: features, edges: edges, rounds: edges.map { $0.map { _ in 1 } }, cells: cells, minimum: minimum,
            round: 1)
    }

    /// The edges so far.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let features: [String]
        /// Ascending edges of each feature.
        public let edges: [[Double]]
        /// Round in which each edge came.
        public let rounds: [[Int]]
        /// Most cells of a feature at the end.
        public let cells: Int
        /// Fewest pooled cases of a cell at the end.
        public let minimum: Int
        /// Number of the round, from 1.
        public let round: Int

        /// Cuts of a batch's histogram of a feature, those of each round within those of the rounds before.
        ///
        /// - Parameter cells: the batch's cases in each cell.
        func cuts(of column: Int, _ cells: [Int]) -> FlooredCuts {
            let total = cells.reduce(0, +)
            let least = max(minimum, min(4 * minimum, (total + 3) / 4))
            var cuts = FlooredCuts(cells)
            for round in 1...max(self.round, 1) {
                cuts.cut(
                    at: rounds[column].indices.filter { rounds[column][$0] == round }, minimum: least, allowsEmpty: true
                )
            }
            return cuts
        }

        /// Whether each edge has a round up to this one, of which there are few.
        var isComplete: Bool {
            edges.count == features.count && edges.map(\.count) == rounds.map(\.count)
                && round <= HistogramEdges.rounds + 1
                && rounds.allSatisfy { $0.allSatisfy { 1...max(round, 1) ~= $0 } }
                && edges.allSatisfy { edges in zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 } }
        }
    }

    /// The edges of the cells, and all that were tried.
    public struct Result: Codable, Sendable, Equatable {
        /// Ascending edges of each feature.
        public let edges: [[Double]]
        /// The last round, which knows what has been told of the batches.
        public let search: State
    }

    /// The first edges.
    public func initialState() -> State { specification }

    /// Counts in the cells.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .unitScale(
                "cell_cases", shape: [state.edges.reduce(0) { $0 + $1.count + 1 }],
                meaning: "cases of each batch in groups of cells of each feature, spread evenly over a group's cells",
                discloses: "the histogram of each batch in groups of \(state.minimum) cases or more")
        ]
    }

    /// Counts the values of the site's batches.
    ///
    /// - Throws: `HarmonisationError` naming the columns, `.batchTooSmall`.
    public func contribute(_ source: some RowSource, to state: State) throws -> Contribution {
        try source.requireColumns(features: state.features, covariates: source.covariateNames)
        try source.requireFiniteFeatures()
        guard state.isComplete, state.minimum > 0 else { throw HarmonisationError.columnsDiffer("(edges)") }
        var sum = ExactSum(blocks(for: state)[0])
        for (place, batch) in source.batches.enumerated() {
            guard batch.rows >= state.minimum else {
                throw HarmonisationError.batchTooSmall(cases: batch.rows, minimum: state.minimum)
            }
            var start = 0
            for (column, cells) in try source.cells(of: place, edges: state.edges).enumerated() {
                for group in state.cuts(of: column, cells).groups where group.cases > 0 {
                    let share = Double(group.cases) / Double(group.cells.count)
                    for cell in group.cells { sum.add(share, at: start + cell) }
                }
                start += cells.count
            }
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// Finer edges, or the last ones.
    ///
    /// - Throws: `HarmonisationError.noCases`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let counts = try sum.values("cell_cases")
        var start = 0
        var found: [(edges: [Double], cells: [Double], target: Double)] = []
        for own in state.edges {
            let cells = Array(counts[start..<start + own.count + 1])
            start += own.count + 1
            let total = cells.reduce(0, +)
            guard total > 0 else { throw HarmonisationError.noCases }
            found.append((own, cells, max(total / Double(state.cells), Double(state.minimum))))
        }
        let isEven = found.allSatisfy { own in own.cells.dropFirst().dropLast().allSatisfy { $0 <= own.target } }
        guard !isEven, state.round < Self.rounds else {
            return .done(
                Result(edges: found.map { Self.joined($0.edges, $0.cells, least: $0.target) }, search: state))
        }
        var (edges, rounds): ([[Double]], [[Int]]) = ([], [])
        for (own, before) in zip(found, state.rounds) {
            let known = Dictionary(uniqueKeysWithValues: zip(own.edges, before))
            edges.append(Self.ascending(own.edges + Self.dividing(own.edges, own.cells, target: own.target)))
            rounds.append(edges[edges.count - 1].map { known[$0] ?? state.round + 1 })
        }
        return .broadcast(
            State(
                features: state.features, edges: edges, rounds: rounds, cells: state.cells, minimum: state.minimum,
                round: state.round + 1))
    }

    /// The cell of a value: edge b - 1 is below it, and edge b is not.
    static func cell(of value: Double, _ edges: [Double]) -> Int {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if edges[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Edges between which there are `least` cases or more.
    private static func joined(_ edges: [Double], _ counts: [Double], least: Double) -> [Double] {
        var (kept, cases): ([Double], Double) = ([], 0)
        for (edge, count) in zip(edges, counts) {
            cases += count
            guard cases >= least else { continue }
            kept.append(edge)
            cases = 0
        }
        // The rest goes to the last cell.
        if cases + (counts.last ?? 0) < least, !kept.isEmpty { kept.removeLast() }
        return kept
    }

    /// Edges within cells with more than a quarter of the target, which they divide evenly, as many times; the ends stay open.
    private static func dividing(_ edges: [Double], _ counts: [Double], target: Double) -> [Double] {
        guard edges.count > 1 else { return [] }
        let quarter = target / 4
        return counts.enumerated().dropFirst().dropLast().flatMap { place, count -> [Double] in
            guard count > quarter else { return [] }
            let parts = Int((count / quarter).rounded(.up))
            let (lower, upper) = (edges[place - 1], edges[place])
            return (1..<parts).map { lower + (upper - lower) * Double($0) / Double(parts) }
        }
    }

    /// Distinct finite values in order.
    private static func ascending(_ values: [Double]) -> [Double] {
        var kept: [Double] = []
        for value in values.sorted() where value.isFinite && value != kept.last { kept.append(value) }
        return kept
    }
}

extension RowSource {
    /// A batch's cases in each cell of each feature.
    ///
    /// - Parameter edges: ascending edges of each feature.
    func cells(of batch: Int, edges: [[Double]]) throws -> [[Int]] {
        var cells = edges.map { [Int](repeating: 0, count: $0.count + 1) }
        let p = featureNames.count
        try forEachChunk(of: batch) { table, rows in
            for row in rows {
                for column in 0..<p {
                    cells[column][HistogramEdges.cell(of: table.features[row * p + column], edges[column])] += 1
                }
            }
        }
        return cells
    }
}
