public import Tables

/// Features of the same cases in two or more readings: by readers, or under protocols.
public struct FeatureReadings: Sendable {
    /// Names of the features.
    public let features: [String]
    /// Names of the readings, in order.
    public let readings: [String]
    /// Cases that lack a reading or a value, which are left out.
    public let incomplete: Int
    let cases: [Case]

    struct Case: Sendable {
        let site: String
        let name: String
        /// Value of each feature in each reading: `values[feature][reading]`.
        let values: [[Double]]
    }

    /// Reads a table with one row for each case and reading.
    ///
    /// - Parameters:
    ///   - caseName: column that names the case.
    ///   - site: column of the site, or nil.
    ///   - reading: column of the reader or the protocol.
    ///   - features: columns of the features; those that the table does not have are not looked at. Empty: all other columns.
    /// - Throws: `TableError` or `LocalValidationError` naming file, row and column.
    public init(_ table: CSVTable, caseName: String, site: String?, reading: String, features: [String] = []) throws {
        guard table.rowCount > 0 else { throw LocalValidationError.noRows(file: table.file) }
        let keys = Set([caseName, reading] + [site].compactMap(\.self))
        let known = features.isEmpty ? table.columns.filter { !keys.contains($0) } : features.filter(table.has)
        guard !known.isEmpty else {
            throw LocalValidationError.options("\(table.file): has no column of a feature that is looked at")
        }
        let (names, labels) = (try table.texts(caseName), try table.texts(reading))
        let sites = try site.map { try table.texts($0) } ?? [String](repeating: "", count: names.count)
        let columns = try known.map { try table.numbers($0) }
        let readings = Set(labels).sorted()
        guard readings.count >= 2 else {
            throw LocalValidationError.options(
                "\(table.file): column '\(reading)' has one reading only; give two or more")
        }
        var rows: [[String]: [String: Int]] = [:]
        for row in names.indices {
            guard rows[[sites[row], names[row]], default: [:]].updateValue(row, forKey: labels[row]) == nil else {
                throw LocalValidationError.options(
                    "\(table.file): row \(row + 1): the case has a second row of reading '\(labels[row])'; keep one")
            }
        }
        var cases: [Case] = []
        for key in rows.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            let own = readings.compactMap { rows[key]?[$0] }
            let values = columns.map { column in own.map { column[$0] } }
            guard own.count == readings.count, !values.contains(where: { $0.contains(where: \.isNaN) }) else {
                continue
            }
            cases.append(Case(site: key[0], name: key[1], values: values))
        }
        (self.features, self.readings, self.cases) = (known, readings, cases)
        incomplete = rows.count - cases.count
    }
}
