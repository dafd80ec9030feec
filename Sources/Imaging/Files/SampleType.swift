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

    /// Turns samples into intensities `slope * stored + intercept`.
    ///
    /// - Precondition: `intensities` has room for the samples of `bytes`.
    func convert(
        _ bytes: UnsafeRawBufferPointer, to intensities: UnsafeMutableBufferPointer<Float>, bigEndian: Bool,
        slope: Double, intercept: Double
    ) {
        let scale = Scale(bigEndian: bigEndian, slope: slope, intercept: intercept)
        switch self {
        case .uint8: scale.integers(bytes, intensities, UInt8.self)
        case .int8: scale.integers(bytes, intensities, Int8.self)
        case .uint16: scale.integers(bytes, intensities, UInt16.self)
        case .int16: scale.integers(bytes, intensities, Int16.self)
        case .uint32: scale.integers(bytes, intensities, UInt32.self)
        case .int32: scale.integers(bytes, intensities, Int32.self)
        case .uint64: scale.integers(bytes, intensities, UInt64.self)
        case .int64: scale.integers(bytes, intensities, Int64.self)
        case .float:
            scale.words(bytes, intensities) { (word: UInt32) -> Float in
                let stored = Float(bitPattern: word)
                return slope == 1 && intercept == 0 ? stored : Float(slope * Double(stored) + intercept)
            }
        case .double:
            scale.words(bytes, intensities) { (word: UInt64) -> Float in
                Float(slope * Double(bitPattern: word) + intercept)
            }
        }
    }
}

/// How stored words become intensities.
private struct Scale {
    let bigEndian: Bool
    let slope: Double
    let intercept: Double

    @inline(__always)
    func integers<Word: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ intensities: UnsafeMutableBufferPointer<Float>, _: Word.Type
    ) {
        if slope == 1, intercept == 0 {
            words(bytes, intensities) { (word: Word) in Float(word) }
        } else {
            words(bytes, intensities) { (word: Word) in Float(slope * Double(word) + intercept) }
        }
    }

    @inline(__always)
    func words<Word: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ intensities: UnsafeMutableBufferPointer<Float>,
        _ intensity: (Word) -> Float
    ) {
        let count = bytes.count / MemoryLayout<Word>.size
        precondition(count <= intensities.count)
        for index in 0..<count {
            let word = bytes.load(fromByteOffset: index * MemoryLayout<Word>.size, as: Word.self)
            intensities[index] = intensity(bigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
        }
    }
}
