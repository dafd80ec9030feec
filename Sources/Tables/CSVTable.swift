/// A table of text cells with named columns, read from CSV (RFC 4180: comma, quotes, LF or CRLF, optional UTF-8 BOM).
public struct CSVTable: Sendable, Equatable {
    /// The file's name, for messages.
    public let file: String
    /// Names of the columns.
    public let columns: [String]
    /// Cells of each row, one for each column.
    public let rows: [[String]]
    let positions: [String: Int]

    /// Largest accepted document in bytes.
    public static let byteLimit = 1 << 30

    /// Parses a document whose first line names the columns.
    ///
    /// - Throws: `TableError` naming file, line and remedy.
    public init(text: String, file: String) throws(TableError) {
        var document = text
        if document.utf8.starts(with: [0xEF, 0xBB, 0xBF]) { document.removeFirst() }
        let lines = try Self.records(Array(document.utf8), file: file)
        guard let header = lines.first else { throw .empty(file: file) }
        var positions: [String: Int] = [:]
        for (index, name) in header.cells.enumerated() {
            guard !name.isEmpty else { throw .unnamedColumn(file: file, position: index + 1) }
            guard positions.updateValue(index, forKey: name) == nil else {
                throw .duplicateColumn(file: file, column: name)
            }
        }
        for record in lines.dropFirst() where record.cells.count != header.cells.count {
            throw .ragged(file: file, line: record.line, expected: header.cells.count, found: record.cells.count)
        }
        self.file = file
        columns = header.cells
        rows = lines.dropFirst().map(\.cells)
        self.positions = positions
    }

    /// Position of a column.
    ///
    /// - Throws: `TableError.missingColumn`.
    public func position(_ column: String) throws(TableError) -> Int {
        guard let position = positions[column] else {
            throw .missingColumn(file: file, column: column, present: columns)
        }
        return position
    }

    /// Whether the table has the column.
    public func has(_ column: String) -> Bool { positions[column] != nil }

    /// The text cells of a column.
    public func texts(_ column: String) throws(TableError) -> [String] {
        let position = try position(column)
        return rows.map { $0[position] }
    }

    /// The numbers of a column; an empty cell, `NA` and `NaN` are missing (NaN).
    ///
    /// - Throws: `TableError.notANumber` naming file, line, column; the cell's content is not repeated, since it may
    ///   be a patient's.
    public func numbers(_ column: String) throws(TableError) -> [Double] {
        let position = try position(column)
        var numbers: [Double] = []
        numbers.reserveCapacity(rows.count)
        for (row, cells) in rows.enumerated() {
            numbers.append(try Self.number(cells[position], file: file, row: row, column: column))
        }
        return numbers
    }

    static func number(_ cell: String, file: String, row: Int, column: String) throws(TableError) -> Double {
        switch cell {
        case "", "NA", "NaN", "nan", "?": return .nan
        default:
            guard let value = Double(cell), value.isFinite else {
                throw .notANumber(file: file, row: row + 1, column: column)
            }
            return value
        }
    }

    /// The rows for which `keep` is true, in order.
    public func filter(_ column: String, equals value: String) throws(TableError) -> CSVTable {
        let position = try position(column)
        return CSVTable(
            file: file, columns: columns, rows: rows.filter { $0[position] == value }, positions: positions)
    }

    private init(file: String, columns: [String], rows: [[String]], positions: [String: Int]) {
        self.file = file
        self.columns = columns
        self.rows = rows
        self.positions = positions
    }

    /// Creates a table from cells; every row must have one cell for each column.
    public init(file: String, columns: [String], rows: [[String]]) {
        self.init(
            file: file, columns: columns, rows: rows,
            positions: Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first }))
    }

    /// The table as CSV text; cells with a comma, quote or line break are quoted.
    public var csv: String {
        func quoted(_ cell: String) -> String {
            cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline })
                ? "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
                : cell
        }
        return ([columns] + rows).map { $0.map(quoted).joined(separator: ",") + "\n" }.joined()
    }

    private struct Record {
        let line: Int
        var cells: [String]
    }

    private static func records(_ bytes: [UInt8], file: String) throws(TableError) -> [Record] {
        guard bytes.count <= byteLimit else { throw .tooLarge(file: file) }
        var records: [Record] = []
        var cells: [String] = []
        var cell: [UInt8] = []
        var line = 1
        var start = 1
        var quotedCell = false
        var inQuotes = false
        var index = 0
        func text(_ bytes: [UInt8], _ line: Int) throws(TableError) -> String {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw .notUTF8(file: file, line: line)
            }
            return text
        }
        while index < bytes.count {
            let byte = bytes[index]
            if inQuotes {
                if byte == 0x22 {
                    if index + 1 < bytes.count, bytes[index + 1] == 0x22 {
                        cell.append(0x22)
                        index += 1
                    } else {
                        inQuotes = false
                    }
                } else {
                    if byte == 0x0A { line += 1 }
                    cell.append(byte)
                }
            } else if byte == 0x22, cell.isEmpty, !quotedCell {
                inQuotes = true
                quotedCell = true
            } else if byte == 0x2C {
                cells.append(try text(cell, line))
                cell.removeAll(keepingCapacity: true)
                quotedCell = false
            } else if byte == 0x0A || (byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A) {
                if byte == 0x0D { index += 1 }
                cells.append(try text(cell, line))
                cell.removeAll(keepingCapacity: true)
                if cells.count > 1 || cells[0] != "" || quotedCell { records.append(Record(line: start, cells: cells)) }
                quotedCell = false
                cells.removeAll(keepingCapacity: true)
                line += 1
                start = line
            } else {
                cell.append(byte)
            }
            index += 1
        }
        guard !inQuotes else { throw .openQuote(file: file, line: start) }
        if !cell.isEmpty || !cells.isEmpty || quotedCell {
            cells.append(try text(cell, line))
            records.append(Record(line: start, cells: cells))
        }
        return records
    }
}

/// What is wrong with a table. Messages never repeat a cell's content.
public enum TableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file has no line.
    case empty(file: String)
    /// The file is over the limit.
    case tooLarge(file: String)
    /// A byte sequence is not UTF-8.
    case notUTF8(file: String, line: Int)
    /// A column has no name.
    case unnamedColumn(file: String, position: Int)
    /// Two columns have the same name.
    case duplicateColumn(file: String, column: String)
    /// A line has another number of cells than the header.
    case ragged(file: String, line: Int, expected: Int, found: Int)
    /// A quotation mark is never closed.
    case openQuote(file: String, line: Int)
    /// The table lacks a column.
    case missingColumn(file: String, column: String, present: [String])
    /// A cell of a numeric column is not a finite number.
    case notANumber(file: String, row: Int, column: String)
    /// A cell that must be filled is empty.
    case missingValue(file: String, row: Int, column: String)
    /// A cell of a categorical column is not one of the protocol's levels.
    case unknownLevel(file: String, row: Int, column: String, levels: [String])
    /// Two rows are about the same case.
    case duplicateRow(file: String, row: Int, column: String)

    /// File, field, reason and remedy.
    public var description: String {
        switch self {
        case .empty(let file): "\(file): the file is empty; the first line must name the columns"
        case .tooLarge(let file): "\(file): larger than 1 GiB; split it"
        case .notUTF8(let file, let line): "\(file):\(line): not UTF-8; save the table in UTF-8"
        case .unnamedColumn(let file, let position): "\(file): column \(position) has no name"
        case .duplicateColumn(let file, let column): "\(file): two columns are named '\(column)'"
        case .ragged(let file, let line, let expected, let found):
            "\(file):\(line): \(found) cells where the header has \(expected)"
        case .openQuote(let file, let line): "\(file):\(line): a quotation mark is never closed"
        case .missingColumn(let file, let column, let present):
            "\(file): there is no column '\(column)'; the columns are \(present.prefix(8).joined(separator: ", "))"
                + (present.count > 8 ? ", ... (\(present.count))" : "")
        case .notANumber(let file, let row, let column):
            "\(file): row \(row), column '\(column)': not a finite number; correct it or leave the cell empty"
        case .missingValue(let file, let row, let column):
            "\(file): row \(row), column '\(column)': the cell is empty; fill it or exclude the case"
        case .unknownLevel(let file, let row, let column, let levels):
            "\(file): row \(row), column '\(column)': not one of the protocol's levels \(levels.joined(separator: ", "))"
        case .duplicateRow(let file, let row, let column):
            "\(file): row \(row): its '\(column)' appears before; a case must have one row"
        }
    }
}
