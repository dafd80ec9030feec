import Federation
import FoundationEssentials
import Harmonisation
import TestKit

/// One folder of the harmonisation fixtures: input rows and what peer packages made of them.
struct HarmonisationCase {
    let name: String
    let table: CaseTable
    /// `train`, `test_known` or `test_new` of each row; empty without a split.
    let split: [String]

    /// - Parameter covariates: whether the table gets the case's covariates.
    init(_ name: String, covariates: Bool = true) throws {
        self.name = name
        let features = try Self.file(name, "features")
        let meta = try Self.file(name, "meta")
        let names = covariates ? meta.columns.filter { !["sample", "batch", "split", "subject"].contains($0) } : []
        let columns = names.map { meta.numbers($0) }
        table = CaseTable(
            featureNames: features.columns, features: Self.numbers(features), covariateNames: names,
            covariates: meta.rows.indices.flatMap { row in columns.map { $0[row] } },
            outcome: [Double](repeating: .nan, count: meta.rows.count), batch: meta.texts("batch"))
        split = meta.columns.contains("split") ? meta.texts("split") : []
    }

    /// Expected values, row-major.
    func expected(_ file: String) throws -> [Double] { Self.numbers(try Self.file(name, "expected_\(file)")) }

    /// The rows of one part of the split.
    func rows(_ part: String) -> CaseTable { table.selecting(rows: split.indices.filter { split[$0] == part }) }

    /// Whether the case can be read: it is one of the repository's, or the shared data is there.
    static func isAvailable(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path(name, "features"))
            || SharedData.available("data/harmonisation/\(name)/features.csv")
    }

    private static func path(_ name: String, _ file: String) -> String {
        "\(SharedData.packageRoot)/Tests/HarmonisationTests/Fixtures/\(name)/\(file).csv"
    }

    private static func file(_ name: String, _ file: String) throws -> CSVFixture {
        let local = path(name, file)
        guard FileManager.default.fileExists(atPath: local) else {
            return try .shared("data/harmonisation/\(name)/\(file).csv")
        }
        return CSVFixture(text: String(decoding: try Data(contentsOf: URL(filePath: local)), as: UTF8.self))
    }

    private static func numbers(_ table: CSVFixture) -> [Double] {
        let columns = table.columns.map { table.numbers($0) }
        return table.rows.indices.flatMap { row in columns.map { $0[row] } }
    }

    /// Largest difference in units of the feature's standard deviation in `reference`.
    static func distance(_ found: CaseTable, _ expected: [Double], reference: CaseTable) -> Double {
        guard found.features.count == expected.count else { return .infinity }
        let p = found.featureCount
        var largest = 0.0
        for column in 0..<p {
            let values = (0..<reference.count).map { reference.features[$0 * p + column] }
            let mean = values.reduce(0, +) / Double(values.count)
            let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
            // A feature that does not vary is compared as it is.
            let sd = square > 0 ? square.squareRoot() : 1
            for row in 0..<found.count {
                let difference = (found.features[row * p + column] - expected[row * p + column]).magnitude / sd
                largest = difference.isNaN ? .infinity : max(largest, difference)
            }
        }
        return largest
    }
}

extension CaseTable {
    /// One shard a site, whole batches dealt in turn: what a federation of hospitals would hold.
    func splitByBatch(_ shards: Int) -> [CaseTable] {
        let names = Set(batch).sorted()
        return (0..<shards).map { shard in
            let own = Set(names.enumerated().filter { $0.offset % shards == shard }.map(\.element))
            return selecting(rows: (0..<count).filter { own.contains(batch[$0]) })
        }
    }

    /// Consecutive, uneven shards that pay no heed to batches.
    func splitByRow(_ shards: Int) -> [CaseTable] {
        ShardProperty.unevenRanges(count, into: shards).map { selecting(rows: Array($0)) }
    }

    /// Fits a model over sites, and runs the census before.
    func fitComBat(_ method: ComBatMethod = .parametric, shards: Int = 1) throws -> ComputationRun<ComBatModel> {
        let sites = splitByBatch(shards)
        let census = try ExponentCensus(columns: featureCount + covariateNames.count).run(on: sites)
        return try ComBatFit(
            features: featureNames, covariates: covariateNames, exponents: census.result, method: method
        ).run(on: sites)
    }
}
