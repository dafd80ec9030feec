public import Federation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Mid-ranks and the area under the ROC curve of each feature, from the counts by class at the points of a public grid.
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

        /// Creates a grid.
        public init(columns: [String], points: [[Double]]) {
            precondition(columns.count == points.count, "points for each feature")
            precondition(
                points.allSatisfy { !$0.isEmpty && zip($0, $0.dropFirst()).allSatisfy(<) }, "ascending points")
            self.columns = columns
            self.points = points
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
    }

    /// The ranks of the points.
    public struct Result: Sendable, Equatable, Codable {
        /// The points.
        public let grid: Grid
        /// Mid-rank, from 1, of the cases at each point of each feature.
        public let midRanks: [[Double]]
        /// Share of pairs of an event and a non-event in which the event has the higher value, ties half; empty where all cases are of
        /// one class.
        public let areas: [Double]
        /// Two-sided p of the Mann-Whitney test: normal approximation with ties and continuity, as scipy's asymptotic one; 1 for a constant feature; empty as `areas`.
        public let pValues: [Double]
        /// Number of cases.
        public let cases: Int

        /// The table with mid-ranks in place of values.
        ///
        /// - Throws: `LearningError.columnsDiffer`.
        public func ranks(_ table: CaseTable) throws(LearningError) -> CaseTable {
            try table.requireColumns(grid.columns)
            var output = table
            let p = table.featureCount
            for row in 0..<table.count {
                for column in 0..<p {
                    let place = row * p + column
                    output.features[place] = midRanks[column][grid.place(table.features[place], column: column)]
                }
            }
            return output
        }
    }

    /// The grid.
    public func initialState() -> Grid { specification }

    /// Counts by class.
    public func blocks(for state: Grid) -> [BlockSpecification] {
        [
            .counts(
                "class_cases", shape: [2, max(1, state.points.reduce(0) { $0 + $1.count })],
                meaning: "non-events, then events at each point of the grid of each feature",
                discloses: "the site's histogram of each feature by class; use a grid that holds enough cases")
        ]
    }

    /// Counts over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.missingValues`.
    public func contribute(_ shard: CaseTable, to state: Grid) throws -> Contribution {
        try shard.requireColumns(state.columns)
        try shard.requireFiniteFeatures()
        let specification = blocks(for: state)[0]
        var words = [Int128](repeating: 0, count: specification.count)
        let width = specification.count / 2
        let groups = try shard.outcome.map(LearningError.group)
        let p = shard.featureCount
        var start = 0
        for column in 0..<p {
            for row in 0..<shard.count {
                let place = state.place(shard.features[row * p + column], column: column)
                words[groups[row] * width + start + place] += 1
            }
            start += state.points[column].count
        }
        return Contribution(blocks: [try Block(specification: specification, words: words)])
    }

    /// Ranks and areas.
    ///
    /// - Throws: `LearningError.oneClass` without a case.
    public func next(after state: Grid, sum: Contribution) throws -> ComputationStep<Grid, Result> {
        let counts = try sum.values("class_cases")
        let width = counts.count / 2
        var (ranks, areas, pValues): ([[Double]], [Double], [Double]) = ([], [], [])
        var start = 0
        var cases = 0.0
        for points in state.points {
            let others = counts[start..<start + points.count]
            let events = counts[width + start..<width + start + points.count]
            let column = Column(others: Array(others), events: Array(events))
            guard column.eventCount + column.otherCount > 0 else { throw LearningError.oneClass }
            ranks.append(column.midRanks)
            if column.eventCount > 0, column.otherCount > 0 {
                areas.append(column.area)
                pValues.append(column.pValue)
            }
            cases = column.eventCount + column.otherCount
            start += points.count
        }
        return .done(Result(grid: state, midRanks: ranks, areas: areas, pValues: pValues, cases: Int(cases)))
    }

    /// Counts of one feature.
    private struct Column {
        private(set) var midRanks: [Double] = []
        private(set) var eventCount = 0.0
        private(set) var otherCount = 0.0
        private var rankSum = 0.0
        private var ties = 0.0

        init(others: [Double], events: [Double]) {
            var below = 0.0
            for (other, event) in zip(others, events) {
                let own = other + event
                let rank = below + (own + 1) / 2
                midRanks.append(rank)
                rankSum += event * rank
                ties += own * own * own - own
                below += own
                eventCount += event
                otherCount += other
            }
        }

        /// Mann-Whitney U of the events.
        private var statistic: Double { rankSum - eventCount * (eventCount + 1) / 2 }

        var area: Double { statistic / (eventCount * otherCount) }

        var pValue: Double {
            let n = eventCount + otherCount
            let pairs = eventCount * otherCount
            let variance = pairs / 12 * (n + 1 - ties / (n * (n - 1)))
            guard variance > 0 else { return 1 }
            let distance = max(0, (statistic - pairs / 2).magnitude - 0.5)
            return min(1, erfc(distance / variance.squareRoot() / 2.0.squareRoot()))
        }
    }
}
