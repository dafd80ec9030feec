import FoundationEssentials
public import StudyProtocol

/// Extraction with no study around it: the same code as in a run.
public struct LocalExtraction {
    let extractor: RegionExtractor

    /// Creates the extraction of a protocol.
    public init(study: StudyProtocol) throws { extractor = try RegionExtractor(study: study) }

    /// Names of the columns.
    public var columns: [String] { extractor.columns }

    /// One reading.
    public struct Row: Sendable, Equatable {
        /// Identifier of the case.
        public let caseID: String
        /// Pseudonym of the reader.
        public let reader: String
        let reading: ImageManifest.Reading

        /// Creates a reading.
        public init(caseID: String, reader: String, image: String, mask: String, label: Int?, spacingMM: Double?) {
            self.caseID = caseID
            self.reader = reader
            reading = ImageManifest.Reading(image: image, mask: mask, label: label, spacingMM: spacingMM)
        }
    }

    /// The readings of a manifest, by case and reader.
    public static func rows(manifest path: String) throws -> [Row] {
        let manifest = try ImageManifest(
            table: try SiteData.table(path), folder: URL(filePath: path).deletingLastPathComponent())
        return manifest.readings.sorted { $0.key < $1.key }.flatMap { caseID, readings in
            readings.sorted { $0.key < $1.key }.map { reader, reading in
                Row(
                    caseID: caseID, reader: reader, image: reading.image, mask: reading.mask, label: reading.label,
                    spacingMM: reading.spacingMM)
            }
        }
    }

    /// Values of the columns; NaN where a region does not define a feature.
    public func values(_ row: Row) throws -> [Double] { try extractor.extract(row.reading).values }
}
