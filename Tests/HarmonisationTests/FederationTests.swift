import Federation
import Harmonisation
import TestKit
import Testing

@Suite("However the rows are divided")
struct FederationTests {
    static func exponents(_ table: CaseTable) throws -> [Int] {
        try ExponentCensus(columns: table.featureCount + table.covariateNames.count).run(on: [table]).result
    }

    @Test("ComBat's sums and model have the same bits with 1, 2, 3 and 7 sites that hold whole batches")
    func combat() throws {
        for name in ["synth_main", "synth_newsites", "synth_zerovar"] {
            let table = try HarmonisationCase(name).table
            let fit = ComBatFit(
                features: table.featureNames, covariates: table.covariateNames, exponents: try Self.exponents(table))
            #expect(try ShardProperty.differences(fit, shard: table, split: { $0.splitByBatch($1) }) == [])
        }
    }

    @Test("The order of a hospital's rows changes no bit of the sums and of the estimates")
    func rowOrder() throws {
        let table = try HarmonisationCase("synth_main").table
        let reversed = table.selecting(rows: (0..<table.count).reversed())
        let run = try table.fitComBat()
        let other = try reversed.fitComBat()
        #expect(run.sums == other.sums)
        #expect(run.result == other.result)
        let estimates = try run.result.harmonise(table).estimates
        #expect(try run.result.harmonise(reversed).estimates == estimates)
    }

    @Test("Moments have the same bits however rows are divided, and are those of two passes")
    func moments() throws {
        let table = try HarmonisationCase("synth_main", covariates: false).table
        let moments = PooledMoments(exponents: try Self.exponents(table))
        #expect(try ShardProperty.differences(moments, shard: table, split: { $0.splitByRow($1) }) == [])
        let result = try moments.run(on: table.splitByRow(3)).result
        let (n, p) = (table.count, table.featureCount)
        #expect(result.count == n)
        for column in 0..<p {
            let values = (0..<n).map { table.features[$0 * p + column] }
            let mean = values.reduce(0, +) / Double(n)
            let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            #expect(Tolerance.isRelativelyClose(result.means[column], mean, 1e-13))
            #expect(
                Tolerance.isRelativelyClose(
                    result.standardDeviations[column], (square / Double(n)).squareRoot(), 1e-13))
            #expect(
                Tolerance.isRelativelyClose(
                    result.sampleStandardDeviations[column], (square / Double(n - 1)).squareRoot(), 1e-13))
        }
    }

    @Test(
        "Moments agree with scikit-learn's StandardScaler on 605 rows of radiomics",
        .enabled(if: SharedData.available("data/learning/01_zscore.json"), "no shared data"))
    func radiomics() throws {
        let reference = try JSONFixture.shared("data/learning/01_zscore.json")
        let csv = try CSVFixture.shared("data/learning/table.csv")
        let names = reference["features"].texts
        let columns = names.map { csv.numbers($0) }
        let table = CaseTable(
            featureNames: names, features: csv.rows.indices.flatMap { row in columns.map { $0[row] } },
            outcome: csv.numbers("y"), batch: csv.texts("center"))
        let sites = table.splitByBatch(3)
        let exponents = try ExponentCensus(columns: names.count).run(on: sites).result
        let result = try PooledMoments(exponents: exponents).run(on: sites).result
        for column in names.indices {
            #expect(
                Tolerance.isRelativelyClose(result.means[column], reference["mean"].numbers[column], 1e-13),
                "\(names[column])")
            #expect(
                Tolerance.isRelativelyClose(
                    result.standardDeviations[column], reference["sd_n"].numbers[column], 1e-12), "\(names[column])")
        }
    }

    @Test("The census names for each column a power of two that no site's value exceeds, at most 16 times too large")
    func census() throws {
        let values = [1.0, 0.3, 1000, -4096, 0, 1e-30, 3e30]
        let table = CaseTable(
            featureNames: values.indices.map { "c\($0)" }, features: values, outcome: [.nan], batch: ["a"])
        let smaller = CaseTable(
            featureNames: table.featureNames, features: values.map { $0 / 64 }, outcome: [.nan], batch: ["b"])
        let census = ExponentCensus(columns: values.count)
        let exponents = try census.run(on: [smaller, table]).result
        #expect(try census.run(on: [table]).result == exponents)
        for (value, exponent) in zip(values, exponents) where value != 0 {
            let unit = Double(sign: .plus, exponent: exponent, significand: 1)
            #expect(value.magnitude <= unit && value.magnitude > unit / 32)
        }
    }

    @Test("ComBat takes one upload, and its size follows the columns, not the cases")
    func cost() throws {
        let table = try HarmonisationCase("synth_main").table
        let run = try table.fitComBat(shards: 2)
        let (p, q) = (24, 2)
        #expect(run.rounds == 1)
        #expect(run.payloadBytesPerSite == 16 * (2 + 3 * p + q + q * (q + 1) / 2 + q * p))
    }
}
