/// Writes NIfTI-1 files: `.nii`, or `.nii.gz` when the path ends in `.gz`.
public enum NIfTIWriter {
    /// Writes an image as 32-bit floats.
    ///
    /// - Throws: `ImagingError.notWritten` or `.tooLarge` naming the file.
    public static func write(_ volume: Volume, path: String) throws(ImagingError) {
        try write(volume.geometry, code: 16, bits: 32, data: volume.voxels.littleEndianBytes, path: path)
    }

    /// Writes a mask as bytes.
    ///
    /// - Throws: `ImagingError.notWritten` or `.tooLarge` naming the file.
    public static func write(_ mask: Mask, path: String) throws(ImagingError) {
        try write(mask.geometry, code: 2, bits: 8, data: mask.voxels, path: path)
    }

    private static let dataOffset = 352

    private static func write(
        _ geometry: Geometry, code: Int16, bits: Int16, data: [UInt8], path: String
    ) throws(ImagingError) {
        let file = FileBytes.lastComponent(path)
        var writer = ByteWriter(count: dataOffset)
        writer.put(Int32(348), at: 0)
        writer.put(Int16(geometry.isPlanar ? 2 : 3), at: 40)
        for index in 1...7 {
            let extent = index <= 3 ? geometry.size[index - 1] : 1
            guard extent <= Int(Int16.max) else {
                throw .tooLarge(file: file, field: "dim[\(index)]", limit: Int(Int16.max))
            }
            writer.put(Int16(extent), at: 40 + 2 * index)
        }
        writer.put(code, at: 70)
        writer.put(bits, at: 72)
        writer.put(Float(1), at: 76)
        for axis in 0..<3 { writer.put(Float(geometry.spacing[axis]), at: 80 + 4 * axis) }
        writer.put(Float(dataOffset), at: 108)
        writer.put(Float(1), at: 112)
        let millimetres: UInt8 = 2
        writer.put(millimetres, at: 123)
        let scannerCoordinates: Int16 = 1
        writer.put(scannerCoordinates, at: 254)
        for row in 0..<3 {
            let sign = row < 2 ? -1.0 : 1.0
            for axis in 0..<3 {
                let step = geometry.direction[axis][row] * geometry.spacing[axis]
                writer.put(Float(sign * step), at: 280 + 16 * row + 4 * axis)
            }
            writer.put(Float(sign * geometry.origin[row]), at: 292 + 16 * row)
        }
        for (index, byte) in "n+1".utf8.enumerated() { writer.put(byte, at: 344 + index) }
        let bytes = writer.bytes + data
        try FileBytes.write(path.hasSuffix(".gz") ? Gzip.deflate(bytes) : bytes, path: path)
    }
}
