import CPng

/// Writes 8-bit grey PNG pictures.
public enum PNGWriter {
    /// Writes a slice of an image; `window` maps to black and white, values outside are clamped.
    ///
    /// - Throws: `ImagingError.notWritten`, or `.invalidParameter` for a slice or window that does not exist.
    public static func write(
        _ volume: Volume, slice: Int = 0, window: ClosedRange<Float> = 0...255, path: String
    ) throws(ImagingError) {
        let size = volume.geometry.size
        guard (0..<size.z).contains(slice) else {
            throw .invalidParameter(field: "slice", remedy: "choose one from 0 to \(size.z - 1)")
        }
        guard window.upperBound > window.lowerBound, window.lowerBound.isFinite, window.upperBound.isFinite else {
            throw .invalidParameter(field: "window", remedy: "give two different finite values")
        }
        let scale = 255 / (window.upperBound - window.lowerBound)
        let plane = volume.voxels[(slice * size.x * size.y)..<((slice + 1) * size.x * size.y)]
        let grey = plane.map { value in
            value.isNaN ? 0 : UInt8(min(max((value - window.lowerBound) * scale, 0), 255).rounded())
        }
        try write(grey: grey, columns: size.x, rows: size.y, path: path)
    }

    /// Writes grey values, row by row.
    ///
    /// - Throws: `ImagingError.notWritten` naming the file.
    public static func write(grey: [UInt8], columns: Int, rows: Int, path: String) throws(ImagingError) {
        guard columns >= 1, rows >= 1, columns <= Limits.axisVoxels, rows <= Limits.axisVoxels,
            grey.count == columns * rows
        else {
            throw .notWritten(
                file: FileBytes.lastComponent(path), field: "size", remedy: "give columns x rows grey values")
        }
        var image = png_image()
        image.version = UInt32(PNG_IMAGE_VERSION)
        image.width = UInt32(columns)
        image.height = UInt32(rows)
        image.format = UInt32(CPNG_GREY)
        defer { png_image_free(&image) }
        var count = 0
        var bytes: [UInt8] = []
        if png_image_write_to_memory(&image, nil, &count, 0, grey, 0, nil) != 0 {
            bytes = [UInt8](repeating: 0, count: count)
            count = png_image_write_to_memory(&image, &bytes, &count, 0, grey, 0, nil) != 0 ? count : 0
        }
        guard count > 0 else {
            throw .notWritten(file: FileBytes.lastComponent(path), field: "", remedy: "the picture cannot be encoded")
        }
        try FileBytes.write(Array(bytes.prefix(count)), path: path)
    }
}
