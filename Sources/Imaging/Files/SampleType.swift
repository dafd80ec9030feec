/// How one voxel is stored in a NIfTI or NRRD file.
enum SampleType: CaseIterable {
    case uint8, int8, uint16, int16, uint32, int32, uint64, int64, float, double

    var byteCount: Int {
        switch self {
        case .uint8, .int8: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float: 4
        case .uint64, .int64, .double: 8
        }
    }

    var isInteger: Bool { self != .float && self != .double }

    /// Intensities `slope * stored + intercept` of `count` samples from a position in the bytes.
    func intensities(
        of bytes: [UInt8], from start: Int, count: Int, bigEndian: Bool, slope: Double, intercept: Double
    ) -> [Float] {
        switch self {
        case .uint8:
            Self.integers(bytes, start, count, bigEndian, slope, intercept, UInt8.self)
        case .int8: Self.integers(bytes, start, count, bigEndian, slope, intercept, Int8.self)
        case .uint16: Self.integers(bytes, start, count, bigEndian, slope, intercept, UInt16.self)
        case .int16: Self.integers(bytes, start, count, bigEndian, slope, intercept, Int16.self)
        case .uint32: Self.integers(bytes, start, count, bigEndian, slope, intercept, UInt32.self)
        case .int32: Self.integers(bytes, start, count, bigEndian, slope, intercept, Int32.self)
        case .uint64: Self.integers(bytes, start, count, bigEndian, slope, intercept, UInt64.self)
        case .int64: Self.integers(bytes, start, count, bigEndian, slope, intercept, Int64.self)
        case .float:
            Self.words(bytes, start, count, bigEndian, UInt32.self) { (word: UInt32) -> Float in
                let stored = Float(bitPattern: word)
                return slope == 1 && intercept == 0 ? stored : Float(slope * Double(stored) + intercept)
            }
        case .double:
            Self.words(bytes, start, count, bigEndian, UInt64.self) { (word: UInt64) -> Float in
                Float(slope * Double(bitPattern: word) + intercept)
            }
        }
    }

    @inline(__always)
    private static func integers<Word: FixedWidthInteger>(
        _ bytes: [UInt8], _ start: Int, _ count: Int, _ bigEndian: Bool, _ slope: Double, _ intercept: Double,
        _: Word.Type
    ) -> [Float] {
        if slope == 1, intercept == 0 { return words(bytes, start, count, bigEndian, Word.self) { Float($0) } }
        return words(bytes, start, count, bigEndian, Word.self) { Float(slope * Double($0) + intercept) }
    }

    @inline(__always)
    private static func words<Word: FixedWidthInteger>(
        _ bytes: [UInt8], _ start: Int, _ count: Int, _ bigEndian: Bool, _: Word.Type, _ intensity: (Word) -> Float
    ) -> [Float] {
        precondition(start >= 0 && start + count * MemoryLayout<Word>.size <= bytes.count)
        return [Float](unsafeUninitializedCapacity: count) { output, filled in
            // The bounds are checked above; an unaligned load of each word is what a file's layout asks for.
            bytes.withUnsafeBytes { source in
                for index in 0..<count {
                    let word = source.loadUnaligned(
                        fromByteOffset: start + index * MemoryLayout<Word>.size, as: Word.self)
                    output[index] = intensity(bigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
                }
            }
            filled = count
        }
    }
}
