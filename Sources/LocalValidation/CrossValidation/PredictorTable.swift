public import Federation
public import Tables

/// Predictors and outcomes of cases by site, read for refitting a logistic model.
public struct PredictorTable: Sendable {
    /// Predictors, indicators of categories included, and the outcome of every case that is used; the batch is the site.
    public let cases: CaseTable
    /// Name of each case, for the keyed hash.
    let names: [String]
    /// Rows of each site, sites in the order of their names.
    let sites: [(name: String, rows: [Int])]
    /// Rows of the file that were left out because a value is missing.
    let leftOut: Int

    /// What is read of a table.
    public struct Columns: Sendable {
        /// Columns of the predictors.
        public var predictors: [String]
        /// Those of them whose values are categories: one indicator a category but the first.
        public var categorical: Set<String>
        /// Column of the outcome: 1 event, 0 no event.
        public var outcome: String
        /// Column of the site.
        public var site: String
        /// Column that names the case; nil for the number of the row.
        public var caseName: String?

        /// Names the columns.
        public init(
            predictors: [String], categorical: Set<String> = [], outcome: String, site: String, caseName: String? = nil
        ) {
            (self.predictors, self.categorical, self.outcome) = (predictors, categorical, outcome)
            (self.site, self.caseName) = (site, caseName)
        }
    }

    /// Reads the columns.
    ///
    /// - Parameter completeCases: leave a row with a missing value out instead of refusing the table.
    /// - Throws: `TableError` or `LocalValidationError` naming file, row and column.
    public init(_ table: CSVTable, _ columns: Columns, completeCases: Bool = false) throws {
        try Self.check(table, columns)
        let read = try columns.predictors.map { name in
            try columns.categorical.contains(name)
                ? Self.categories(table.texts(name)) : Self.Column(values: table.numbers(name))
        }
        let outcome = try table.numbers(columns.outcome)
        let kept = outcome.indices.filter { row in
            !outcome[row].isNaN && read.allSatisfy { !$0.values[row].isNaN }
        }
        if !completeCases {
            for (name, column) in zip(columns.predictors + [columns.outcome], read + [Column(values: outcome)]) {
                guard let row = column.values.firstIndex(where: \.isNaN) else { continue }
                throw LocalValidationError.missing(file: table.file, column: name, row: row + 1)
            }
        }
        guard !kept.isEmpty else { throw LocalValidationError.noRows(file: table.file) }
        if let row = kept.first(where: { outcome[$0] != 0 && outcome[$0] != 1 }) {
            throw LocalValidationError.notBinary(file: table.file, column: columns.outcome, row: row + 1)
        }
        let labels = try table.texts(columns.site)
        let names = try columns.caseName.map { try table.texts($0) }
        self.names = kept.map { names?[$0] ?? "\($0 + 1)" }
        if let twice = Self.repeated(zip(kept.map { labels[$0] }, self.names)) {
            throw LocalValidationError.options(
                "\(table.file): column '\(columns.caseName ?? "")' names two cases of site '\(twice)' alike; "
                    + "make the names unique")
        }
        let (features, values) = Self.indicators(columns.predictors, read, kept)
        cases = CaseTable(
            featureNames: features, features: values, outcome: kept.map { outcome[$0] }, batch: kept.map { labels[$0] })
        let rows = Dictionary(grouping: kept.indices) { labels[kept[$0]] }
        sites = rows.keys.sorted().map { ($0, rows[$0] ?? []) }
        leftOut = outcome.count - kept.count
    }

    private static func check(_ table: CSVTable, _ columns: Columns) throws {
        guard !columns.predictors.isEmpty else {
            throw LocalValidationError.options("--predictors: name the columns of the model")
        }
        guard Set(columns.predictors).count == columns.predictors.count else {
            throw LocalValidationError.options("--predictors: a column is named twice")
        }
        if let stray = columns.categorical.subtracting(columns.predictors).sorted().first {
            throw LocalValidationError.options("--categorical: '\(stray)' is not among the --predictors")
        }
        if columns.predictors.contains(columns.outcome) {
            throw LocalValidationError.options("--predictors: '\(columns.outcome)' is the outcome")
        }
        guard table.rowCount > 0 else { throw LocalValidationError.noRows(file: table.file) }
    }

    /// A predictor as read: numbers, or positions of categories; NaN where missing.
    private struct Column {
        let values: [Double]
        var categories: [String] = []
    }

    /// Categories in the order of their numbers where all are numbers, else of their names.
    private static func categories(_ texts: [String]) -> Column {
        let found = Set(texts).subtracting(["", "NA", "?"])
        let numbers = found.compactMap { text in Double(text).map { (text, $0) } }
        let order =
            numbers.count == found.count
            ? numbers.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0) : found.sorted()
        let position = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, Double($0)) })
        return Column(values: texts.map { position[$0] ?? .nan }, categories: order)
    }

    /// Names and values, row-major, of the columns of the model.
    private static func indicators(
        _ names: [String], _ columns: [Column], _ rows: [Int]
    ) -> (names: [String], values: [Double]) {
        var features: [String] = []
        for (name, column) in zip(names, columns) {
            features += column.categories.isEmpty ? [name] : column.categories.dropFirst().map { "\(name)=\($0)" }
        }
        var values: [Double] = []
        values.reserveCapacity(features.count * rows.count)
        for row in rows {
            for column in columns {
                guard !column.categories.isEmpty else {
                    values.append(column.values[row])
                    continue
                }
                for level in column.categories.indices.dropFirst() {
                    values.append(column.values[row] == Double(level) ? 1 : 0)
                }
            }
        }
        return (features, values)
    }

    /// The site of two cases with one name.
    private static func repeated(_ cases: some Sequence<(String, String)>) -> String? {
        var seen: [String: Set<String>] = [:]
        for (site, name) in cases where !seen[site, default: []].insert(name).inserted { return site }
        return nil
    }

    /// The rows of one site's own, for each of `sites`, that `isUsed` takes.
    func shards(where isUsed: (Int) -> Bool) -> [CaseTable] {
        sites.map { site in cases.selecting(rows: site.rows.filter(isUsed)) }
    }
}
