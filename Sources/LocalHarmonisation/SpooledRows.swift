public import Federation
public import Harmonisation
import Tables

/// Rows whose features lie in a temporary file: what a fit reads when it need not have all rows in memory.
public struct SpooledRows: RowSource, SiteRows {
    /// Rows that are in memory at once.
    static let chunk = 256

    /// Names of the features.
    public let featureNames: [String]
    /// Names of the coded covariates.
    public let covariateNames: [String]
    let batch: [String]
    /// Patient or travelling subject of each row; nil where none was asked for.
    public let subject: [String]?
    let incompleteFeatures: [String]
    private let spool: NumberSpool
    /// Place of each row in the spool.
    private let places: [Int]
    private let covariates: [Double]
    private let transforms: FeatureTransforms?
    private let groups: [[Int]]

    /// - Parameters:
    ///   - places: place of each row in the spool.
    ///   - covariates: rows x covariates.
    init(
        featureNames: [String], incompleteFeatures: [String], spool: NumberSpool, places: [Int],
        covariateNames: [String], covariates: [Double], batch: [String], subject: [String]?,
        transforms: FeatureTransforms? = nil
    ) {
        self.featureNames = featureNames
        self.incompleteFeatures = incompleteFeatures
        self.spool = spool
        self.places = places
        self.covariateNames = covariateNames
        self.covariates = covariates
        self.batch = batch
        self.subject = subject
        self.transforms = transforms
        groups = Dictionary(grouping: batch.indices) { batch[$0] }.sorted { $0.key < $1.key }.map(\.value)
    }

    func source(_ transforms: FeatureTransforms?) -> any RowSource {
        SpooledRows(
            featureNames: featureNames, incompleteFeatures: incompleteFeatures, spool: spool, places: places,
            covariateNames: covariateNames, covariates: covariates, batch: batch, subject: subject,
            transforms: transforms)
    }

    /// The rows of the given numbers.
    func selecting(rows: [Int]) -> SpooledRows {
        let q = covariateNames.count
        return SpooledRows(
            featureNames: featureNames, incompleteFeatures: incompleteFeatures, spool: spool,
            places: rows.map { places[$0] }, covariateNames: covariateNames,
            covariates: rows.flatMap { covariates[$0 * q..<($0 + 1) * q] }, batch: rows.map { batch[$0] },
            subject: subject.map { names in rows.map { names[$0] } }, transforms: transforms)
    }

    /// Batches and their rows.
    public var batches: [(name: String, rows: Int)] { groups.map { (batch[$0[0]], $0.count) } }
    /// Numbers of the rows, batch by batch.
    public var order: [Int] { groups.flatMap { $0 } }

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
            featureNames: featureNames, features: try spool.read(rows.map { places[$0] }),
            covariateNames: covariateNames, covariates: rows.flatMap { covariates[$0 * q..<($0 + 1) * q] },
            outcome: [Double](repeating: .nan, count: rows.count), batch: rows.map { batch[$0] })
    }

    /// All rows in memory.
    ///
    /// - Throws: `TableError.noSpool`.
    public func loaded() throws -> CaseTable { try table(Array(batch.indices)) }
}
