public import Federation

/// Rows of which several belong to one patient. It stays at the site.
public struct LongitudinalTable: Sendable, Equatable {
    /// The rows.
    public let table: CaseTable
    /// Patient of each row; a patient's rows lie within one site.
    public let subject: [String]

    /// Creates a table; one subject for each row.
    public init(table: CaseTable, subject: [String]) {
        precondition(subject.count == table.count, "one subject for each row")
        self.table = table
        self.subject = subject
    }

    /// The given rows, in the given order.
    public func selecting(rows: [Int]) -> LongitudinalTable {
        LongitudinalTable(table: table.selecting(rows: rows), subject: rows.map { subject[$0] })
    }

    /// Rows of each subject, subjects in the order of their names.
    func rowsBySubject() -> [[Int]] {
        Dictionary(grouping: 0..<table.count) { subject[$0] }.sorted { $0.key < $1.key }.map(\.value)
    }
}
