import Crypto
public import Federation
public import FoundationEssentials
public import Harmonisation

/// A fitted harmonisation as a file: the pooled model, the design, and the estimates of the batches that were there.
///
/// JSON with sorted keys; `sha256` covers the document without that key. docs/harmonisation.md has the formula.
public struct HarmonisationFile: Codable, Sendable, Equatable {
    /// Format of the document.
    public static let currentFormat = "concord-harmonisation-1"

    /// Format of the document.
    public let format: String
    /// Column that names the batch.
    public let batchColumn: String
    /// Covariates and their levels.
    public let design: [DesignColumn]
    /// What is pooled.
    public let model: ComBatModel
    /// Location and scale of each batch that fitted the model.
    public let batches: [BatchEstimate]
    /// Hash of the rest of the document, in hexadecimal.
    public private(set) var sha256: String

    /// Creates the document.
    public init(batchColumn: String, design: [DesignColumn], model: ComBatModel, batches: [BatchEstimate]) throws {
        format = Self.currentFormat
        self.batchColumn = batchColumn
        self.design = design
        self.model = model
        self.batches = batches
        sha256 = ""
        sha256 = try digest()
    }

    /// Reads a document and checks its hash.
    ///
    /// - Throws: `LocalHarmonisationError.badModel`.
    public init(json: Data) throws {
        do {
            self = try JSONDecoder().decode(HarmonisationFile.self, from: json)
        } catch {
            throw LocalHarmonisationError.badModel("it is not a document of format \(Self.currentFormat)")
        }
        guard format == Self.currentFormat else {
            throw LocalHarmonisationError.badModel("its format is '\(format)', not \(Self.currentFormat)")
        }
        guard try digest() == sha256 else {
            throw LocalHarmonisationError.badModel("its hash is not that of its content; it was changed or cut short")
        }
    }

    /// The document.
    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    private func digest() throws -> String {
        var bare = self
        bare.sha256 = ""
        return SHA256.hash(data: try bare.json()).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension HarmonisationFile {
    /// Fits all batches of a table.
    ///
    /// - Parameters:
    ///   - table: the rows as numbers.
    ///   - batchColumn: the column that they were read from, for the document.
    ///   - reference: batch that the others are brought to.
    /// - Returns: the document and the harmonised rows.
    /// - Throws: `HarmonisationError`, `FederationError` or `LocalHarmonisationError`.
    public static func fit(
        _ table: CaseTable, batchColumn: String, design: [DesignColumn], method: ComBatMethod, reference: String?
    ) throws -> (file: HarmonisationFile, harmonised: CaseTable) {
        let names = Set(table.batch).sorted()
        guard names.count > 1 else { throw LocalHarmonisationError.oneBatch(column: batchColumn) }
        if let reference, !names.contains(reference) {
            throw LocalHarmonisationError.noReference(reference, batches: names)
        }
        let columns = table.featureCount + table.covariateNames.count
        let exponents = try ExponentCensus(columns: columns).run(on: [table]).result
        let pooled = try ComBatFit(
            features: table.featureNames, covariates: table.covariateNames, exponents: exponents, method: method
        ).run(on: [table]).result
        let model = try reference.map { try pooled.anchored(at: $0, in: table) } ?? pooled
        let found = try model.harmonise(table, minimumBatchSize: 1)
        let file = try HarmonisationFile(
            batchColumn: batchColumn, design: design, model: model, batches: found.estimates)
        return (file, found.table)
    }

    /// Harmonises rows: batches that fitted the model with their estimates, others with estimates from their own rows.
    ///
    /// - Parameter minimum: a new batch with fewer rows is refused.
    /// - Returns: the rows, and the estimates of the new batches.
    /// - Throws: `HarmonisationError` or `FederationError`.
    public func apply(
        to table: CaseTable, newBatchMinimum minimum: Int
    ) throws -> (harmonised: CaseTable, new: [BatchEstimate]) {
        let known = Set(batches.map(\.batch) + [model.reference].compactMap { $0 })
        let fresh = (0..<table.count).filter { !known.contains(table.batch[$0]) }
        var estimates: [BatchEstimate] = []
        if !fresh.isEmpty {
            estimates = try model.harmonise(table.selecting(rows: fresh), minimumBatchSize: minimum).estimates
        }
        return (try model.apply(batches + estimates, to: table), estimates)
    }
}
