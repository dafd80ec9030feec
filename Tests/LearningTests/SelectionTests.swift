import Federation
import Learning
import LinearAlgebra
import TestKit
import Testing

@Suite("Univariate filter, correlations and redundancy")
struct SelectionTests {
    /// scipy 1.17.1 `ttest_ind` (events against non-events), agreement to the peer's own rounding.
    @Test("Student's and Welch's t are scipy's on 110 features", .enabled(if: Tables.hasShared, "no shared data"))
    func tStatistics() throws {
        let reference = try JSONFixture.shared("data/learning/03_univariate.json")
        let table = try Tables.radiotherapy(reference["features"].texts)
        let moments = table.moments
        for (statistic, name) in [(UnivariateFilter.Statistic.student, "student_t"), (.welch, "welch_t")] {
            let found = try UnivariateFilter(
                centres: moments.means, scales: moments.standardDeviations, statistic: statistic
            ).run(on: table.splitByCentre).result
            for (column, expected) in reference[name].numbers.enumerated() {
                #expect((found[column] - expected).magnitude < 1e-9, "\(name) \(table.featureNames[column])")
            }
        }
    }

    /// numpy 2.4.6 `corrcoef`.
    @Test("Pearson correlations are numpy's to 1e-13", .enabled(if: Tables.hasShared, "no shared data"))
    func correlations() throws {
        let reference = try JSONFixture.shared("data/learning/02_spearman_filter.json")["pearson_first40"].list
        let names = try JSONFixture.shared("data/learning/03_univariate.json")["features"].texts.prefix(40)
        let table = try Tables.radiotherapy(Array(names))
        let moments = table.moments
        let found = try CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations)
            .run(on: table.splitByCentre).result
        for row in 0..<40 {
            let expected = reference[row].numbers
            for column in 0..<40 { #expect((found[row, column] - expected[column]).magnitude < 1e-13) }
        }
    }

    @Test("Sums of both have the same bits with 1, 2, 3 and 7 sites")
    func shards() throws {
        let table = try Tables.synthetic()
        let moments = table.moments
        let filter = UnivariateFilter(centres: moments.means, scales: moments.standardDeviations)
        #expect(try ShardProperty.differences(filter, shard: table, split: { $0.splitByRow($1) }) == [])
        let correlation = CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations)
        #expect(try ShardProperty.differences(correlation, shard: table, split: { $0.splitByRow($1) }) == [])
    }

    @Test("The fast sum of products has the bits of ExactSum, large and tiny terms included")
    func exactBits() throws {
        var table = try Tables.synthetic()
        // Rows of ordinary, tiny and huge z-scores.
        for row in 0..<table.count {
            let unit = Double(sign: .plus, exponent: [0, -40, 5, -9, -12][row % 5], significand: 1)
            for column in 0..<4 { table.features[row * 4 + column] *= unit }
        }
        let centres = table.moments.means
        let scales = [Double](repeating: 3, count: 4)
        let computation = CorrelationMatrix(centres: centres, scales: scales)
        let contribution = try computation.contribute(table, to: computation.initialState())
        var expected = ExactSum(computation.blocks(for: computation.initialState())[1])
        var hasLarge = false
        for row in 0..<table.count {
            let z = (0..<4).map { (table.features[row * 4 + $0] - centres[$0]) * (1 / 3.0) }
            hasLarge = hasLarge || z.contains { $0.magnitude > 90 }
            var position = 0
            for i in 0..<4 {
                for j in i..<4 {
                    expected.add(z[i] * z[j], at: position)
                    position += 1
                }
            }
        }
        #expect(hasLarge)
        #expect(try contribution["cross_product"] == expected.block())
    }

    @Test("A feature that separates the classes without spread is the most relevant, a constant one is not relevant")
    func degenerateFeatures() throws {
        let outcome = [0.0, 0, 0, 1, 1]
        let table = CaseTable(
            featureNames: ["marker", "constant", "noise"],
            features: outcome.enumerated().flatMap { [$1 * 4 + 1, 7, Double($0 * $0 % 3)] }, outcome: outcome,
            batch: outcome.map { _ in "a" })
        let moments = table.moments
        let t = try UnivariateFilter(centres: moments.means, scales: moments.standardDeviations).run(on: [table]).result
        #expect(t[0] == .greatestFiniteMagnitude)
        #expect(t[1] == 0)
        #expect(t[2].magnitude < 100)
        let r = try CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations).run(on: [table])
            .result
        #expect(r[0, 1] == 0 && r[1, 1] == 0 && r[0, 0] == 1)
        #expect(
            RedundancyFilter.relevanceOrdered(
                correlation: r, relevance: t.map(\.magnitude), maximumCorrelation: 0.99) == [0, 2])
    }

    @Test("Of correlated features the most relevant stays; ties go to the first column; copies go at any threshold")
    func redundancy() {
        //         a    b    c    d
        // a       1   0.95  0.1  0
        // b            1   0.2  1 (copy in other units)
        // c                 1   0.2
        let r = SymmetricMatrix(order: 4, upper: [1, 0.95, 0.1, 0, 1, 0.2, -1 + 1e-15, 1, 0.2, 1])
        func kept(_ relevance: [Double], _ threshold: Double, limit: Int = .max) -> [Int] {
            RedundancyFilter.relevanceOrdered(
                correlation: r, relevance: relevance, maximumCorrelation: threshold, limit: limit)
        }
        #expect(kept([3, 4, 1, 2], 0.9) == [1, 2])
        #expect(kept([5, 4, 1, 2], 0.9) == [0, 3, 2])
        #expect(kept([3, 4, 1, 4.000000000000001], 1) == [1, 0, 2])
        #expect(kept([3, 4, 0, 0], 1) == [1, 0])
        #expect(kept([3, 4, 1, 2], 0.95, limit: 2) == [1, 0])
    }

    @Test("z-scores have mean 0 and spread 1, and 0 stands for a constant feature")
    func standardisation() throws {
        var table = try Tables.synthetic()
        for row in 0..<table.count { table.features[row * 4 + 3] = 2 }
        let moments = table.moments
        let standardisation = Standardisation(
            columns: table.featureNames, means: moments.means, standardDeviations: moments.standardDeviations)
        let z = try standardisation.apply(to: table)
        let found = z.moments
        for column in 0..<3 {
            #expect(found.means[column].magnitude < 1e-14)
            #expect((found.standardDeviations[column] - 1).magnitude < 1e-14)
        }
        #expect(found.means[3] == 0 && found.standardDeviations[3] == 0)
        #expect(throws: LearningError.columnsDiffer("texture")) {
            try standardisation.apply(to: table.selecting(features: ["texture", "volume", "sex", "score"]))
        }
    }
}
