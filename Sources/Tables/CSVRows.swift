#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The rows of a CSV document (RFC 4180 as `CSVTable` reads it), one after the other, in memory that does not grow with the
/// document. They can be read again and again.
public struct CSVRows: Sendable {
    /// The file's name, for messages.
    public let file: String
    /// Names of the columns.
    public let columns: [String]
    private let source: Source

    private enum Source: Sendable {
        case bytes([UInt8])
        case path(String)
    }

    /// Longest accepted line in bytes.
    public static let lineLimit = 1 << 26

    /// Opens a file whose first line names the columns.
    ///
    /// - Throws: `TableError` naming file, line and remedy.
    public init(path: String, file: String) throws(TableError) { try self.init(.path(path), file: file) }

    /// Takes a document in memory.
    ///
    /// - Throws: `TableError` naming file, line and remedy.
    public init(text: String, file: String) throws(TableError) { try self.init(.bytes(Array(text.utf8)), file: file) }

    private init(_ source: Source, file: String) throws(TableError) {
        self.source = source
        self.file = file
        var parser = CSVLineParser(file: file)
        var names: [String]?
        try Self.pieces(of: source, file: file) { piece, isLast throws(TableError) in
            try parser.feed(piece, isLast: isLast) { line throws(TableError) in
                names = try (0..<line.count).map { cell throws(TableError) in try line.text(cell) }
                return false
            }
            return names == nil
        }
        guard let names else { throw .empty(file: file) }
        var seen: Set<String> = []
        for (index, name) in names.enumerated() {
            guard !name.isEmpty else { throw .unnamedColumn(file: file, position: index + 1) }
            guard seen.insert(name).inserted else { throw .duplicateColumn(file: file, column: name) }
        }
        columns = names
    }

    /// Position of a column.
    ///
    /// - Throws: `TableError.missingColumn`.
    public func position(_ column: String) throws(TableError) -> Int {
        guard let position = columns.firstIndex(of: column) else {
            throw .missingColumn(file: file, column: column, present: columns)
        }
        return position
    }

    /// Calls `body` with the position, from 0, and the cells of each row.
    ///
    /// - Throws: `TableError` for a document that is no table, and what `body` throws.
    public func forEachRow(_ body: (_ row: Int, _ cells: CSVLine) throws -> Void) throws {
        var parser = CSVLineParser(file: file)
        var row = -1
        var failure: (any Error)?
        try Self.pieces(of: source, file: file) { piece, isLast throws(TableError) in
            try parser.feed(piece, isLast: isLast) { line throws(TableError) in
                guard line.count == columns.count else {
                    throw .ragged(file: file, line: line.number, expected: columns.count, found: line.count)
                }
                defer { row += 1 }
                guard row >= 0 else { return true }
                do {
                    try body(row, line)
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
            return failure == nil
        }
        if let failure { throw failure }
    }

    /// Hands the document on in pieces until `body` says that it has enough.
    private static func pieces(
        of source: Source, file: String,
        _ body: (_ piece: UnsafeBufferPointer<UInt8>, _ isLast: Bool) throws(TableError) -> Bool
    ) throws(TableError) {
        var failure: TableError?
        switch source {
        case .bytes(let bytes):
            bytes.withUnsafeBufferPointer { piece in
                do throws(TableError) { _ = try body(piece, true) } catch { failure = error }
            }
        case .path(let path):
            let descriptor = open(path, O_RDONLY)
            guard descriptor >= 0 else { throw .unreadable(file: file) }
            defer { close(descriptor) }
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            var isMore = true
            while isMore, failure == nil {
                buffer.withUnsafeMutableBytes { bytes in
                    let count = read(descriptor, bytes.baseAddress, bytes.count)
                    guard count >= 0 else {
                        failure = .unreadable(file: file)
                        return
                    }
                    let piece = UnsafeBufferPointer(rebasing: bytes.bindMemory(to: UInt8.self)[..<count])
                    do throws(TableError) {
                        let wantsMore = try body(piece, count == 0)
                        isMore = wantsMore && count > 0
                    } catch { failure = error }
                }
            }
        }
        if let failure { throw failure }
    }
}
