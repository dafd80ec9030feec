/// Writes NRRD files with gzip encoding, in LPS coordinates.
public enum NRRDWriter {
    /// Writes an image as 32-bit floats.
    ///
    /// - Throws: `ImagingError.notWritten` naming the file.
    public static func write(_ volume: Volume, path: String) throws(ImagingError) {
        try write(volume.geometry, type: "float", data: volume.voxels.littleEndianBytes, path: path)
    }

    /// Writes a mask as bytes.
    ///
    /// - Throws: `ImagingError.notWritten` naming the file.
    public static func write(_ mask: Mask, path: String) throws(ImagingError) {
        try write(mask.geometry, type: "unsigned char", data: mask.voxels, path: path)
    }

    private static func write(
        _ geometry: Geometry, type: String, data: [UInt8], path: String
    ) throws(ImagingError) {
        func text(_ vector: Vector3) -> String { "(\(vector.x),\(vector.y),\(vector.z))" }
        var header = """
            NRRD0004
            type: \(type)
            dimension: 3
            sizes: \(geometry.size.x) \(geometry.size.y) \(geometry.size.z)
            endian: little
            encoding: gzip

            """
        if geometry.spacingKnown {
            let steps = (0..<3).map { text(geometry.direction[$0] * geometry.spacing[$0]) }
            header += """
                space: left-posterior-superior
                space directions: \(steps.joined(separator: " "))
                space origin: \(text(geometry.origin))

                """
        }
        header += "\n"
        try FileBytes.write(Array(header.utf8) + Gzip.deflate(data), path: path)
    }
}
