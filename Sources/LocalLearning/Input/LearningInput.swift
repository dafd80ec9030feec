public import Federation
public import Tables

/// Rows of a table to learn from or to predict.
public struct LearningInput: Sendable {
    /// The rows.
    public let cases: TrainingCases

    /// Features and outcome; NaN where missing.
    public var table: CaseTable { cases.table }

    /// Columns that are no features.
    public struct Roles: Sendable {
        /// Column of the name of a row's patient; without it every row is a patient.
        public var name: String?
        /// Column of the site.
        public var site: String?
        /// Further columns that are no features.
        public var others: [String] = []
        /// Column of a known part of the linear predictor: the last column of the table, after the features.
        public var offset: String?

        /// No such column.
        public init(name: String? = nil, site: String? = nil, others: [String] = [], offset: String? = nil) {
            self.name = name
            self.site = site
            self.others = others
            self.offset = offset
        }

        var columns: [String] { [name, site, offset].compactMap(\.self) + others }
    }

    /// Reads a table to fit a model from.
    ///
    /// - Parameters:
    ///   - features: columns of the features; empty for all that have no other role.
    /// - Throws: `TableError` or `LocalLearningError` naming file, row and column.
    public init(
        _ source: CSVTable, outcome: OutcomeColumns, features: [String] = [], roles: Roles = Roles()
    ) throws {
        // First, or a misspelt role would be told as a feature that is no number.
        let sites = try roles.site.map { try source.texts($0) }
        let patients = try roles.name.map { try source.texts($0) }
        let taken = Set(roles.columns + outcome.columns)
        let names = features.isEmpty ? source.columns.filter { !taken.contains($0) } : features
        if let shared = names.first(where: taken.contains) {
            throw LocalLearningError.options("column '\(shared)' cannot be a feature and have another role")
        }
        guard Set(names).count == names.count else { throw LocalLearningError.options("a feature is named twice") }
        let events = try source.numbers(outcome.event)
        if let row = events.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw LocalLearningError.notBinary(file: source.file, column: outcome.event, row: row + 1)
        }
        let times = try outcome.time.map { try Self.times(source, $0) }
        guard source.rowCount > 0, !names.isEmpty else { throw LocalLearningError.empty(file: source.file) }
        if let offset = roles.offset { try Self.checkOffset(source, offset) }
        let columns = names + [roles.offset].compactMap(\.self)
        let table = CaseTable(
            featureNames: columns, features: try Self.values(source, columns), outcome: events,
            batch: sites ?? [String](repeating: "", count: source.rowCount))
        cases = TrainingCases(
            table: table, times: times, names: patients ?? (0..<source.rowCount).map { "\($0)" })
    }

    /// Reads the features of a model, which may have none.
    ///
    /// - Throws: `TableError` or `LocalLearningError` naming file, row and column.
    public init(_ source: CSVTable, features: [String]) throws {
        guard source.rowCount > 0 else { throw LocalLearningError.empty(file: source.file) }
        let rows = source.rowCount
        cases = TrainingCases(
            table: CaseTable(
                featureNames: features, features: try Self.values(source, features),
                outcome: [Double](repeating: .nan, count: rows), batch: [String](repeating: "", count: rows)),
            names: (0..<rows).map { "\($0)" })
    }

    private static func values(_ source: CSVTable, _ names: [String]) throws -> [Double] {
        let columns = try names.map { try source.numbers($0) }
        return (0..<source.rowCount).flatMap { row in columns.map { $0[row] } }
    }

    private static func checkOffset(_ source: CSVTable, _ column: String) throws {
        if let row = try source.numbers(column).firstIndex(where: \.isNaN) {
            throw TableError.missingValue(file: source.file, row: row + 1, column: column)
        }
    }

    private static func times(_ source: CSVTable, _ column: String) throws(TableError) -> [Double] {
        let values = try source.times(column)
        if let row = values.firstIndex(where: \.isNaN) {
            throw .missingValue(file: source.file, row: row + 1, column: column)
        }
        return values
    }
}
