import Agreement
public import Statistics
public import Tables

/// How far features agree between acquisition protocols: Lin's concordance of each pair of protocols over the subjects that
/// have both (travelling phantoms and volunteers, repeated scans, several reconstructions).
public struct ProtocolConcordance: Sendable, Encodable {
    /// A feature and two protocols.
    public struct Row: Sendable, Encodable {
        /// Column of the feature.
        public let column: String
        /// The first protocol.
        public let first: String
        /// The second protocol.
        public let second: String
        /// Lin's coefficient with its 95 % interval.
        public let ccc: Estimate
        /// Pearson's correlation, or nil without a coefficient.
        public let correlation: Double?
        /// Standard deviation of the second over that of the first, or nil.
        public let scaleShift: Double?
        /// Mean of the second less that of the first, over the geometric mean of the standard deviations, or nil.
        public let locationShift: Double?
    }

    /// By column, then by pair of protocols in order of name.
    public let rows: [Row]

    /// From one table with a column that names the protocol.
    ///
    /// Columns that are not numbers throughout, and `reader` beside `case`, are no features.
    ///
    /// - Throws: `TableError` or `RobustnessError`.
    public init(table: CSVTable, subject: String, protocol named: String) throws {
        let protocols = try table.texts(named)
        let parts = try Set(protocols).sorted().map { name in (name, try table.filter(named, equals: name)) }
        try self.init(parts, subject: [subject], leavingOut: [named])
    }

    /// From one table a protocol, as `extract --format csv` writes them; case and reader together are the subject.
    ///
    /// - Throws: `TableError` or `RobustnessError`.
    public init(tables: [(protocol: String, table: CSVTable)]) throws {
        try self.init(tables.map { ($0.protocol, $0.table) }, subject: ["case", "reader"], leavingOut: [])
    }

    private init(_ parts: [(String, CSVTable)], subject: [String], leavingOut: Set<String>) throws {
        guard parts.count >= 2, let first = parts.first?.1 else { throw RobustnessError.oneProtocol }
        let identities = leavingOut.union(subject).union(["case", "reader"])
        var rowsOf: [[[String]: Int]] = []
        for (_, table) in parts {
            let keys = try subject.map { try table.texts($0) }
            var rows: [[String]: Int] = [:]
            for row in 0..<(keys.first?.count ?? 0) {
                guard rows.updateValue(row, forKey: keys.map { $0[row] }) == nil else {
                    throw RobustnessError.repeatedSubject(file: table.file, row: row + 1)
                }
            }
            rowsOf.append(rows)
        }
        var found: [Row] = []
        for column in first.columns where !identities.contains(column) {
            let values = parts.compactMap { try? $0.1.numbers(column) }
            guard values.count == parts.count else { continue }
            for one in parts.indices {
                for other in parts.indices where other > one {
                    let pairs = rowsOf[one].keys.sorted { $0.lexicographicallyPrecedes($1) }.compactMap { key in
                        rowsOf[other][key].map { (values[one][rowsOf[one][key] ?? 0], values[other][$0]) }
                    }.filter { !$0.0.isNaN && !$0.1.isNaN }
                    found.append(Self.row(column, parts[one].0, parts[other].0, pairs))
                }
            }
        }
        guard !found.isEmpty else { throw RobustnessError.empty }
        rows = found
    }

    private static func row(_ column: String, _ first: String, _ second: String, _ pairs: [(Double, Double)]) -> Row {
        let centre = pairs.reduce(0) { $0 + $1.0 + $1.1 } / Double(max(2 * pairs.count, 1))
        let concordance = LinConcordance(PairSums(pairs.map(\.0), pairs.map(\.1), centre: centre))
        return Row(
            column: column, first: first, second: second,
            ccc: concordance?.coefficient
                ?? .notEstimable("needs three subjects with both protocols, and values that vary"),
            correlation: concordance?.correlation, scaleShift: concordance?.scaleShift,
            locationShift: concordance?.locationShift)
    }

    /// The table as CSV.
    public var csv: String {
        RobustnessCSV.text(
            [
                "column", "first", "second", "ccc", "lower", "upper", "subjects", "correlation", "scale_shift",
                "location_shift", "reason",
            ],
            rows.map { row in
                let cells = RobustnessCSV.cells(row.ccc)
                let others = [row.correlation, row.scaleShift, row.locationShift].map { $0.map { "\($0)" } ?? "" }
                return [row.column, row.first, row.second] + cells.numbers + others + [cells.reason]
            })
    }
}
