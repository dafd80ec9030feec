#if canImport(Glibc)
    import Glibc
#endif

/// The samples of an uncompressed or gzip file, some at a time, so that neither the whole file nor what it expands to lies in
/// memory beside the volume.
struct SampleStream {
    /// Where the bytes are.
    enum Source {
        /// A file that is read piece by piece.
        case file(path: String)
        /// Bytes in memory.
        case bytes([UInt8])
        /// A gzip stream that begins at a position of these bytes.
        case gzip([UInt8], from: Int)
    }

    let source: Source
    /// The only part of the path that messages may show.
    let name: String
    /// Bytes before the first sample, after expansion.
    let offset: Int
    let count: Int
    let type: SampleType
    let bigEndian: Bool
    let slope: Double
    let intercept: Double

    /// Samples converted at once: as read and as intensities they stay in the cache.
    private static let piece = 1 << 16

    /// Intensities `slope * stored + intercept` of all samples.
    ///
    /// - Throws: `ImagingError.truncated`, `.malformed` for a damaged gzip stream, or `.unreadable`.
    func intensities() throws(ImagingError) -> [Float] {
        // Pages cost nothing until data have come for them: a header may promise more than the file holds.
        var result: [Float] = []
        result.reserveCapacity(count)
        try forEach { result.append(contentsOf: $0) }
        return result
    }

    /// Hands all intensities to `body`, piece by piece, in the order of the file.
    ///
    /// - Throws: As `intensities()`.
    func forEach(_ body: (UnsafeBufferPointer<Float>) -> Void) throws(ImagingError) {
        let reader = try Reader(source, name: name)
        let width = type.byteCount
        let stored = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.piece * width, alignment: 8)
        let converted = UnsafeMutableBufferPointer<Float>.allocate(capacity: Self.piece)
        defer {
            stored.deallocate()
            converted.deallocate()
        }
        let total = offset + count * width
        var position = 0
        func fill(_ length: Int) throws(ImagingError) {
            let found = reader.read(UnsafeMutableRawBufferPointer(rebasing: stored[..<length]))
            position += found
            guard found < length else { return }
            guard reader.isSound else {
                throw .malformed(
                    file: name, field: "gzip stream", remedy: "the data are damaged; copy the file again")
            }
            throw .truncated(file: name, field: "voxels", expectedBytes: total, foundBytes: position)
        }
        while position < offset { try fill(min(offset - position, stored.count)) }
        var done = 0
        while done < count {
            let samples = min(Self.piece, count - done)
            try fill(samples * width)
            type.convert(
                UnsafeRawBufferPointer(rebasing: stored[..<(samples * width)]), to: converted, bigEndian: bigEndian,
                slope: slope, intercept: intercept)
            body(UnsafeBufferPointer(rebasing: converted[..<samples]))
            done += samples
        }
    }
}

/// Reads the bytes of a source in order.
private final class Reader {
    private let bytes: [UInt8]
    private var position = 0
    private var descriptor: Int32 = -1
    private let inflation: Inflation?

    init(_ source: SampleStream.Source, name: String) throws(ImagingError) {
        switch source {
        case .file(let path):
            (bytes, inflation) = ([], nil)
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw .unreadable(file: name, remedy: "there is no such file or no permission to read it")
            }
        case .bytes(let content):
            (bytes, inflation) = (content, nil)
        case .gzip(let content, let start):
            bytes = content
            position = start
            inflation = Inflation()
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Whether the stream was sound as far as it was read.
    var isSound: Bool { inflation?.isSound ?? true }

    /// Fills a buffer; fewer bytes than it holds are all that there were.
    func read(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        if let inflation {
            return bytes.withUnsafeBufferPointer { inflation.read($0, from: &position, into: buffer) }
        }
        if descriptor < 0 {
            let length = max(0, min(buffer.count, bytes.count - position))
            bytes.withUnsafeBytes { source in
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<position + length]))
            }
            position += length
            return length
        }
        var count = 0
        while count < buffer.count {
            let received = Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
            guard received > 0 else { break }
            count += received
        }
        return count
    }
}
