public import Federation
public import Harmonisation
import Tables

/// Rows whose features lie in a temporary file: what a fit reads when it need not have all rows in memory.
public struct SpooledRows: RowSource {
    /// Rows that are in memory at once.
    static let chunk = 256

    /// Names of the features.
    public let featureNames: [String]
    /// Names of the coded covariates.
    public let covariateNames: [String]
    private let spool: NumberSpool
    private let covariates: [Double]
    private let batch: [String]
    private let transforms: FeatureTransforms?
    private let groups: [[Int]]

    /// - Parameter covariates: rows x covariates.
    init(
        featureNames: [String], spool: NumberSpool, covariateNames: [String], covariates: [Double], batch: [String],
        transforms: FeatureTransforms? = nil, only rows: [Int]? = nil
    ) {
        self.featureNames = featureNames
        self.spool = spool
        self.covariateNames = covariateNames
        self.covariates = covariates
        self.batch = batch
        self.transforms = transforms
        groups = Dictionary(grouping: rows ?? Array(batch.indices)) { batch[$0] }.sorted { $0.key < $1.key }.map(
            \.value)
    }

    /// The rows with their features transformed.
    func transformed(_ transforms: FeatureTransforms?) -> SpooledRows {
        SpooledRows(
            featureNames: featureNames, spool: spool, covariateNames: covariateNames, covariates: covariates,
            batch: batch, transforms: transforms)
    }

    /// The rows for which the test of their batch holds.
    func filtered(_ isWanted: (_ batch: String) -> Bool) -> SpooledRows {
        SpooledRows(
            featureNames: featureNames, spool: spool, covariateNames: covariateNames, covariates: covariates,
            batch: batch, transforms: transforms, only: batch.indices.filter { isWanted(batch[$0]) })
    }

    /// The given rows, in the given order.
    func selecting(rows: [Int]) -> SpooledRows {
        SpooledRows(
            featureNames: featureNames, spool: spool, covariateNames: covariateNames, covariates: covariates,
            batch: batch, transforms: transforms, only: rows)
    }

    /// Batches and their rows.
    public var batches: [(name: String, rows: Int)] { groups.map { (batch[$0[0]], $0.count) } }
    /// Numbers of the rows, batch by batch.
    public var order: [Int] {
        let rows = groups.flatMap { $0 }
        guard rows.count < batch.count else { return rows }
        let numbers = Dictionary(uniqueKeysWithValues: rows.sorted().enumerated().map { ($1, $0) })
        return rows.compactMap { numbers[$0] }
    }

    /// Tables of 256 rows of the batch.
    ///
    /// - Throws: `TableError.noSpool`, `LocalHarmonisationError.notPositive`.
    public func forEachChunk(of place: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws {
        let rows = groups[place]
        for start in stride(from: 0, to: rows.count, by: Self.chunk) {
            let own = Array(rows[start..<min(start + Self.chunk, rows.count)])
            let table = try table(own)
            try body(try transforms?.transformed(table) ?? table, Array(own.indices))
        }
    }

    /// Rows on the features' own scale.
    ///
    /// - Throws: `TableError.noSpool`.
    public func table(_ rows: [Int]) throws -> CaseTable {
        let q = covariateNames.count
        return CaseTable(
            featureNames: featureNames, features: try spool.read(rows), covariateNames: covariateNames,
            covariates: rows.flatMap { covariates[$0 * q..<($0 + 1) * q] },
            outcome: [Double](repeating: .nan, count: rows.count), batch: rows.map { batch[$0] })
    }

    /// All rows in memory.
    ///
    /// - Throws: `TableError.noSpool`.
    public func loaded() throws -> CaseTable { try table(Array(batch.indices)) }
}
