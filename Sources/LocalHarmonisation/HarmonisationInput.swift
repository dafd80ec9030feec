public import Federation
import Harmonisation
public import Tables

/// Features and what describes their rows, from two tables.
public struct HarmonisationInput: Sendable {
    /// Features as they were read; columns that both tables have join their rows and are no features.
    public let features: CSVTable
    /// What describes the rows, in the rows of `features`.
    public let meta: CSVTable
    /// Columns that identify rows.
    public let keys: [String]

    /// Pairs the rows of two tables: by the first column that both have, or else by their order.
    ///
    /// - Parameter rows: only rows whose cell in a column of `meta` is this text.
    /// - Throws: `TableError`, or `LocalHarmonisationError` when rows do not pair.
    public init(features: CSVTable, meta: CSVTable, rows: (column: String, value: String)? = nil) throws {
        let keys = features.columns.filter { meta.has($0) }
        var ordered = meta
        if let key = keys.first {
            let texts = try meta.texts(key)
            var places: [String: Int] = [:]
            for (place, text) in texts.enumerated() {
                guard places.updateValue(place, forKey: text) == nil else {
                    throw LocalHarmonisationError.repeatedKey(file: meta.file, column: key, row: place + 1)
                }
            }
            let wanted = try features.texts(key)
            var taken: [[String]] = []
            let all = meta.rows
            for (row, text) in wanted.enumerated() {
                guard let place = places[text] else {
                    throw LocalHarmonisationError.noMeta(file: meta.file, column: key, row: row + 1)
                }
                taken.append(all[place])
            }
            ordered = CSVTable(file: meta.file, columns: meta.columns, rows: taken)
        } else {
            guard features.rowCount == meta.rowCount else {
                throw LocalHarmonisationError.rowsDiffer(features: features.rowCount, meta: meta.rowCount)
            }
        }
        var (kept, described) = (features, ordered)
        if let rows {
            let cells = try ordered.texts(rows.column)
            let chosen = cells.indices.filter { cells[$0] == rows.value }
            guard !chosen.isEmpty else {
                throw LocalHarmonisationError.noRows(column: rows.column, value: rows.value)
            }
            let (left, right) = (features.rows, ordered.rows)
            kept = CSVTable(file: features.file, columns: features.columns, rows: chosen.map { left[$0] })
            described = CSVTable(file: meta.file, columns: meta.columns, rows: chosen.map { right[$0] })
        }
        self.features = kept
        self.meta = described
        self.keys = keys
    }

    /// Names of the features.
    public var featureNames: [String] { features.columns.filter { !keys.contains($0) } }

    /// Covariates with the levels of categorical ones, in alphabetical order, and the functions of smooth ones.
    ///
    /// - Parameters:
    ///   - smooth: numeric covariates whose effect is a curve; they need not be among `numeric`.
    ///   - dimension: functions of a smooth covariate, with the constant.
    /// - Throws: `TableError.missingColumn`, `HarmonisationError.tooFewValues`, or `.oneLevel`.
    public func design(
        numeric: [String], categorical: [String], smooth: [String] = [], dimension: Int = 5
    ) throws -> [DesignColumn] {
        let straight = numeric.filter { !categorical.contains($0) && !smooth.contains($0) }
        return try straight.map { DesignColumn(name: $0) }
            + smooth.map { name in
                DesignColumn(
                    name: name,
                    smooth: try ThinPlateSpline(places: try meta.numbers(name), dimension: dimension, name: name))
            }
            + categorical.map { name in
                let levels = Set(try meta.texts(name)).sorted()
                guard levels.count > 1 else { throw LocalHarmonisationError.oneLevel(column: name) }
                return DesignColumn(name: name, levels: levels)
            }
    }

    /// The rows as numbers; an empty cell of a feature, `NA` or `NaN`, is missing.
    ///
    /// - Parameters:
    ///   - batches: column of the batch, or several, whose levels together are the batch (`BatchCombination`).
    ///   - subject: column that names the patient of a row.
    /// - Throws: `TableError` naming file, row and column; `LocalHarmonisationError.unseenLevel`.
    public func rows(
        features names: [String], batches: [String], design: [DesignColumn], subject: String? = nil
    ) throws -> HarmonisationRows {
        let columns = try names.map { try features.numbers($0) }
        var covariates: [[Double]] = []
        for column in design {
            guard let levels = column.levels else {
                let values = try meta.numbers(column.name)
                guard let smooth = column.smooth else {
                    covariates.append(values)
                    continue
                }
                let expanded = values.map(smooth.columns)
                for place in 0..<smooth.columnCount { covariates.append(expanded.map { $0[place] }) }
                continue
            }
            let cells = try meta.texts(column.name)
            if let row = cells.firstIndex(where: { !levels.contains($0) }) {
                throw LocalHarmonisationError.unseenLevel(
                    file: meta.file, column: column.name, row: row + 1, levels: levels)
            }
            for level in levels.dropFirst() { covariates.append(cells.map { $0 == level ? 1 : 0 }) }
        }
        let count = features.rowCount
        let table = CaseTable(
            featureNames: names, features: (0..<count).flatMap { row in columns.map { $0[row] } },
            covariateNames: design.flatMap(\.coded),
            covariates: (0..<count).flatMap { row in covariates.map { $0[row] } },
            outcome: [Double](repeating: .nan, count: count), batch: try batchNames(batches))
        return HarmonisationRows(table: table, subject: try subject.map { try meta.texts($0) })
    }

    /// The batch of each row; with several columns no level may be empty.
    private func batchNames(_ columns: [String]) throws -> [String] {
        let texts = try columns.map { try meta.texts($0) }
        guard columns.count > 1 else { return texts[0] }
        return try (0..<meta.rowCount).map { row in
            let levels = texts.map { $0[row] }
            if let gap = levels.firstIndex(of: "") {
                throw TableError.missingValue(file: meta.file, row: row + 1, column: columns[gap])
            }
            let name = BatchCombination.name(levels)
            guard BatchCombination.levels(of: name) == levels else {
                throw LocalHarmonisationError.options(
                    "\(meta.file): row \(row + 1): a batch column holds a control character (U+001F); take it out")
            }
            return name
        }
    }

    /// The table of features with other values in the columns of a harmonised table, in 17 significant digits.
    ///
    /// - Parameter format: writes a number.
    public func written(_ harmonised: CaseTable, format: (Double) -> String) -> CSVTable {
        let p = harmonised.featureCount
        var places: [String: Int] = [:]
        for (column, name) in harmonised.featureNames.enumerated() { places[name] = column }
        let rows = features.rows.enumerated().map { row, cells in
            zip(features.columns, cells).map { name, cell in
                places[name].map { format(harmonised.features[row * p + $0]) } ?? cell
            }
        }
        return CSVTable(file: features.file, columns: features.columns, rows: rows)
    }
}
