public import Federation

/// Edges that divide the pooled values of each feature into cells of about equal numbers, in up to eight rounds of counts:
/// equal cells over 16 standard deviations first, then full cells are divided and empty ones joined.
public struct HistogramEdges: Computation {
    /// `harmonisation.histogram-edges`
    public static let identifier = "harmonisation.histogram-edges"
    /// Cells of the first round.
    static let firstCells = 64
    /// Most rounds of counts; a value that many cases share would take more and more.
    static let rounds = 8
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
        specification = State(features: features, edges: edges, cells: cells, minimum: minimum, round: 1)
    }

    /// The edges so far.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let features: [String]
        /// Ascending edges of each feature.
        public let edges: [[Double]]
        /// Most cells of a feature at the end.
        public let cells: Int
        /// Fewest pooled cases of a cell at the end.
        public let minimum: Int
        /// Number of the round, from 1.
        public let round: Int
    }

    /// The first edges.
    public func initialState() -> State { specification }

    /// Counts in the cells.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "cell_cases", shape: [state.edges.reduce(0) { $0 + $1.count + 1 }],
                meaning: "cases in each cell of each feature", discloses: "the site's histogram of each feature")
        ]
    }

    /// Counts the site's values; the rows may be divided in any way.
    ///
    /// - Throws: `HarmonisationError` naming the columns.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        try shard.requireColumns(features: state.features, covariates: shard.covariateNames)
        try shard.requireFiniteFeatures()
        var sum = ExactSum(blocks(for: state)[0])
        let p = state.features.count
        var start = 0
        for (column, edges) in state.edges.enumerated() {
            for row in 0..<shard.count {
                sum.add(1, at: start + Self.cell(of: shard.features[row * p + column], edges))
            }
            start += edges.count + 1
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// Finer edges, or the last ones.
    ///
    /// - Throws: `HarmonisationError.noCases`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [[Double]]> {
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
            return .done(found.map { Self.joined($0.edges, $0.cells, least: $0.target) })
        }
        return .broadcast(
            State(
                features: state.features,
                edges: found.map { Self.divided($0.edges, $0.cells, target: $0.target) }, cells: state.cells,
                minimum: state.minimum, round: state.round + 1))
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

    /// Cells with more than a quarter of the target are divided evenly, as many times; the ends stay open.
    private static func divided(_ edges: [Double], _ counts: [Double], target: Double) -> [Double] {
        guard edges.count > 1 else { return edges }
        let quarter = target / 4
        let coarse = joined(edges, counts, least: quarter)
        var finer = coarse
        for (place, count) in counts.enumerated().dropFirst().dropLast() where count > quarter {
            let parts = Int((count / quarter).rounded(.up))
            let (lower, upper) = (edges[place - 1], edges[place])
            finer += [lower, upper]
            finer += (1..<parts).map { lower + (upper - lower) * Double($0) / Double(parts) }
        }
        return ascending(finer)
    }

    /// Distinct finite values in order.
    private static func ascending(_ values: [Double]) -> [Double] {
        var kept: [Double] = []
        for value in values.sorted() where value.isFinite && value != kept.last { kept.append(value) }
        return kept
    }
}
