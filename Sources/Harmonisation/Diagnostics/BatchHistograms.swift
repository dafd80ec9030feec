public import Federation

/// Histogram of each feature in each batch on common edges, in one round, with a floor: neighbouring cells of a batch are
/// joined to groups of a minimum of cases (`FlooredCounts`).
///
/// The numbers are of each batch, which is a site or a scanner: a site must have agreed that they are shown. A batch must lie
/// wholly within one shard.
public struct BatchHistograms: BatchwiseComputation {
    /// `harmonisation.batch-histograms`
    public static let identifier = "harmonisation.batch-histograms"
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - edges: ascending edges of each feature.
    ///   - search: what has been told of the batches before, from which groups keep a distance of `minimum` cases too; nil
    ///     for nothing.
    ///   - batches: public names of the batches of all sites.
    ///   - minimum: fewest cases of a group of cells, and of a batch.
    public init(
        features: [String], edges: [[Double]], search: HistogramEdges.State? = nil, batches: [String], minimum: Int
    ) {
        precondition(edges.count == features.count, "edges of each feature")
        specification = State(features: features, edges: edges, search: search, batches: batches, minimum: minimum)
    }

    /// Edges and batches.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let features: [String]
        /// Ascending edges of each feature.
        public let edges: [[Double]]
        /// What has been told before; nil for nothing.
        public let search: HistogramEdges.State?
        /// Names of the batches.
        public let batches: [String]
        /// Fewest cases of a group of cells, and of a batch.
        public let minimum: Int
    }

    /// One feature in all batches. Cell b holds the values above edge b - 1 and at or below edge b.
    public struct Feature: Sendable, Equatable, Codable {
        /// Name of the feature.
        public let feature: String
        /// Ascending edges.
        public let edges: [Double]
        /// Names of the batches.
        public let batches: [String]
        /// Cases of each batch in each cell, a group of cells at the cell of its median.
        public let counts: [[Int]]
        /// The same with a group at its lowest cell, and at its highest.
        let lowest, highest: [[Int]]

        /// Largest Kolmogorov-Smirnov distance between two batches at the edges.
        public var kolmogorovSmirnov: Double { ranks.distance }

        /// Standardised Anderson-Darling statistic with the values of a cell as ties.
        public var andersonDarling: Double? { ranks.andersonDarling }

        private var ranks: RankComparison {
            var comparison = RankComparison(sizes: counts.map { $0.reduce(0, +) })
            for cell in 0...edges.count { comparison.add(counts.map { $0[cell] }) }
            return comparison
        }

        /// The groups of cells in which a batch's cases are told, ascending.
        ///
        /// - Parameter batch: position among `batches`.
        /// - Returns: the first and the last cell of each group, and its cases.
        public func groups(of batch: Int) -> [(cells: ClosedRange<Int>, cases: Int)] {
            let ends = highest[batch].indices.filter { highest[batch][$0] > 0 }
            return zip(lowest[batch].indices.filter { lowest[batch][$0] > 0 }, ends).map { first, last in
                (first...last, highest[batch][last])
            }
        }

        /// Interval that holds the Kolmogorov-Smirnov distance of the values: where within its cells a group lies is not known.
        public var kolmogorovSmirnovInterval: [Double] {
            func shares(_ counts: [[Int]]) -> [[Double]] {
                counts.map { own in
                    let total = Double(own.reduce(0, +))
                    var upTo = 0
                    return own.map {
                        upTo += $0
                        return Double(upTo) / total
                    }
                }
            }
            // A distribution function is highest with all groups at their lowest cells.
            let (upper, lower) = (shares(lowest), shares(highest))
            var (least, most) = (0.0, 0.0)
            for cell in 0...edges.count {
                let ends = lower.map { cell > 0 ? $0[cell - 1] : 0 }
                for first in batches.indices {
                    for second in batches.indices where second != first {
                        least = max(least, lower[first][cell] - upper[second][cell])
                        most = max(most, upper[first][cell] - ends[second])
                    }
                }
            }
            return [least, most]
        }
    }

    /// Edges and batches.
    public func initialState() -> State { specification }

    /// Counts of each batch.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "batch_cases",
                shape: [state.batches.count, FlooredCounts.placements, state.edges.reduce(0) { $0 + $1.count + 1 }],
                meaning: "cases of each batch in groups of cells of each feature, at the lowest, median and "
                    + "highest cell of the group",
                discloses: "the histogram of each batch in groups of \(state.minimum) cases or more")
        ]
    }

    /// Counts the values of the site's batches.
    ///
    /// - Throws: `HarmonisationError` naming the columns, an unknown batch or one that is too small.
    public func contribute(_ source: some RowSource, to state: State) throws -> Contribution {
        try source.requireColumns(features: state.features, covariates: source.covariateNames)
        try source.requireFiniteFeatures()
        let positions = try source.positions(among: state.batches, minimum: state.minimum)
        guard state.edges.count == state.features.count, state.minimum > 0,
            state.search.map({ $0.isComplete && $0.features == state.features }) ?? true
        else {
            throw HarmonisationError.columnsDiffer("(edges)")
        }
        var sum = ExactSum(blocks(for: state)[0])
        let width = sum.specification.shape[2]
        for (place, position) in positions.enumerated() {
            let own = try source.cells(of: place, edges: state.edges)
            let before = try state.search.map { try source.cells(of: place, edges: $0.edges) }
            var start = 0
            for (column, cells) in own.enumerated() {
                let floored = FlooredCounts(
                    cells, try state.cuts(of: column, cells, before: before.map { $0[column] }))
                for (placement, counts) in floored.counts.enumerated() {
                    let first = (position * FlooredCounts.placements + placement) * width + start
                    for (cell, count) in counts.enumerated() where count > 0 { sum.add(count, at: first + cell) }
                }
                start += cells.count
            }
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// The histograms.
    ///
    /// - Throws: `HarmonisationError.unknownBatch` for a batch of which no site has a case.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Feature]> {
        let counts = try sum.values("batch_cases").map { Int($0) }
        let width = state.edges.reduce(0) { $0 + $1.count + 1 }
        var start = 0
        var features: [Feature] = []
        for (feature, edges) in zip(state.features, state.edges) {
            func placed(_ placement: Int) -> [[Int]] {
                state.batches.indices.map { batch in
                    let first = (batch * FlooredCounts.placements + placement) * width + start
                    return Array(counts[first..<first + edges.count + 1])
                }
            }
            let own = placed(1)
            if let empty = own.firstIndex(where: { $0.allSatisfy { $0 == 0 } }) {
                throw HarmonisationError.unknownBatch(state.batches[empty])
            }
            features.append(
                Feature(
                    feature: feature, edges: edges, batches: state.batches, counts: own, lowest: placed(0),
                    highest: placed(2)))
            start += edges.count + 1
        }
        return .done(features)
    }
}

extension BatchHistograms.State {
    /// Cuts of a batch's histogram of a feature.
    ///
    /// - Parameters:
    ///   - cells: the batch's cases in each cell.
    ///   - before: its cases in the cells of the search.
    /// - Throws: `HarmonisationError.columnsDiffer` for an edge that the search does not have.
    fileprivate func cuts(of column: Int, _ cells: [Int], before: [Int]?) throws(HarmonisationError) -> FlooredCuts {
        var cuts = FlooredCuts(cells)
        guard let search, let before else {
            cuts.cut(at: edges[column].indices, minimum: minimum)
            return cuts
        }
        // All in terms of the edges of the search.
        let tried = search.edges[column]
        var places: [Int] = []
        for edge in edges[column] {
            let place = HistogramEdges.cell(of: edge, tried)
            guard place < tried.count, tried[place] == edge else { throw .columnsDiffer("(edges)") }
            places.append(place)
        }
        var finer = FlooredCuts(before)
        finer.cut(at: places, minimum: minimum, told: search.cuts(of: column, before).edges, least: minimum)
        let accepted = Set(finer.edges)
        cuts.cut(at: places.indices.filter { accepted.contains(places[$0]) }, minimum: minimum)
        return cuts
    }
}

extension RowSource {
    /// Position of each of the source's batches in a public list.
    ///
    /// - Throws: `HarmonisationError.unknownBatch`, `.batchTooSmall`.
    func positions(among names: [String], minimum: Int) throws(HarmonisationError) -> [Int] {
        var positions: [Int] = []
        for batch in batches {
            guard let position = names.firstIndex(of: batch.name) else { throw .unknownBatch(batch.name) }
            guard batch.rows >= minimum else { throw .batchTooSmall(cases: batch.rows, minimum: minimum) }
            positions.append(position)
        }
        return positions
    }
}
