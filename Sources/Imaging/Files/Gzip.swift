import CInflate
import CZlib

/// Compressed data (RFC 1952), with a bound on what it may expand to.
enum Gzip {
    static func isCompressed(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// Expands up to `limit` bytes from position `start`; what follows the limit is not read.
    ///
    /// - Returns: The bytes, and whether the stream was sound as far as it was read.
    static func inflate(_ bytes: [UInt8], from start: Int = 0, limit: Int) -> (bytes: [UInt8], sound: Bool) {
        let inflation = Inflation()
        var position = start
        let result = [UInt8](unsafeUninitializedCapacity: limit) { output, count in
            count = bytes.withUnsafeBufferPointer {
                inflation.read($0, from: &position, into: UnsafeMutableRawBufferPointer(output))
            }
        }
        return (result, inflation.isSound)
    }

    /// Compresses to one gzip member without name and time, so that equal data give equal bytes.
    static func deflate(_ bytes: [UInt8], level: Int32 = 6) -> [UInt8] {
        var stream = z_stream()
        guard
            deflateInit2_(
                &stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
                Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { preconditionFailure("zlib has no memory for its state") }
        defer { deflateEnd(&stream) }
        let piece = 1 << 20
        var result: [UInt8] = []
        bytes.withUnsafeBufferPointer { input in
            var position = 0
            var finished = false
            while !finished {
                let given = min(input.count - position, piece)
                let last = position + given == input.count
                stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + position) }
                stream.avail_in = UInt32(given)
                repeat {
                    let block = [UInt8](unsafeUninitializedCapacity: piece) { output, count in
                        stream.next_out = output.baseAddress
                        stream.avail_out = UInt32(piece)
                        finished = CZlib.deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_END
                        count = piece - Int(stream.avail_out)
                    }
                    result += block
                } while stream.avail_out == 0 && !finished
                position += given
            }
        }
        return result
    }
}

/// A gzip stream that is expanded as far as it is wanted.
///
/// By ISA-L: half of the time of reading an image went to zlib's expansion.
final class Inflation {
    private let state: OpaquePointer?
    /// Whether the stream was sound as far as it was read.
    private(set) var isSound: Bool

    init() {
        state = cinflate_new()
        isSound = state != nil
    }

    deinit { cinflate_delete(state) }

    /// Fills `output` with what the compressed bytes from `position` on expand to, and moves `position` on.
    ///
    /// - Returns: The number of bytes; fewer than `output` holds are all that there were, or `isSound` is false.
    func read(
        _ input: UnsafeBufferPointer<UInt8>, from position: inout Int, into output: UnsafeMutableRawBufferPointer
    ) -> Int {
        guard let source = input.baseAddress else { return 0 }
        var count = 0
        // The state may hold output after the last of the input was taken.
        while isSound, count < output.count {
            var consumed = min(input.count - position, 1 << 30)
            var produced = min(output.count - count, 1 << 30)
            // Several members may follow one another.
            let status = cinflate_read(
                state, source + position, &consumed,
                output.baseAddress!.assumingMemoryBound(to: UInt8.self) + count, &produced)
            position += consumed
            count += produced
            if status == CINFLATE_UNSOUND { isSound = false }
            guard consumed > 0 || produced > 0 else {
                if position < input.count { isSound = false }
                break
            }
        }
        return count
    }
}
