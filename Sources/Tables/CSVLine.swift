/// The cells of one row of a CSV document.
public struct CSVLine {
    /// The file's name, for messages.
    let file: String
    /// Line of the document on which the row starts.
    fileprivate(set) var number: Int
    /// Content of all cells, one after the other, unquoted.
    fileprivate(set) var content: [UInt8] = []
    /// End of each cell in `content`.
    fileprivate(set) var ends: [Int] = []

    fileprivate init(file: String, number: Int) {
        self.file = file
        self.number = number
    }

    /// Number of cells.
    public var count: Int { ends.count }

    private func cell(_ position: Int) -> ArraySlice<UInt8> {
        content[(position == 0 ? 0 : ends[position - 1])..<ends[position]]
    }

    /// A cell as text.
    ///
    /// - Throws: `TableError.notUTF8`.
    public func text(_ position: Int) throws(TableError) -> String {
        let bytes = cell(position)
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw .notUTF8(file: file, line: number)
        }
        return text
    }

    /// A cell as a number; an empty cell, `NA` and `?` are missing and become NaN, as in `CSVTable.numbers`.
    ///
    /// - Returns: nil for what is no finite number.
    public func number(_ position: Int) -> Double? {
        let bytes = cell(position)
        guard let first = bytes.first else { return .nan }
        if first > 0x39, bytes.elementsEqual("NA".utf8) || bytes.elementsEqual("?".utf8) { return .nan }
        guard let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else { return nil }
        return value
    }
}

/// Splits a CSV document that comes in pieces into lines of cells.
struct CSVLineParser {
    private enum State { case plain, quoted, quoteInQuoted, carriageReturn }

    private let file: String
    private var state = State.plain
    /// Line that is being read.
    private var number = 1
    private var line: CSVLine
    private var isQuotedCell = false
    private var cellStart = 0
    /// Bytes of a byte order mark that were skipped; nil when it cannot come any more.
    private var markPosition: Int? = 0

    init(file: String) {
        self.file = file
        line = CSVLine(file: file, number: 1)
    }

    /// Reads a piece and hands each finished line on, until `body` says that it has enough.
    ///
    /// - Throws: `TableError.openQuote`, `.tooLarge`, and what `body` throws.
    mutating func feed(
        _ piece: UnsafeBufferPointer<UInt8>, isLast: Bool, _ body: (CSVLine) throws(TableError) -> Bool
    ) throws(TableError) {
        for byte in piece {
            if let position = markPosition {
                let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
                markPosition = position < 2 && byte == mark[position] ? position + 1 : nil
                if byte == mark[position] { continue }
            }
            switch state {
            case .quoted:
                if byte == 0x22 {
                    state = .quoteInQuoted
                } else {
                    if byte == 0x0A { number += 1 }
                    line.content.append(byte)
                }
            case .quoteInQuoted where byte == 0x22:
                line.content.append(0x22)
                state = .quoted
            case .carriageReturn where byte == 0x0A:
                state = .plain
                guard try endLine(body) else { return }
            case .carriageReturn:
                line.content.append(0x0D)
                state = .plain
                guard try take(byte, body) else { return }
            case .plain, .quoteInQuoted:
                state = .plain
                guard try take(byte, body) else { return }
            }
        }
        guard line.content.count <= CSVRows.lineLimit else { throw .tooLarge(file: file) }
        guard isLast else { return }
        guard state != .quoted else { throw .openQuote(file: file, line: line.number) }
        if state == .carriageReturn { line.content.append(0x0D) }
        _ = try endLine(body)
    }

    /// A byte outside of quotes.
    private mutating func take(
        _ byte: UInt8, _ body: (CSVLine) throws(TableError) -> Bool
    ) throws(TableError) -> Bool {
        switch byte {
        case 0x2C: endCell()
        case 0x0A: return try endLine(body)
        case 0x0D: state = .carriageReturn
        case 0x22 where line.content.count == cellStart && !isQuotedCell:
            state = .quoted
            isQuotedCell = true
        default: line.content.append(byte)
        }
        return true
    }

    private mutating func endCell() {
        line.ends.append(line.content.count)
        cellStart = line.content.count
        isQuotedCell = false
    }

    private mutating func endLine(_ body: (CSVLine) throws(TableError) -> Bool) throws(TableError) -> Bool {
        let isBlank = line.ends.isEmpty && line.content.isEmpty && !isQuotedCell
        var isMore = true
        if !isBlank {
            endCell()
            isMore = try body(line)
        }
        number += 1
        line.content.removeAll(keepingCapacity: true)
        line.ends.removeAll(keepingCapacity: true)
        cellStart = 0
        line.number = number
        return isMore
    }
}
