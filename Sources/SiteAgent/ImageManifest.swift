import FoundationEssentials
import Tables

/// The site's table of images: one row a case and reader.
struct ImageManifest: Sendable, Equatable {
    /// Case to reader to files.
    let readings: [String: [String: Reading]]

    /// The files of one reading.
    struct Reading: Sendable, Equatable {
        let image: String
        let mask: String
        /// Label of the region in the mask; `nil` for every voxel that is not 0.
        let label: Int?
        /// Spacing in mm that the site states for images that carry none.
        let spacingMM: Double?
        /// DICOM keyword to value that the site states for formats without acquisition attributes (NIfTI, PNG).
        var tags: [String: String] = [:]
    }

    /// Reads `case, reader, image, mask [, label, spacing-mm, DICOM keywords ...]`; paths count from the table's folder.
    ///
    /// - Throws: `TableError`.
    init(table: CSVTable, folder: URL) throws(TableError) {
        let cases = try table.texts("case")
        let readers = try table.texts("reader")
        let images = try table.texts("image")
        let masks = try table.texts("mask")
        let labels = table.has("label") ? try table.numbers("label") : []
        let spacings = table.has("spacing-mm") ? try table.numbers("spacing-mm") : []
        let known: Set<String> = ["case", "reader", "image", "mask", "label", "spacing-mm"]
        var tags: [String: [String]] = [:]
        for column in table.columns where !known.contains(column) { tags[column] = try table.texts(column) }
        func resolve(_ path: String) -> String {
            path.hasPrefix("/") ? path : folder.appending(path: path).standardizedFileURL.path
        }
        var readings: [String: [String: Reading]] = [:]
        for row in cases.indices {
            for (column, value) in [
                ("case", cases[row]), ("reader", readers[row]), ("image", images[row]), ("mask", masks[row]),
            ]
            where value.isEmpty {
                throw .missingValue(file: table.file, row: row + 1, column: column)
            }
            let reading = Reading(
                image: resolve(images[row]), mask: resolve(masks[row]),
                label: labels.isEmpty || labels[row].isNaN ? nil : Int(labels[row]),
                spacingMM: spacings.isEmpty || spacings[row].isNaN ? nil : spacings[row],
                tags: tags.mapValues { $0[row] })
            guard readings[cases[row], default: [:]].updateValue(reading, forKey: readers[row]) == nil else {
                throw .duplicateRow(file: table.file, row: row + 1, column: "case, reader")
            }
        }
        self.readings = readings
    }
}
