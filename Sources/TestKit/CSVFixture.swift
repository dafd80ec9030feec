/// A fixture table: RFC 4180 text (quotes, LF or CRLF) whose first line names the columns.
///
/// Asking for a column that is absent, or for a number that is none, stops the test run with its name.
public struct CSVFixture: Sendable, Equatable {
    /// Names of the columns.
    public let columns: [String]
    /// Cells of each row.
    public let rows: [[String]]

    /// Parses a table; the first record is the header unless names are given.
    public init(text: String, columns: [String]? = nil) {
        let records = Self.records(text)
        precondition(columns != nil || !records.isEmpty, "a table has a header")
        self.init(columns: columns ?? records[0], rows: Array(columns == nil ? records.dropFirst() : records[...]))
        precondition(rows.allSatisfy { $0.count == self.columns.count }, "a record has another number of cells")
    }

    /// Reads a table of the shared data.
    public static func shared(_ path: String, columns: [String]? = nil) throws -> CSVFixture {
        CSVFixture(text: String(decoding: try SharedData.bytes(path), as: UTF8.self), columns: columns)
    }

    /// The texts of a column.
    public func texts(_ column: String) -> [String] {
        guard let position = columns.firstIndex(of: column) else {
            preconditionFailure("the table has no column '\(column)'")
        }
        return rows.map { $0[position] }
    }

    /// The numbers of a column; empty, `NA` and `?` are NaN.
    public func numbers(_ column: String) -> [Double] {
        texts(column).map { text in
            if text.isEmpty || text == "NA" || text == "?" { return .nan }
            guard let number = Double(text) else { preconditionFailure("column '\(column)' has '\(text)'") }
            return number
        }
    }

    /// The rows whose column has the given text.
    public func filtered(_ column: String, is text: String) -> CSVFixture {
        guard let position = columns.firstIndex(of: column) else {
            preconditionFailure("the table has no column '\(column)'")
        }
        return CSVFixture(columns: columns, rows: rows.filter { $0[position] == text })
    }

    private init(columns: [String], rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }

    private static func records(_ text: String) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var bytes = Array(text.utf8)[...]
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
        let quote = UInt8(ascii: "\"")
        func endCell() {
            record.append(String(decoding: cell, as: UTF8.self))
            cell.removeAll(keepingCapacity: true)
        }
        func endRecord() {
            // An empty line is no record.
            if record.isEmpty && cell.isEmpty { return }
            endCell()
            records.append(record)
            record.removeAll()
        }
        while let byte = bytes.popFirst() {
            if isQuoted {
                if byte != quote {
                    cell.append(byte)
                } else if bytes.first == quote {
                    cell.append(quote)
                    bytes.removeFirst()
                } else {
                    isQuoted = false
                }
            } else if byte == quote {
                isQuoted = true
            } else if byte == UInt8(ascii: ",") {
                endCell()
            } else if byte == UInt8(ascii: "\n") {
                endRecord()
            } else if byte != UInt8(ascii: "\r") {
                cell.append(byte)
            }
        }
        endRecord()
        return records
    }
}
