/// Numbers at fixed places of a binary header, in either byte order.
struct ByteFields {
    let bytes: [UInt8]
    let bigEndian: Bool

    func integer<Word: FixedWidthInteger>(_ offset: Int, _: Word.Type) -> Int {
        Int(clamping: word(offset, Word.self))
    }

    func float(_ offset: Int) -> Double { Double(Float(bitPattern: word(offset, UInt32.self))) }

    func double(_ offset: Int) -> Double { Double(bitPattern: word(offset, UInt64.self)) }

    private func word<Word: FixedWidthInteger>(_ offset: Int, _: Word.Type) -> Word {
        let word = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Word.self) }
        return bigEndian ? Word(bigEndian: word) : Word(littleEndian: word)
    }
}

/// A binary header in the making, little endian.
struct ByteWriter {
    private(set) var bytes: [UInt8]

    init(count: Int) { bytes = [UInt8](repeating: 0, count: count) }

    mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: value.littleEndian) { source in
            for (index, byte) in source.enumerated() { bytes[offset + index] = byte }
        }
    }

    mutating func put(_ value: Float, at offset: Int) { put(value.bitPattern, at: offset) }
}

extension [Float] {
    /// The values as little-endian bytes.
    var littleEndianBytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 4 * count) { output, filled in
            for (index, value) in enumerated() {
                let word = value.bitPattern.littleEndian
                for byte in 0..<4 { output[4 * index + byte] = UInt8(truncatingIfNeeded: word >> (8 * UInt32(byte))) }
            }
            filled = 4 * count
        }
    }
}
