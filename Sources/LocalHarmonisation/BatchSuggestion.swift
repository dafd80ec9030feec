public import Harmonisation
public import Tables

/// Hidden batches of a table, and the table of what describes its rows with a column for each.
public struct BatchSuggestion: Sendable {
    /// What was found.
    public let found: HiddenBatches
    /// Column of each suggestion.
    public let columns: [String]
    private let meta: CSVTable

    /// Searches the rows of an input.
    ///
    /// - Parameters:
    ///   - batches: columns of the known batches, whose locations are taken off first; none if none is known.
    ///   - design: covariates, whose effects are taken off first.
    ///   - classes: classes of features, each searched by itself; nil for one.
    /// - Throws: `HarmonisationError`, `TableError` or `LocalHarmonisationError`.
    public init(
        _ input: HarmonisationInput, batches: [String], design: [DesignColumn], classes: FeatureClasses?,
        rule: HiddenBatches.Rule = .init()
    ) throws {
        let names = try classes?.classes(of: input.featureNames) ?? input.featureNames.map { _ in "all" }
        found = try HiddenBatches(
            try input.spooled(batches: batches, design: design), classes: names, rule: rule)
        columns = found.suggestions.map { "suggested_\($0.featureClass)" }
        for column in columns where input.meta.has(column) {
            throw LocalHarmonisationError.options(
                "\(input.meta.file): there is a column '\(column)' already; rename it, or use it as --batch")
        }
        meta = input.meta
    }

    /// The describing table with a column for each suggestion, whose levels are `1`, `2` and so on by the groups' means.
    public var table: CSVTable {
        let rows = meta.rows.enumerated().map { row, cells in
            cells + found.suggestions.map { String($0.group[row] + 1) }
        }
        return CSVTable(file: meta.file, columns: meta.columns + columns, rows: rows)
    }
}
