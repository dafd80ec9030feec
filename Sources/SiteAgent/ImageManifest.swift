import FoundationEssentials
import Tables

/// The files of one reading.
public struct Reading: Sendable, Equatable, Codable {
    /// Image: a file, or the folder of a DICOM series.
    public let image: String
    /// Mask of the tumour.
    public let mask: String
    /// Label of the region in the mask; `nil` for every voxel that is not 0.
    public let label: Int?
    /// Name of the segment or region of interest in a DICOM mask, or nil.
    public let name: String?
    /// Mask of the organ in which rings must lie, or nil.
    public let organ: String?
    /// Masks of what rings must not touch.
    public let excluded: [String]
    /// Image of a second phase on the same grid, or nil.
    public let phase2: String?
    /// Which picture of an ultrasound clip counts, from 1, or nil.
    public let frame: Int?
    /// Spacing in mm that the site states for images that carry none.
    public let spacingMM: Double?
    /// DICOM keyword to value that the site states for formats without acquisition attributes (NIfTI, PNG).
    public let tags: [String: String]
}

/// The site's table of images: one row a case and reader.
public struct ImageManifest: Sendable, Equatable {
    /// Case to reader to files.
    public let readings: [String: [String: Reading]]

    /// Reads a table of images from a file.
    ///
    /// - Throws: `AgentError` or `TableError`.
    public init(path: String) throws {
        try self.init(table: try SiteData.table(path), folder: URL(filePath: path).deletingLastPathComponent())
    }

    /// Reads `case, reader, image, mask [, label, region, organ, exclude, phase2, frame, spacing-mm, DICOM keywords ...]`; paths
    /// count from the table's folder, several of `exclude` are separated by semicolons.
    ///
    /// - Throws: `TableError`.
    init(table: CSVTable, folder: URL) throws(TableError) {
        let cases = try table.texts("case")
        let readers = table.has("reader") ? try table.texts("reader") : cases.map { _ in "" }
        let images = try table.texts("image")
        let masks = try table.texts("mask")
        let labels = table.has("label") ? try table.numbers("label") : []
        let spacings = table.has("spacing-mm") ? try table.numbers("spacing-mm") : []
        let known: Set<String> = [
            "case", "reader", "image", "mask", "label", "region", "organ", "exclude", "phase2", "frame",
            "spacing-mm",
        ]
        let frames = table.has("frame") ? try table.numbers("frame") : []
        let organs = table.has("organ") ? try table.texts("organ") : []
        let exclusions = table.has("exclude") ? try table.texts("exclude") : []
        let phases = table.has("phase2") ? try table.texts("phase2") : []
        let names = table.has("region") ? try table.texts("region") : []
        var tags: [String: [String]] = [:]
        for column in table.columns where !known.contains(column) { tags[column] = try table.texts(column) }
        func resolve(_ path: String) -> String {
            path.hasPrefix("/") ? path : folder.appending(path: path).standardizedFileURL.path
        }
        var readings: [String: [String: Reading]] = [:]
        for row in cases.indices {
            for (column, value) in [
                ("case", cases[row]), ("image", images[row]), ("mask", masks[row]),
            ]
            where value.isEmpty {
                throw .missingValue(file: table.file, row: row + 1, column: column)
            }
            if !labels.isEmpty, !labels[row].isNaN, labels[row] != labels[row].rounded() || !(0...65_535 ~= labels[row])
            {
                throw .notANumber(file: table.file, row: row + 1, column: "label")
            }
            if !frames.isEmpty, !frames[row].isNaN, frames[row] != frames[row].rounded() || !(1...65_535 ~= frames[row])
            {
                throw .notANumber(file: table.file, row: row + 1, column: "frame")
            }
            let reading = Reading(
                image: resolve(images[row]), mask: resolve(masks[row]),
                label: labels.isEmpty || labels[row].isNaN ? nil : Int(labels[row]),
                name: names.isEmpty || names[row].isEmpty ? nil : names[row],
                organ: organs.isEmpty || organs[row].isEmpty ? nil : resolve(organs[row]),
                excluded: exclusions.isEmpty ? [] : exclusions[row].split(separator: ";").map { resolve(String($0)) },
                phase2: phases.isEmpty || phases[row].isEmpty ? nil : resolve(phases[row]),
                frame: frames.isEmpty || frames[row].isNaN ? nil : Int(frames[row]),
                spacingMM: spacings.isEmpty || spacings[row].isNaN ? nil : spacings[row],
                tags: tags.mapValues { $0[row] })
            guard readings[cases[row], default: [:]].updateValue(reading, forKey: readers[row]) == nil else {
                throw .duplicateRow(file: table.file, row: row + 1, column: "case, reader")
            }
        }
        self.readings = readings
    }
}
