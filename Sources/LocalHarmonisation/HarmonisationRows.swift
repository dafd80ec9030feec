public import Federation
import Harmonisation

/// The rows of one site, in memory or not, as a fit reads them again and again.
protocol SiteRows {
    /// Names of the features.
    var featureNames: [String] { get }
    /// Names of the coded covariates.
    var covariateNames: [String] { get }
    /// Batch of each row.
    var batch: [String] { get }
    /// Patient of each row; nil where rows are taken as independent.
    var subject: [String]? { get }
    /// Features with a missing value.
    var incompleteFeatures: [String] { get }

    /// Rows on the features' own scale.
    func table(_ rows: [Int]) throws -> CaseTable
    /// The rows with their features transformed, to be read batch by batch.
    func source(_ transforms: FeatureTransforms?) throws -> any RowSource
    /// The rows of the given numbers, as a site of their own.
    func selecting(rows: [Int]) -> Self
}

extension SiteRows {
    /// The rows with their features transformed and their patients.
    ///
    /// - Throws: `LocalHarmonisationError.noSubjects`.
    func patients(_ transforms: FeatureTransforms?) throws -> PatientRows {
        guard let subject else { throw LocalHarmonisationError.noSubjects }
        return PatientRows(subject: subject, source: try source(transforms), batch: batch) {
            let table = try table($0)
            return try transforms?.transformed(table) ?? table
        }
    }
}

/// Rows of a site of which several belong to one patient.
struct PatientRows: LongitudinalSource {
    let subject: [String]
    let source: any RowSource
    let batch: [String]
    let read: (_ rows: [Int]) throws -> CaseTable

    var featureNames: [String] { source.featureNames }
    var covariateNames: [String] { source.covariateNames }
    var batches: [(name: String, rows: Int)] { source.batches }
    var order: [Int] { source.order }

    func table(_ rows: [Int]) throws -> CaseTable { try read(rows) }

    func forEachChunk(of batch: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws {
        try source.forEachChunk(of: batch, body)
    }
}

/// Rows to harmonise in memory, and whose they are where a patient has several.
public struct HarmonisationRows: SiteRows, Sendable, Equatable {
    /// The rows.
    public let table: CaseTable
    /// Patient of each row; nil where rows are taken as independent.
    public let subject: [String]?

    /// Creates rows.
    public init(table: CaseTable, subject: [String]? = nil) {
        self.table = table
        self.subject = subject
    }

    /// The given rows, in the given order.
    public func selecting(rows: [Int]) -> HarmonisationRows {
        HarmonisationRows(table: table.selecting(rows: rows), subject: subject.map { names in rows.map { names[$0] } })
    }

    var featureNames: [String] { table.featureNames }
    var covariateNames: [String] { table.covariateNames }
    var batch: [String] { table.batch }

    var incompleteFeatures: [String] {
        let p = table.featureCount
        return (0..<p).filter { column in (0..<table.count).contains { table.features[$0 * p + column].isNaN } }
            .map { table.featureNames[$0] }
    }

    func table(_ rows: [Int]) -> CaseTable { table.selecting(rows: rows) }

    func source(_ transforms: FeatureTransforms?) throws -> any RowSource {
        TableRows(try transforms?.transformed(table) ?? table)
    }
}
