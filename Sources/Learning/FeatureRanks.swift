public import Federation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Mid-ranks and the area under the ROC curve of each feature, from the counts by class at the points of a public grid, and how far those
/// of the values can be from them.
///
/// A value counts as the next point of the grid. With every distinct value in the grid ranks and areas are those of the pooled
/// cases; such a grid holds every value, so that a study uses quantiles, and the whole grid is for tables on one machine.
public struct FeatureRanks: Computation {
    /// `learning.feature-ranks`
    public static let identifier = "learning.feature-ranks"

    let specification: Grid

    /// Creates the computation.
    public init(_ grid: Grid) { specification = grid }

    /// Ascending points of each feature.
    public struct Grid: Codable, Sendable, Equatable {
        /// Names of the features.
        public let columns: [String]
        /// Ascending points, at least one a feature.
        public let points: [[Double]]
        /// Of each feature ascending positions of points whose cases may all have the point's value, which the sites are asked; nil
        /// for none.
        public let ties: [[Int]]?

        /// Creates a grid.
        public init(columns: [String], points: [[Double]], ties: [[Int]]? = nil) {
            precondition(Self.isGrid(columns, points, ties), "ascending points for each feature")
            self.columns = columns
            self.points = points
            self.ties = ties
        }

        /// Decodes a grid, which may come from outside.
        ///
        /// - Throws: `DecodingError` unless each feature has ascending points, and its ties are among them.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            columns = try container.decode([String].self, forKey: .columns)
            points = try container.decode([[Double]].self, forKey: .points)
            ties = try container.decodeIfPresent([[Int]].self, forKey: .ties)
            guard Self.isGrid(columns, points, ties) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .points, in: container, debugDescription: "ascending points for each feature")
            }
        }

        private static func isGrid(_ columns: [String], _ points: [[Double]], _ ties: [[Int]]?) -> Bool {
            columns.count == points.count
                && points.allSatisfy { !$0.isEmpty && zip($0, $0.dropFirst()).allSatisfy(<) }
                && (ties.map { ties in
                    ties.count == points.count
                        && zip(ties, points).allSatisfy { own, points in
                            own.allSatisfy(points.indices.contains) && zip(own, own.dropFirst()).allSatisfy(<)
                        }
                } ?? true)
        }

        /// Position of the point that a value counts as.
        func place(_ value: Double, column: Int) -> Int {
            let own = points[column]
            var (low, high) = (0, own.count - 1)
            while low < high {
                let middle = (low + high) / 2
                if own[middle] < value { low = middle + 1 } else { high = middle }
            }
            return low
        }

        var tieCount: Int { ties?.reduce(0) { $0 + $1.count } ?? 0 }
    }

    /// The ranks of the points.
    public struct Result: Sendable, Equatable, Codable {
        /// The points and their mid-ranks.
        public let midRanks: MidRanks
        /// Share of pairs of an event and a non-event in which the event has the higher value, ties half; empty where all cases are of
        /// one class.
        public let areas: [Double]
        /// Two-sided p of the Mann-Whitney test: normal approximation with ties and continuity, as scipy's asymptotic one; 1 for a constant feature; empty as `areas`.
        public let pValues: [Double]
        /// Number of cases.
        public let cases: Int
        /// Sum of squares of each feature's mid-ranks about their mean.
        let variations: [Double]
        /// Most of the sum of squares of the values' mid-ranks about these.
        let spreads: [Double]
        /// Most that each area of the values differs from `areas` by; empty as `areas`.
        public let areaSlacks: [Double]
        /// Smallest p of the values.
        public let smallestPValues: [Double]
        /// Largest p of the values.
        public let largestPValues: [Double]

        /// Largest angle, in radians, between each feature's centred mid-ranks and those of its values (`RankedCorrelation`).
        public var angles: [Double] {
            zip(spreads, variations).map { atan2($0.squareRoot(), $1.squareRoot()) }
        }

        /// Mean and standard deviation of each feature's mid-ranks.
        public var standardisation: Standardisation {
            Standardisation(
                columns: midRanks.grid.columns, means: variations.map { _ in Double(cases + 1) / 2 },
                standardDeviations: variations.map { ($0 / Double(cases)).squareRoot() })
        }
    }

    /// The grid.
    public func initialState() -> Grid { specification }

    /// Counts by class, and whether equal values are equal.
    public func blocks(for state: Grid) -> [BlockSpecification] {
        let counts = BlockSpecification.counts(
            "class_cases", shape: [2, max(1, state.points.reduce(0) { $0 + $1.count })],
            meaning: "non-events, then events at each point of the grid of each feature",
            discloses: "the site's histogram of each feature by class; use a grid that holds enough cases")
        guard state.tieCount > 0 else { return [counts] }
        return [
            counts,
            .counts(
                "cases_apart", shape: [state.tieCount],
                meaning: "cases at points of ties that have the point's value in single precision and not exactly",
                discloses: "how many of the site's cases that share a value in single precision share it exactly"),
        ]
    }

    /// Counts over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.missingValues`.
    public func contribute(_ shard: CaseTable, to state: Grid) throws -> Contribution {
        try shard.requireColumns(state.columns)
        try shard.requireFiniteFeatures()
        let specifications = blocks(for: state)
        var words = specifications.map { [Int128](repeating: 0, count: $0.count) }
        let width = words[0].count / 2
        let groups = try shard.outcome.map(LearningError.group)
        let p = shard.featureCount
        var (start, tieStart) = (0, 0)
        for column in 0..<p {
            let ties = state.ties?[column] ?? []
            for row in 0..<shard.count {
                let value = shard.features[row * p + column]
                let place = state.place(value, column: column)
                words[0][groups[row] * width + start + place] += 1
                if value != state.points[column][place], let tie = ties.firstIndex(of: place) {
                    words[1][tieStart + tie] += 1
                }
            }
            start += state.points[column].count
            tieStart += ties.count
        }
        return Contribution(
            blocks: try zip(specifications, words).map { try Block(specification: $0, words: $1) })
    }

    /// Ranks and areas.
    ///
    /// - Throws: `LearningError.oneClass` without a case.
    public func next(after state: Grid, sum: Contribution) throws -> ComputationStep<Grid, Result> {
        let counts = try sum.values("class_cases")
        let apart = state.tieCount > 0 ? try sum.values("cases_apart") : []
        let width = counts.count / 2
        var (start, tieStart) = (0, 0)
        let columns = state.points.indices.map { column in
            let range = start..<start + state.points[column].count
            let (others, events) = (range.map { counts[$0] }, range.map { counts[width + $0] })
            var equal = others.map { _ in 0.0 }
            for place in state.ties?[column] ?? [] {
                equal[place] = others[place] + events[place] - apart[tieStart]
                tieStart += 1
            }
            start = range.upperBound
            return RankCounts(others: others, events: events, equal: equal)
        }
        guard columns.allSatisfy({ $0.eventCount + $0.otherCount > 0 }) else { throw LearningError.oneClass }
        let both = columns.filter { $0.eventCount > 0 && $0.otherCount > 0 }
        return .done(
            Result(
                midRanks: MidRanks(grid: state, ranks: columns.map(\.midRanks)), areas: both.map(\.area),
                pValues: both.map(\.pValue), cases: columns.first.map { Int($0.eventCount + $0.otherCount) } ?? 0,
                variations: columns.map(\.variation), spreads: columns.map(\.spread),
                areaSlacks: both.map(\.areaSlack), smallestPValues: both.map(\.pBounds.lower),
                largestPValues: both.map(\.pBounds.upper)))
    }
}
