import Federation
import Harmonisation
import TestKit
import Testing

@Suite("What ComBat refuses or settles, by name")
struct RefusalTests {
    /// Four batches of six cases, three features, and covariates computed from batch and case.
    static func table(
        covariates: [(name: String, value: @Sendable (_ batch: Int, _ row: Int) -> Double)] = [],
        feature: @Sendable (_ batch: Int, _ row: Int, _ column: Int) -> Double = { batch, row, column in
            Double((row * 7 + column * 5 + batch * 3) % 11) + Double(batch) * 0.3
        }
    ) -> CaseTable {
        let cells = (0..<4).flatMap { batch in (0..<6).map { (batch, $0) } }
        return CaseTable(
            featureNames: ["volume", "entropy", "contrast"],
            features: cells.flatMap { cell in (0..<3).map { feature(cell.0, cell.1, $0) } },
            covariateNames: covariates.map(\.name),
            covariates: cells.flatMap { cell in covariates.map { $0.value(cell.0, cell.1) } },
            outcome: cells.map { _ in .nan }, batch: cells.map { "scanner \($0.0)" })
    }

    @Test("A covariate that does not vary within batches is named")
    func confounded() {
        let table = Self.table(covariates: [
            ("age", { Double($0 + $1 * $1) }), ("country", { batch, _ in Double(batch) / 3 }),
        ])
        #expect(throws: HarmonisationError.confounded(covariate: "country", with: [])) { try table.fitComBat() }
    }

    @Test("A covariate that follows from others and the batch is named with them, not with the innocent")
    func dependent() {
        let table = Self.table(covariates: [
            ("age", { Double($0 + $1 * $1) }), ("sex", { Double($1 % 2) }),
            ("birth year", { 2000 - Double($0 + $1 * $1) + 10 * Double($0) }),
        ])
        #expect(throws: HarmonisationError.confounded(covariate: "birth year", with: ["age"])) {
            try table.fitComBat()
        }
    }

    @Test("Missing values are refused with the names of all features concerned")
    func missing() throws {
        var table = Self.table()
        table.features[1] = .nan
        table.features[3 * 9 + 2] = .infinity
        let expected = HarmonisationError.missingValues(features: ["entropy", "contrast"])
        let model = try Self.table().fitComBat().result
        #expect(throws: expected) { try table.fitComBat() }
        #expect(throws: expected) { try PooledMoments(exponents: [4, 4, 4]).run(on: [table]) }
        #expect(throws: expected) { try model.harmonise(table) }
        #expect("\(expected)".contains("'entropy', 'contrast'"))
    }

    @Test("A missing covariate is named")
    func missingCovariate() {
        var table = Self.table(covariates: [("age", { Double($0 + $1 * $1) })])
        table.covariates[5] = .nan
        #expect(throws: HarmonisationError.missingCovariate("age")) { try table.fitComBat() }
    }

    @Test("A table with other columns than the model is refused with the first that differs")
    func otherColumns() throws {
        let model = try Self.table().fitComBat().result
        let other = try Self.table().selecting(features: ["volume", "contrast", "entropy"])
        #expect(throws: HarmonisationError.columnsDiffer("contrast")) { try model.harmonise(other) }
    }

    @Test("More unknowns than cases are refused with both numbers")
    func tooFew() {
        let table = Self.table(covariates: [("age", { Double($0 + $1 * $1) })])
        let few = table.selecting(rows: [0, 6, 12, 18, 19])
        #expect(throws: HarmonisationError.tooFewCases(cases: 5, needed: 5)) { try few.fitComBat() }
    }

    @Test("A batch below the minimum is refused, at a new site too")
    func smallBatch() throws {
        let model = try Self.table().fitComBat().result
        let few = Self.table().selecting(rows: [0, 1, 2, 3])
        #expect(throws: HarmonisationError.batchTooSmall(cases: 4, minimum: 5)) {
            try model.harmonise(few, minimumBatchSize: 5)
        }
    }

    @Test("A feature that a covariate explains wholly passes through instead of being divided by rounding")
    func explained() throws {
        let table = Self.table(covariates: [("age", { Double($0 + $1 * $1) })]) { batch, row, column in
            column == 1
                ? 3.1 * Double(batch + row * row) + Double(batch)
                : Double((row * 7 + column * 5 + batch * 3) % 11)
        }
        let model = try table.fitComBat().result
        #expect(model.passedThrough == ["entropy"])
    }

    @Test("With a single feature empirical Bayes is off and says so")
    func singleFeature() throws {
        let table = try Self.table().selecting(features: ["volume"])
        let harmonised = try table.fitComBat().result.harmonise(table)
        #expect(harmonised.estimates.allSatisfy { !$0.isShrunk && !$0.isLocationOnly })
        let plain = try table.fitComBat(.withoutEB).result.harmonise(table)
        #expect(harmonised.table == plain.table)
    }

    @Test("Values beyond a million million standard deviations are refused by name")
    func outOfRange() throws {
        let model = try Self.table().fitComBat().result
        var table = Self.table()
        table.features[1] = 1e15
        #expect(throws: HarmonisationError.outOfRange(feature: "entropy")) { try model.harmonise(table) }
    }

    @Test("Harmonisation takes the batches' means and spreads together")
    func effect() throws {
        let table = try HarmonisationCase("synth_newsites").table
        func spread(_ table: CaseTable) -> Double {
            let p = table.featureCount
            var total = 0.0
            for column in 0..<p {
                let means = Set(table.batch).sorted().map { batch in
                    let rows = (0..<table.count).filter { table.batch[$0] == batch }
                    return rows.reduce(0) { $0 + table.features[$1 * p + column] } / Double(rows.count)
                }
                let centre = means.reduce(0, +) / Double(means.count)
                total += means.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
            }
            return total
        }
        let after = try table.fitComBat(shards: 3).result.harmonise(table).table
        #expect(spread(after) < spread(table) / 5)
    }
}
