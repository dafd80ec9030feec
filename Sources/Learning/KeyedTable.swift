/// Cases as bins, each with a key that its name gives. Never leaves the site.
public struct KeyedTable: Sendable, Equatable {
    /// Bins and outcome.
    public let table: CodedTable
    /// Key of each case: a hash of its name, the same wherever the case is held.
    public let keys: [UInt64]

    /// Creates a table; a key for each case.
    public init(_ table: CodedTable, keys: [UInt64]) {
        precondition(table.count == keys.count, "a key for each case")
        self.table = table
        self.keys = keys
    }

    /// Creates a table with the hashes of the names of the cases as keys.
    ///
    /// - Parameters:
    ///   - names: name of each case; rows of one patient share draws if they share a name.
    ///   - seed: key of the hash.
    public init(_ table: CodedTable, names: [String], seed: UInt64) {
        let hash = KeyedHash(seed: seed)
        self.init(table, keys: names.map { hash.hash($0) })
    }

    /// Number of cases.
    public var count: Int { keys.count }

    /// The given cases, in the given order.
    public func selecting(_ rows: [Int]) -> KeyedTable {
        KeyedTable(table.selecting(rows), keys: rows.map { keys[$0] })
    }
}
