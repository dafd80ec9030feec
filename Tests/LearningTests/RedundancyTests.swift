import Federation
import Learning
import LinearAlgebra
import TestKit
import Testing

/// Against mrmr_selection 0.2.8, pymrmr 0.1.11, feature-engine 1.9.4 and R caret 6.0-93 on CT radiomics of three centres.
@Suite("Redundancy", .enabled(if: Tables.hasShared, "no shared data"))
struct RedundancyTests {
    let table: CaseTable

    init() throws {
        table = try Tables.radiotherapy(try JSONFixture.shared("data/learning/04_mrmr.json")["features"].texts)
    }

    private static func correlation(_ table: CaseTable) throws -> SymmetricMatrix {
        let moments = table.moments
        return try CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations).run(on: [table]).result
    }

    /// Pearson's correlation of mid-ranks.
    private func spearman() throws -> SymmetricMatrix {
        var ranked = table
        let (n, p) = (table.count, table.featureCount)
        for column in 0..<p {
            let order = (0..<n).sorted { table.features[$0 * p + column] < table.features[$1 * p + column] }
            var start = 0
            while start < n {
                let value = table.features[order[start] * p + column]
                let end = order[start...].firstIndex { table.features[$0 * p + column] != value } ?? n
                for place in start..<end { ranked.features[order[place] * p + column] = Double(start + end - 1) / 2 }
                start = end
            }
        }
        return try Self.correlation(ranked)
    }

    @Test("F over correlation selects the 20 features of mrmr_selection in its order", arguments: ["mean", "max"])
    func quotient(name: String) throws {
        let moments = table.moments
        let t = try UnivariateFilter(centres: moments.means, scales: moments.standardDeviations).run(on: [table]).result
        let denominator = try #require(MinimumRedundancy.Denominator(rawValue: name))
        let found = MinimumRedundancy.select(
            relevance: t.map { $0 * $0 }, correlation: try Self.correlation(table), count: 20, denominator: denominator)
        let expected = try JSONFixture.shared("data/learning/04_mrmr.json")["mrmr_selection_FCQ_\(name)_K20"].texts
        #expect(found.map { table.featureNames[$0] } == expected)
        let byRounds = try MinimumRedundancyFit(
            centres: moments.means, scales: moments.standardDeviations, relevance: t.map { $0 * $0 }, count: 20,
            denominator: denominator
        ).run(on: [table])
        #expect(byRounds.result == found && byRounds.rounds == 20)
    }

    @Test("Mutual information selects the 15 features of Peng's program in its order", arguments: ["MID", "MIQ"])
    func mutualInformation(name: String) throws {
        let csv = try CSVFixture.shared("data/learning/mrmr_discretised.csv")
        let features = Array(csv.columns.dropFirst())
        let coded = CodedTable(
            features: features, codes: features.flatMap { csv.numbers($0).map { UInt8($0 + 1) } },
            outcome: csv.numbers(csv.columns[0]).map { $0 > 0 ? 1 : 0 })
        let scheme = try #require(MutualInformationSelection.Scheme(rawValue: name))
        let computation = MutualInformationSelection(
            features: features, binCounts: features.map { _ in 3 }, count: 15, scheme: scheme)
        let run = try computation.run(on: [coded])
        let expected = try JSONFixture.shared("data/learning/04_mrmr.json")["pymrmr_\(name)_K15"].texts
        #expect(run.result.map { features[$0] } == expected)
        #expect(run.rounds == 15)
        let parts = ShardProperty.unevenRanges(coded.count, into: 3).map { coded.selecting(Array($0)) }
        #expect(try computation.run(on: parts).result == run.result)
    }

    @Test("The rules of feature-engine and caret keep their features", arguments: [0.7, 0.9])
    func rules(threshold: Double) throws {
        let matrix = try spearman()
        func names(_ kept: [Int]) -> [String] { kept.map { table.featureNames[$0] } }
        let caret = try JSONFixture.shared("data/learning/02b_caret_findCorrelation_kept.json")
        #expect(
            names(RedundancyFilter.caretExact(correlation: matrix, cutoff: threshold))
                == caret["spearman_\(threshold)_exact"].texts)
        #expect(
            names(RedundancyFilter.caretFast(correlation: matrix, cutoff: threshold))
                == caret["spearman_\(threshold)_fast"].texts)
        let json = try JSONFixture.shared("data/learning/02_spearman_filter.json")
        #expect(
            names(
                RedundancyFilter.featureEngine(
                    names: table.featureNames, correlation: matrix, threshold: threshold))
                == json["kept_alphabetical_greedy"]["spearman_\(threshold)"].texts)
    }

    @Test("Copies come last, and features without relevance never")
    func copies() {
        var matrix = SymmetricMatrix(order: 4, upper: [Double](repeating: 0.1, count: 10))
        for i in 0..<4 { matrix[i, i] = 1 }
        matrix[0, 1] = -1
        #expect(MinimumRedundancy.select(relevance: [9, 8, 1, 0], correlation: matrix, count: 9) == [0, 2, 1])
        #expect(
            MinimumRedundancy.select(relevance: [9, 8, 1, 0], correlation: matrix, count: 2, denominator: .max)
                == [0, 2])
    }

    @Test("Stability is 1 for equal selections and Nogueira's index else")
    func stability() throws {
        let names = ["a", "b", "c", "d"]
        let equal = SelectionStability(features: names, selections: [[0, 1], [0, 1], [1, 0]])
        #expect(equal.index == 1 && equal.frequencies == [1, 1, 0, 0])
        // By hand: p = (1, 1/2, 1/2, 0), s^2 = (0, 1/2, 1/2, 0), mean 1/4; k / p = 1/2.
        let half = SelectionStability(features: names, selections: [[0, 1], [0, 2]])
        #expect(half.index == 0)
        #expect(SelectionStability(features: names, selections: [[0]]).index == nil)
        #expect(SelectionStability(features: names, selections: [[], []]).index == nil)
    }
}
