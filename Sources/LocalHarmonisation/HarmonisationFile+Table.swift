import Federation
import Harmonisation
public import Tables

/// A table whose features have been harmonised, with what a reader of them has to know.
public struct HarmonisedTable: Sendable, Equatable {
    /// The table: other columns, and the order of rows and columns, are as they were.
    public let table: CSVTable
    /// New batches: name to number of rows.
    public let newBatches: [String: Int]
    /// Combinations of levels that did not fit the model, in words.
    public let fallbacks: [String]
}

extension HarmonisationFile {
    /// Harmonises the features of one table that has the batch columns and covariates too.
    ///
    /// - Parameters:
    ///   - source: the rows.
    ///   - minimum: a new batch with fewer rows is refused.
    /// - Throws: `TableError`, `HarmonisationError`, `LocalHarmonisationError`.
    public func harmonise(_ source: CSVTable, newBatchMinimum minimum: Int) throws -> HarmonisedTable {
        let places = try model.features.map { name throws(TableError) in try source.position(name) }
        // A key that no column can have: the rows of both halves are those of one table.
        let key = "\u{1F}row"
        let cells = source.rows
        let numbers = CSVTable(
            file: source.file, columns: [key] + model.features,
            rows: cells.indices.map { row in ["\(row)"] + places.map { cells[row][$0] } })
        let features = Set(model.features)
        let others = source.columns.indices.filter { !features.contains(source.columns[$0]) }
        let meta = CSVTable(
            file: source.file, columns: [key] + others.map { source.columns[$0] },
            rows: cells.indices.map { row in ["\(row)"] + others.map { cells[row][$0] } })
        let input = try HarmonisationInput(
            features: try CSVRows(text: numbers.csv, file: source.file), meta: meta, features: model.features)
        let applied = try apply(to: input, newBatchMinimum: max(2, minimum))
        let harmonised = try applied.harmonised(0..<source.rowCount)
        let p = model.features.count
        var output = cells
        for row in output.indices {
            for (column, place) in places.enumerated() {
                let value = harmonised.features[row * p + column]
                output[row][place] = value.isNaN ? "" : "\(value)"
            }
        }
        return HarmonisedTable(
            table: CSVTable(file: source.file, columns: source.columns, rows: output),
            newBatches: Dictionary(applied.new.map { ($0.batch, $0.cases) }, uniquingKeysWith: { first, _ in first }),
            fallbacks: applied.fallbacks.map { fallback in
                let name = fallback.levels.joined(separator: " / ")
                return fallback.unknown.isEmpty
                    ? "'\(name)' was not in the fit: the effects of its levels add up"
                    : "'\(name)': its \(fallback.unknown.joined(separator: ", ")) was not in the fit: taken as the other "
                        + "batch columns say"
            })
    }
}
