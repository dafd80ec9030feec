/// A table of text cells with named columns, read from CSV (RFC 4180: comma, quotes, LF or CRLF, optional UTF-8 BOM).
///
/// The cells stay the bytes of the document, unquoted in place, with the end of each beside them: a table takes little
/// more memory than its file.
public struct CSVTable: Sendable, Equatable {
    /// The file's name, for messages.
    public let file: String
    /// Names of the columns.
    public let columns: [String]
    let positions: [String: Int]
    /// Content of all cells, one after the other.
    private let content: [UInt8]
    /// End of each cell in `content`, row-major, and before them the start of the first.
    private let bounds: [UInt32]
    /// Rows of the document that the table has, in order.
    private let kept: [UInt32]

    /// Largest accepted document in bytes.
    public static let byteLimit = 1 << 30

    /// Number of rows.
    public var rowCount: Int { kept.count }

    /// Parses a document whose first line names the columns.
    ///
    /// - Throws: `TableError` naming file, line and remedy.
    public init(text: String, file: String) throws(TableError) {
        try self.init(utf8: Array(text.utf8), file: file)
    }

    /// Parses the bytes of a document whose first line names the columns.
    ///
    /// - Throws: `TableError` naming file, line and remedy.
    public init(bytes: [UInt8], file: String) throws(TableError) {
        guard bytes.count <= Self.byteLimit else { throw .tooLarge(file: file) }
        // A zero byte is valid in UTF-8 and never in a table: the document is UTF-16.
        if let zero = bytes.firstIndex(of: 0) {
            throw .notUTF8(file: file, line: 1 + bytes[..<zero].count { $0 == 0x0A })
        }
        if String(validating: bytes, as: UTF8.self) == nil {
            // Told by its line, which is found only now.
            var line = 1
            for text in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
                guard String(validating: text, as: UTF8.self) != nil else { break }
                line += 1
            }
            throw .notUTF8(file: file, line: line)
        }
        try self.init(utf8: bytes, file: file)
    }

    private init(utf8: [UInt8], file: String) throws(TableError) {
        guard utf8.count <= Self.byteLimit else { throw .tooLarge(file: file) }
        let document = try Self.parse(utf8, file: file)
        guard let width = document.lines.first?.cells else { throw .empty(file: file) }
        for line in document.lines where line.cells != width {
            throw .ragged(file: file, line: line.number, expected: width, found: line.cells)
        }
        let names = (0..<width).map { cell in
            String(
                decoding: document.content[Int(document.bounds[cell])..<Int(document.bounds[cell + 1])], as: UTF8.self)
        }
        var positions: [String: Int] = [:]
        for (index, name) in names.enumerated() {
            guard !name.isEmpty else { throw .unnamedColumn(file: file, position: index + 1) }
            guard positions.updateValue(index, forKey: name) == nil else {
                throw .duplicateColumn(file: file, column: name)
            }
        }
        self.file = file
        columns = names
        self.positions = positions
        content = document.content
        bounds = Array(document.bounds.dropFirst(width))
        kept = Array(0..<UInt32(document.lines.count - 1))
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
        return kept.map { text(row: Int($0), position) }
    }

    /// The cells of all rows as text.
    public var rows: [[String]] {
        kept.map { row in columns.indices.map { text(row: Int(row), $0) } }
    }

    private func cell(row: Int, _ position: Int) -> ArraySlice<UInt8> {
        let index = row * columns.count + position
        return content[Int(bounds[index])..<Int(bounds[index + 1])]
    }

    private func text(row: Int, _ position: Int) -> String { String(decoding: cell(row: row, position), as: UTF8.self) }

    /// The numbers of a column; an empty cell, `NA` and `?` are missing and become NaN.
    ///
    /// `NaN` in a file is the result of a computation that failed, not a value that nobody measured: it is refused.
    ///
    /// - Throws: `TableError.notANumber` naming file, row, column; the cell's content is not repeated, since it may
    ///   be a patient's.
    public func numbers(_ column: String) throws(TableError) -> [Double] {
        let position = try position(column)
        var numbers: [Double] = []
        numbers.reserveCapacity(kept.count)
        for (index, row) in kept.enumerated() {
            switch text(row: Int(row), position) {
            case "", "NA", "?": numbers.append(.nan)
            case let cell:
                guard let value = Double(cell), value.isFinite else {
                    throw .notANumber(file: file, row: index + 1, column: column)
                }
                numbers.append(value)
            }
        }
        return numbers
    }

    /// The times of a column, to an event or to the end of observation; NaN where missing, as `numbers`.
    ///
    /// - Throws: `TableError.notANumber`, `.negativeTime`.
    public func times(_ column: String) throws(TableError) -> [Double] {
        let values = try numbers(column)
        if let row = values.firstIndex(where: { $0 < 0 }) {
            throw .negativeTime(file: file, row: row + 1, column: column)
        }
        return values
    }

    /// The rows whose cell in a column is `value`, in order.
    public func filter(_ column: String, equals value: String) throws(TableError) -> CSVTable {
        let position = try position(column)
        let wanted = Array(value.utf8)
        return CSVTable(self, kept: kept.filter { cell(row: Int($0), position).elementsEqual(wanted) })
    }

    /// The given rows, in the given order.
    public func selecting(rows: [Int]) -> CSVTable { CSVTable(self, kept: rows.map { kept[$0] }) }

    private init(_ table: CSVTable, kept: [UInt32]) {
        file = table.file
        columns = table.columns
        positions = table.positions
        content = table.content
        bounds = table.bounds
        self.kept = kept
    }

    /// Creates a table from cells; every row must have one cell for each column.
    public init(file: String, columns: [String], rows: [[String]]) {
        self.file = file
        self.columns = columns
        positions = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var content: [UInt8] = []
        var bounds: [UInt32] = [0]
        for row in rows {
            precondition(row.count == columns.count, "one cell for each column")
            for cell in row {
                content += Array(cell.utf8)
                bounds.append(UInt32(content.count))
            }
        }
        self.content = content
        self.bounds = bounds
        kept = Array(0..<UInt32(rows.count))
    }

    /// Whether two tables have the same columns and cells; the file's name counts too.
    public static func == (left: CSVTable, right: CSVTable) -> Bool {
        guard left.file == right.file, left.columns == right.columns, left.rowCount == right.rowCount else {
            return false
        }
        return zip(left.kept, right.kept).allSatisfy { one, other in
            left.columns.indices.allSatisfy { left.cell(row: Int(one), $0) == right.cell(row: Int(other), $0) }
        }
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

    private struct Document {
        let content: [UInt8]
        let bounds: [UInt32]
        let lines: [Line]
    }

    /// A line of the document: where it starts, and how many cells it has.
    private struct Line {
        let number: Int
        let cells: Int
    }

    /// Unquotes the cells in place: what is read is never behind what is written.
    private static func parse(_ bytes: [UInt8], file: String) throws(TableError) -> Document {
        var content = bytes
        var bounds: [UInt32] = [0]
        var lines: [Line] = []
        var written = 0
        var cells = 0
        var cellStart = 0
        var line = 1
        var start = 1
        var isQuotedCell = false
        var inQuotes = false
        var index = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        func endCell() {
            bounds.append(UInt32(written))
            cellStart = written
            cells += 1
            isQuotedCell = false
        }
        func endLine() {
            let isBlank = cells == 0 && written == cellStart && !isQuotedCell
            if !isBlank {
                endCell()
                lines.append(Line(number: start, cells: cells))
            }
            cells = 0
        }
        content.withUnsafeMutableBufferPointer { content in
            while index < content.count {
                let byte = content[index]
                let next = index + 1 < content.count ? content[index + 1] : 0
                if inQuotes {
                    if byte == 0x22, next == 0x22 {
                        content[written] = 0x22
                        written += 1
                        index += 1
                    } else if byte == 0x22 {
                        inQuotes = false
                    } else {
                        if byte == 0x0A { line += 1 }
                        content[written] = byte
                        written += 1
                    }
                } else if byte == 0x22, written == cellStart, !isQuotedCell {
                    inQuotes = true
                    isQuotedCell = true
                } else if byte == 0x2C {
                    endCell()
                } else if byte == 0x0A || (byte == 0x0D && next == 0x0A) {
                    if byte == 0x0D { index += 1 }
                    endLine()
                    line += 1
                    start = line
                } else {
                    content[written] = byte
                    written += 1
                }
                index += 1
            }
        }
        guard !inQuotes else { throw .openQuote(file: file, line: start) }
        endLine()
        content.removeSubrange(written...)
        return Document(content: content, bounds: bounds, lines: lines)
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
    /// A time is below 0.
    case negativeTime(file: String, row: Int, column: String)
    /// A cell that must be filled is empty.
    case missingValue(file: String, row: Int, column: String)
    /// A cell of a categorical column is not one of the protocol's levels.
    case unknownLevel(file: String, row: Int, column: String, levels: [String])
    /// Two rows are about the same case.
    case duplicateRow(file: String, row: Int, column: String)
    /// The file cannot be opened or read.
    case unreadable(file: String)
    /// There is no room for a temporary file.
    case noSpool

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
        case .negativeTime(let file, let row, let column):
            "\(file): row \(row), column '\(column)': a time below 0; correct it or leave the cell empty"
        case .missingValue(let file, let row, let column):
            "\(file): row \(row), column '\(column)': the cell is empty; fill it or exclude the case"
        case .unknownLevel(let file, let row, let column, let levels):
            "\(file): row \(row), column '\(column)': not one of the protocol's levels \(levels.joined(separator: ", "))"
        case .duplicateRow(let file, let row, let column):
            "\(file): row \(row): its '\(column)' appears before; a case must have one row"
        case .unreadable(let file): "\(file): cannot be read; check the path and the permissions"
        case .noSpool:
            "the temporary file cannot be written or read; make room in the folder of temporary files (TMPDIR)"
        }
    }
}
