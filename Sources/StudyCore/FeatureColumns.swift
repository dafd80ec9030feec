public import StudyProtocol
public import Tables

/// The numeric feature columns of a site's table that a protocol asks for.
public struct FeatureColumns: Sendable, Equatable {
    /// Names, in the order of the file.
    public let names: [String]
    /// Case identifier to its values, one for each name; NaN where the cell is empty.
    public let values: [String: [Double]]

    /// Picks the columns that match the protocol's names or prefixes.
    ///
    /// - Throws: `TableError`: a named column that is missing, a pattern without a match, text in a numeric cell, a
    ///   case that appears twice.
    public init(table: CSVTable, caseColumn: String, study: StudyProtocol) throws(TableError) {
        var wanted: Set<String> = []
        for pattern in study.extraction.columns {
            if pattern.hasSuffix("*") {
                let matches = table.columns.filter { $0.hasPrefix(pattern.dropLast()) }
                guard !matches.isEmpty else {
                    throw .missingColumn(file: table.file, column: pattern, present: table.columns)
                }
                wanted.formUnion(matches)
            } else {
                guard table.has(pattern) else {
                    throw .missingColumn(file: table.file, column: pattern, present: table.columns)
                }
                wanted.insert(pattern)
            }
        }
        let names = table.columns.filter { wanted.contains($0) && $0 != caseColumn }
        var columns: [[Double]] = []
        for name in names { columns.append(try table.numbers(name)) }
        let identifiers = try table.texts(caseColumn)
        var values: [String: [Double]] = [:]
        for (row, identifier) in identifiers.enumerated() {
            guard values.updateValue(columns.map { $0[row] }, forKey: identifier) == nil else {
                throw .duplicateRow(file: table.file, row: row + 1, column: caseColumn)
            }
        }
        self.names = names
        self.values = values
    }
}
