import Federation
public import Harmonisation
public import Tables

/// Features and what describes their rows, from two tables. The features are read once and kept as numbers in a temporary file.
public final class HarmonisationInput {
    /// The table of features; columns that both tables have join their rows and are no features.
    public let features: CSVRows
    /// What describes the rows, in the order of the features.
    public let meta: CSVTable
    /// Names of the features.
    public let featureNames: [String]
    /// Features with a missing value.
    public let incompleteFeatures: [String]
    let spool: NumberSpool
    /// Rows of `features` that are taken, ascending.
    let rows: [Int]

    /// Pairs the rows of two tables, by the first column that both have or else by their order, and reads the features.
    ///
    /// - Parameters:
    ///   - rows: only rows whose cell in a column of `meta` is this text.
    ///   - names: the features; nil for all columns that join nothing.
    ///   - others: columns that are no features.
    /// - Throws: `TableError`, or `LocalHarmonisationError` when rows do not pair.
    public init(
        features: CSVRows, meta: CSVTable, rows filter: (column: String, value: String)? = nil,
        features names: [String]? = nil, except others: [String] = []
    ) throws {
        let keys = features.columns.filter { meta.has($0) }
        let taken = names ?? features.columns.filter { !keys.contains($0) && !others.contains($0) }
        let positions = try taken.map { name throws(TableError) in try features.position(name) }
        let pairs = try RowPairs(meta, key: keys.first)
        let cells = try filter.map { try meta.texts($0.column) }
        let keyPosition = try keys.first.map { name throws(TableError) in try features.position(name) }
        let spool = try NumberSpool(width: taken.count)
        var (rows, described, total) = ([Int](), [Int](), 0)
        var isIncomplete = [Bool](repeating: false, count: taken.count)
        var numbers = [Double](repeating: 0, count: taken.count)
        try features.forEachRow { row, line in
            total = row + 1
            guard
                let place = try pairs.place(
                    of: row,
                    key: try keyPosition.map { cell throws(TableError) in
                        try line.text(cell)
                    })
            else { return }
            if let filter, cells?[place] != filter.value { return }
            for (index, position) in positions.enumerated() {
                guard let value = line.number(position) else {
                    throw TableError.notANumber(file: features.file, row: row + 1, column: taken[index])
                }
                if value.isNaN { isIncomplete[index] = true }
                numbers[index] = value
            }
            rows.append(row)
            described.append(place)
            try spool.append(numbers)
        }
        if keys.isEmpty, total != meta.rowCount {
            throw LocalHarmonisationError.rowsDiffer(features: total, meta: meta.rowCount)
        }
        if let filter, rows.isEmpty {
            throw LocalHarmonisationError.noRows(column: filter.column, value: filter.value)
        }
        try spool.flush()
        self.features = features
        self.meta = meta.selecting(rows: described)
        featureNames = taken
        incompleteFeatures = taken.indices.filter { isIncomplete[$0] }.map { taken[$0] }
        self.spool = spool
        self.rows = rows
    }

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

    /// The descent of R `mgcv` on the penalties of smooth covariates, from where it starts on these rows.
    ///
    /// - Throws: `TableError.missingColumn`, `HarmonisationError.tooFewValues`.
    public func penaltyDescent(smooth: [String], dimension: Int) throws -> PenaltyChoice {
        .descent(
            start: try PenaltyDescent.start(
                of: smooth.map { (name: $0, values: try meta.numbers($0), dimension: dimension) }))
    }

    /// The rows to read; an empty cell of a feature, or `NA`, is missing.
    ///
    /// - Parameters:
    ///   - batches: column of the batch, or several, whose levels together are the batch (`BatchCombination`); none for one
    ///     batch of all rows.
    ///   - subject: column that names the patient of a row.
    /// - Throws: `TableError` naming file, row and column; `LocalHarmonisationError.unseenLevel`.
    public func spooled(batches: [String], design: [DesignColumn], subject: String? = nil) throws -> SpooledRows {
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
        return SpooledRows(
            featureNames: featureNames, incompleteFeatures: incompleteFeatures, spool: spool,
            places: Array(rows.indices), covariateNames: design.flatMap(\.coded),
            covariates: rows.indices.flatMap { row in covariates.map { $0[row] } }, batch: try batchNames(batches),
            subject: try subject.map { try meta.texts($0) })
    }

    /// The rows in memory.
    ///
    /// - Parameter subject: column that names the patient of a row.
    /// - Throws: what `spooled(batches:design:)` throws.
    public func loaded(batches: [String], design: [DesignColumn], subject: String? = nil) throws -> HarmonisationRows {
        let rows = try spooled(batches: batches, design: design, subject: subject)
        return HarmonisationRows(table: try rows.loaded(), subject: rows.subject)
    }

    /// The batch of each row; with several columns no level may be empty.
    private func batchNames(_ columns: [String]) throws -> [String] {
        let texts = try columns.map { try meta.texts($0) }
        guard columns.count > 1 else { return texts.first ?? rows.map { _ in "all" } }
        return try rows.indices.map { row in
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
}

/// Rows of the describing table by their key.
private struct RowPairs {
    private let file: String
    private let key: String?
    private let count: Int
    private var places: [String: Int] = [:]

    init(_ meta: CSVTable, key: String?) throws {
        self.key = key
        file = meta.file
        count = meta.rowCount
        guard let key else { return }
        for (place, text) in try meta.texts(key).enumerated() {
            guard places.updateValue(place, forKey: text) == nil else {
                throw LocalHarmonisationError.repeatedKey(file: file, column: key, row: place + 1)
            }
        }
    }

    /// The row that describes a row of the features; nil beyond the end of a table without a key.
    func place(of row: Int, key text: String?) throws(LocalHarmonisationError) -> Int? {
        guard let key, let text else { return row < count ? row : nil }
        guard let place = places[text] else { throw .noMeta(file: file, column: key, row: row + 1) }
        return place
    }
}
