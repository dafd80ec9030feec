public import Federation

/// Rows to harmonise, and whose they are where a patient has several.
public struct HarmonisationRows: Sendable, Equatable {
    /// The rows.
    public let table: CaseTable
    /// Patient of each row; nil where rows are taken as independent.
    public let subject: [String]?

    /// Creates rows.
    public init(table: CaseTable, subject: [String]? = nil) {
        self.table = table
        self.subject = subject
    }

    /// The given rows, in the given order.
    public func selecting(rows: [Int]) -> HarmonisationRows {
        HarmonisationRows(table: table.selecting(rows: rows), subject: subject.map { names in rows.map { names[$0] } })
    }
}
