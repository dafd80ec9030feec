#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Rows of numbers in a temporary file that has no name and goes with the process, so that a table larger than memory can be
/// read again and again without parsing it again.
public final class NumberSpool {
    /// Numbers in each row.
    public let width: Int
    /// Rows that were added.
    public private(set) var count = 0
    private let descriptor: Int32
    private var pending: [Double] = []
    /// Numbers that are written at once.
    private static let pieceLength = 1 << 15

    /// Creates an empty spool in the folder of temporary files.
    ///
    /// - Throws: `TableError.noSpool`.
    public init(width: Int) throws(TableError) {
        self.width = width
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/spool-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .noSpool }
        unlink(&template)
    }

    deinit { close(descriptor) }

    /// Adds a row.
    ///
    /// - Throws: `TableError.noSpool` when the disk is full.
    public func append(_ row: [Double]) throws(TableError) {
        precondition(row.count == width, "one number for each column")
        pending += row
        count += 1
        if pending.count >= Self.pieceLength { try flush() }
    }

    /// Writes what is pending; rows can be read afterwards.
    ///
    /// - Throws: `TableError.noSpool`.
    public func flush() throws(TableError) {
        let isWritten = pending.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let written = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                guard written > 0 else { return false }
                rest = rest.dropFirst(written)
            }
            return true
        }
        guard isWritten else { throw .noSpool }
        pending.removeAll(keepingCapacity: true)
    }

    /// The numbers of the given rows, row by row; the file's order is the quickest.
    ///
    /// - Throws: `TableError.noSpool`.
    public func read(_ rows: [Int]) throws(TableError) -> [Double] {
        let size = width * MemoryLayout<Double>.stride
        var isRead = true
        let values = [Double](unsafeUninitializedCapacity: rows.count * width) { buffer, initialised in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var (place, start) = (0, 0)
            while start < rows.count {
                var end = start + 1
                while end < rows.count, rows[end] == rows[end - 1] + 1 { end += 1 }
                let length = (end - start) * size
                let piece = UnsafeMutableRawBufferPointer(rebasing: bytes[place..<place + length])
                if length > 0, pread(descriptor, piece.baseAddress, length, off_t(rows[start] * size)) != length {
                    isRead = false
                    return
                }
                place += length
                start = end
            }
            initialised = rows.count * width
        }
        guard isRead else { throw .noSpool }
        return values
    }
}
