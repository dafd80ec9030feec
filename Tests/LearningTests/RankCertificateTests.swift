import Federation
import Foundation
import Learning
import LinearAlgebra
import Statistics
import TestKit
import Testing

/// What bins tell of ranks, against every order of the cases within the bins.
@Suite("Certificates of binned ranks")
struct RankCertificateTests {
    /// A feature in bins: the values of its cases, which all other orders within the bins permute.
    private struct Binned {
        let bins: [Int]
        let points: [Double]

        /// Bin b has the values 10 b + 1 to 10 b + 9.
        init(_ bins: [Int]) {
            self.bins = bins
            points = Set(bins).sorted().map { Double(10 * $0 + 9) }
        }

        /// Values of every order within the bins, with distinct values or, for `ties`, all patterns of equal ones too.
        func orders(ties: Bool) -> [[Double]] {
            var found: [[Double]] = [[Double](repeating: 0, count: bins.count)]
            for bin in Set(bins).sorted() {
                let rows = bins.indices.filter { bins[$0] == bin }
                let choices = RankCertificateTests.placements(rows.count, ties: ties)
                found = found.flatMap { values in
                    choices.map { choice in
                        var own = values
                        for (row, place) in zip(rows, choice) { own[row] = Double(10 * bin + 1 + place) }
                        return own
                    }
                }
            }
            return found
        }
    }

    /// Every way to give `count` cases places: permutations, or all functions.
    private static func placements(_ count: Int, ties: Bool) -> [[Int]] {
        (0..<count).reduce([[]]) { found, _ in
            found.flatMap { own in (0..<count).filter { ties || !own.contains($0) }.map { own + [$0] } }
        }
    }

    private static func table(_ columns: [[Double]], outcome: [Double]) -> CaseTable {
        CaseTable(
            featureNames: columns.indices.map { "f\($0)" },
            features: outcome.indices.flatMap { row in columns.map { $0[row] } }, outcome: outcome,
            batch: outcome.map { _ in "a" })
    }

    private static func ranks(
        _ columns: [[Double]], points: [[Double]], outcome: [Double]
    ) throws -> FeatureRanks.Result {
        let grid = FeatureRanks.Grid(columns: columns.indices.map { "f\($0)" }, points: points)
        return try FeatureRanks(grid).run(on: [table(columns, outcome: outcome)]).result
    }

    private static func correlation(_ found: FeatureRanks.Result, _ table: CaseTable) throws -> SymmetricMatrix {
        let moments = found.standardisation
        return try CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations)
            .run(on: [found.midRanks.apply(to: table)]).result
    }

    /// Ranks and correlations of the values.
    private static func exact(
        _ columns: [[Double]], outcome: [Double]
    ) throws -> (FeatureRanks.Result, SymmetricMatrix) {
        let found = try ranks(columns, points: columns.map { Set($0).sorted() }, outcome: outcome)
        return (found, try correlation(found, table(columns, outcome: outcome)))
    }

    private static func bounded(_ features: [Binned], outcome: [Double]) throws -> RankedCorrelation {
        let columns = features.map { $0.orders(ties: false)[0] }
        let found = try ranks(columns, points: features.map(\.points), outcome: outcome)
        return RankedCorrelation(
            try correlation(found, table(columns, outcome: outcome)), angles: found.angles)
    }

    private static let outcome: [Double] = [0, 1, 1, 0, 1, 0, 1, 1]

    @Test(
        "The correlation of every order within the bins, ties included, lies in the interval",
        arguments: [
            ([0, 0, 0, 1, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2, 2, 2]),
            ([0, 1, 0, 1, 0, 1, 1, 0], [0, 0, 1, 1, 1, 2, 2, 2]),
            ([2, 2, 2, 1, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 2, 2]),
            ([0, 0, 0, 0, 1, 2, 3, 4], [4, 0, 3, 1, 2, 0, 1, 2]),
        ])
    func enumerated(first: [Int], second: [Int]) throws {
        let features = [Binned(first), Binned(second)]
        let bounds = try Self.bounded(features, outcome: Self.outcome)
        var (least, most) = (1.0, -1.0)
        let ties = first.count { $0 == 0 } < 4
        for a in features[0].orders(ties: ties) {
            let b = features[1].orders(ties: false)
            // All orders of one beside a sample of the other's.
            for place in stride(from: 0, to: b.count, by: 17) {
                let rho = try Self.exact([a, b[place]], outcome: Self.outcome).1[0, 1]
                (least, most) = (min(least, rho), max(most, rho))
            }
        }
        #expect(least >= bounds.lower[0, 1] && most <= bounds.upper[0, 1])
        // The interval is of these orders: they fill most of it.
        #expect(most - least > 0.4 * (bounds.upper[0, 1] - bounds.lower[0, 1]))
    }

    @Test("Opposite orders within the same bins reach the lower bound")
    func attained() throws {
        let bins = [0, 0, 0, 1, 1, 1, 1, 2]
        let bounds = try Self.bounded([Binned(bins), Binned(bins)], outcome: Self.outcome)
        let (up, down) = ([1.0, 2, 3, 11, 12, 13, 14, 21], [3.0, 2, 1, 14, 13, 12, 11, 21])
        let rho = try Self.exact([up, down], outcome: Self.outcome).1[0, 1]
        // The angle between equal ranks is known to 2e-8.
        #expect(abs(bounds.lower[0, 1] - rho) < 3e-8)
        #expect(bounds.upper[0, 1] > 1 - 1e-9)
    }

    @Test("Nothing is known of a feature in one bin; all is where each bin is one value")
    func extremes() throws {
        let one = try Self.bounded(
            [Binned([0, 0, 0, 0, 0, 0, 0, 0]), Binned([0, 0, 0, 1, 1, 1, 2, 2])], outcome: Self.outcome)
        #expect(one.lower[0, 1] <= -1 + 1e-9 && one.upper[0, 1] >= 1 - 1e-9)
        let values: [[Double]] = [[1, 1, 1, 2, 2, 2, 2, 3], [5, 5, 0, 0, 0, 5, 5, 5]]
        let grid = FeatureRanks.Grid(
            columns: ["f0", "f1"], points: [[1, 2, 3], [0, 5]], ties: [[0, 1, 2], [0, 1]])
        let table = Self.table(values, outcome: Self.outcome)
        let found = try FeatureRanks(grid).run(on: [table]).result
        #expect(found.angles == [0, 0] && found.areaSlacks == [0, 0])
        #expect(found.smallestPValues == found.pValues && found.largestPValues == found.pValues)
        let bounds = RankedCorrelation(try Self.correlation(found, table), angles: found.angles)
        let exact = try Self.exact(values, outcome: Self.outcome).1
        #expect(abs(bounds.lower[0, 1] - exact[0, 1]) < 2e-12 && abs(bounds.upper[0, 1] - exact[0, 1]) < 2e-12)
    }

    @Test("A case that has the point's value in single precision alone takes the certainty from its cell")
    func apart() throws {
        var values: [[Double]] = [[1, 1, 1, 2, 2, 2, 2, 3]]
        values[0][0] = 1 - 1e-12
        let grid = FeatureRanks.Grid(columns: ["f0"], points: [[1, 2, 3]], ties: [[0, 1]])
        let table = Self.table(values, outcome: Self.outcome)
        let found = try FeatureRanks(grid).run(on: [table]).result
        let parts = [table.selecting(rows: [3, 5, 7]), table.selecting(rows: [0, 1, 2, 4, 6])]
        #expect(try FeatureRanks(grid).run(on: parts).result == found)
        // Two equal cases of three: (27 - 3) / 12 less (8 - 2) / 12.
        let variation = [2, 2, 2, 5.5, 5.5, 5.5, 5.5, 8].reduce(0) { $0 + ($1 - 4.5) * ($1 - 4.5) }
        #expect(abs(found.angles[0] - atan((1.5 / variation).squareRoot())) < 1e-12)
    }

    @Test("The AUC and the p of every order within the bins lie within their bounds")
    func areas() throws {
        let feature = Binned([0, 0, 0, 1, 1, 1, 2, 2])
        let found = try Self.ranks(
            [feature.orders(ties: false)[0]], points: [feature.points], outcome: Self.outcome)
        var (least, most) = (1.0, 0.0)
        for values in feature.orders(ties: true) {
            let exact = try Self.exact([values], outcome: Self.outcome).0
            (least, most) = (min(least, exact.areas[0]), max(most, exact.areas[0]))
            #expect(exact.pValues[0] >= found.smallestPValues[0] - 1e-12)
            #expect(exact.pValues[0] <= found.largestPValues[0] + 1e-12)
        }
        #expect(abs(found.areas[0] - found.areaSlacks[0] - least) < 1e-12)
        #expect(abs(found.areas[0] + found.areaSlacks[0] - most) < 1e-12)
    }

    /// What a rule keeps by a matrix, and what bounds leave open of it.
    private struct Rule: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kept: @Sendable (SymmetricMatrix) -> [Int]
        let undecided: @Sendable (RankedCorrelation) -> [RedundancyFilter.Comparison]

        static func all(_ threshold: Double) -> [Rule] {
            let names = ["c", "a", "e", "b", "d"]
            let relevance = [3.0, 1, 5, 2, 4]
            return [
                Rule(
                    testDescription: "relevance",
                    kept: {
                        RedundancyFilter.relevanceOrdered(
                            correlation: $0, relevance: relevance, maximumCorrelation: threshold
                        ).sorted()
                    },
                    undecided: {
                        RedundancyFilter.undecided($0, relevance: relevance, maximumCorrelation: threshold)
                    }),
                Rule(
                    testDescription: "feature-engine",
                    kept: { RedundancyFilter.featureEngine(names: names, correlation: $0, threshold: threshold) },
                    undecided: { RedundancyFilter.undecidedFeatureEngine($0, names: names, threshold: threshold) }),
                Rule(
                    testDescription: "caret",
                    kept: { RedundancyFilter.caretExact(correlation: $0, cutoff: threshold) },
                    undecided: { RedundancyFilter.undecidedCaret($0, cutoff: threshold) }),
            ]
        }
    }

    @Test(
        "A selection that is proved is the same for all orders within the bins; one that is not differs for some",
        arguments: [0, 1, 2])
    func rules(place: Int) throws {
        var (proved, open, differing) = (0, 0, 0)
        for seed in UInt64(1)...60 {
            var generator = SeededGenerator(seed: seed)
            let n = 24
            let outcome = (0..<n).map { Double($0 % 2) }
            let shared = (0..<n).map { _ in generator.normal() }
            // Five features around one cause, or three and two others, in bins of two to four cases.
            let isCrowded = seed % 2 == 0
            let columns = (0..<5).map { column in
                shared.map {
                    isCrowded
                        ? $0 + Double(column + 1) * 0.35 * generator.normal()
                        : (column < 3 ? $0 : 0) + 0.1 * generator.normal()
                }
            }
            let points = columns.map { values in
                let sorted = values.sorted()
                let width = 2 + Int(seed % 3)
                return stride(from: width - 1, to: n - width, by: width).map { sorted[$0] } + [sorted[n - 1]]
            }
            let found = try Self.ranks(columns, points: points, outcome: outcome)
            let bounds = RankedCorrelation(
                try Self.correlation(found, Self.table(columns, outcome: outcome)), angles: found.angles)
            let rule = Rule.all(0.6)[place]
            var selections: Set<[Int]> = []
            for _ in 0..<40 {
                let shuffled = zip(columns, points).map { values, points in
                    values.map { value -> Double in
                        let bin = points.firstIndex { $0 >= value } ?? 0
                        return Double(bin) + generator.uniform()
                    }
                }
                let (_, matrix) = try Self.exact(shuffled, outcome: outcome)
                for i in 0..<5 {
                    for j in i + 1..<5 {
                        #expect(matrix[i, j] >= bounds.lower[i, j] && matrix[i, j] <= bounds.upper[i, j])
                    }
                }
                selections.insert(rule.kept(matrix))
            }
            if rule.undecided(bounds).isEmpty {
                proved += 1
                #expect(selections == [rule.kept(bounds.binned)], "seed \(seed)")
            } else {
                open += 1
                if selections.count > 1 { differing += 1 }
            }
        }
        // caret's order of means is hardly ever known.
        #expect(place == 2 || proved > 5)
        #expect(open > 5 && differing > 0)
    }

    @Test("caret's rule is proved where means lie far apart, and its comparisons are named where they do not")
    func caret() {
        var matrix = SymmetricMatrix(order: 4, upper: [Double](repeating: 0, count: 10))
        for i in 0..<4 { matrix[i, i] = 1 }
        (matrix[0, 1], matrix[0, 2], matrix[1, 2], matrix[2, 3]) = (0.95, 0.6, 0.3, 0.1)
        let narrow = RankedCorrelation(matrix, angles: [Double](repeating: 0.005, count: 4))
        #expect(RedundancyFilter.undecidedCaret(narrow, cutoff: 0.9).isEmpty)
        #expect(RedundancyFilter.caretExact(correlation: matrix, cutoff: 0.9) == [1, 2, 3])
        let wide = RankedCorrelation(matrix, angles: [Double](repeating: 0.2, count: 4))
        let open = RedundancyFilter.undecidedCaret(wide, cutoff: 0.9)
        #expect(open.contains { $0.first == 0 && $0.second == 1 })
    }

    @Test("Finer bins narrow the bounds and never widen them")
    func refined() throws {
        let halves = [0, 0, 0, 0, 1, 1, 1, 1]
        let coarse = [Binned(halves), Binned(halves), Binned([1, 1, 0, 0, 0, 1, 1, 0])]
        var bounds = try Self.bounded(coarse, outcome: Self.outcome)
        let before = bounds
        let finer = try Self.bounded(
            [Binned([0, 0, 1, 1, 2, 2, 3, 3]), Binned([1, 1, 0, 0, 2, 2, 3, 3])], outcome: Self.outcome)
        bounds.refine([0, 2], finer)
        #expect(bounds.lower[0, 1] == before.lower[0, 1] && bounds.binned[0, 1] == before.binned[0, 1])
        #expect(bounds.lower[0, 2] >= before.lower[0, 2] && bounds.upper[0, 2] <= before.upper[0, 2])
        #expect(bounds.binned[0, 2] == finer.binned[0, 1])
    }

    @Test("A grid from outside with descending points or ties beyond them is refused")
    func badGrid() throws {
        for text in [
            #"{"columns":["a"],"points":[[2,1]]}"#, #"{"columns":["a"],"points":[[]]}"#,
            #"{"columns":["a","b"],"points":[[1]]}"#, #"{"columns":["a"],"points":[[1]],"ties":[[1]]}"#,
            #"{"columns":["a"],"points":[[1]],"ties":[]}"#,
        ] {
            #expect(throws: DecodingError.self, "\(text)") {
                try JSONDecoder().decode(FeatureRanks.Grid.self, from: Data(text.utf8))
            }
        }
    }
}
