import CPng

/// Reads 8-bit PNG files (grey, colour, palette, with or without alpha) as a planar image without spacing.
///
/// Colour becomes grey by (299 R + 587 G + 114 B + 500) div 1000; alpha is ignored.
enum PNGReader {
    static let magic: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func read(_ file: FileBytes) throws(ImagingError) -> Volume {
        let content = try essentialChunks(file)
        guard let (grey, columns, rows) = decode(content) else {
            throw .malformed(
                file: file.name, field: "image data", remedy: "the picture is damaged; export it again")
        }
        let geometry = Geometry(size: GridSize(columns, rows, 1), spacing: Vector3(1, 1, 1), spacingKnown: false)
        return Volume(geometry: geometry, voxels: grey)
    }

    private static func decode(_ content: [UInt8]) -> (grey: [Float], columns: Int, rows: Int)? {
        // libpng keeps the address between the two calls.
        content.withUnsafeBytes { content in
            var image = png_image()
            image.version = UInt32(PNG_IMAGE_VERSION)
            defer { png_image_free(&image) }
            guard png_image_begin_read_from_memory(&image, content.baseAddress, content.count) != 0 else { return nil }
            let colour = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) != 0
            // Alpha is read and left aside: libpng would blend it with a background.
            let alpha = image.format & UInt32(PNG_FORMAT_FLAG_ALPHA)
            image.format = UInt32(colour ? CPNG_RGB : CPNG_GREY) | alpha
            let (columns, rows) = (Int(image.width), Int(image.height))
            let channels = (colour ? 3 : 1) + (alpha != 0 ? 1 : 0)
            var pixels = [UInt8](repeating: 0, count: columns * rows * channels)
            guard png_image_finish_read(&image, nil, &pixels, 0, nil) != 0 else { return nil }
            let grey = stride(from: 0, to: pixels.count, by: channels).map { first in
                guard colour else { return Float(pixels[first]) }
                return Float(
                    greyValue(red: Int(pixels[first]), green: Int(pixels[first + 1]), blue: Int(pixels[first + 2])))
            }
            return (grey, columns, rows)
        }
    }

    /// Grey value of an 8-bit colour: (299 R + 587 G + 114 B + 500) div 1000.
    static func greyValue(red: Int, green: Int, blue: Int) -> Int {
        (299 * red + 587 * green + 114 * blue + 500) / 1_000
    }

    /// The header, palette and pixel chunks alone, so that gamma and transparency change no value.
    private static func essentialChunks(_ file: FileBytes) throws(ImagingError) -> [UInt8] {
        let fields = ByteFields(bytes: file.bytes, bigEndian: true)
        var content = magic
        content.reserveCapacity(file.bytes.count)
        var position = magic.count
        var pixels = 0
        var header = false
        while position + 12 <= file.bytes.count {
            let length = fields.integer(position, UInt32.self)
            let name = String(decoding: file.bytes[(position + 4)..<(position + 8)], as: UTF8.self)
            let end = position + 12 + length
            guard end <= file.bytes.count else {
                throw .truncated(
                    file: file.name, field: "chunk \(pixels > 0 ? "of pixels" : "of header")",
                    expectedBytes: 12 + length, foundBytes: file.bytes.count - position)
            }
            guard header || name == "IHDR" else {
                throw .malformed(file: file.name, field: "IHDR", remedy: "the picture is damaged; export it again")
            }
            if name == "IHDR" {
                header = true
                try check(fields, at: position, length: length, file: file.name)
                pixels = fields.integer(position + 8, UInt32.self) * fields.integer(position + 12, UInt32.self)
            }
            if ["IHDR", "PLTE", "IDAT", "IEND"].contains(name) { content += file.bytes[position..<end] }
            position = end
            if name == "IEND" {
                guard pixels / 8 / Limits.compressionRatio <= content.count else {
                    throw .truncated(
                        file: file.name, field: "IDAT", expectedBytes: pixels / 8 / Limits.compressionRatio,
                        foundBytes: content.count)
                }
                return content
            }
        }
        throw .truncated(
            file: file.name, field: "IEND", expectedBytes: position + 12, foundBytes: file.bytes.count)
    }

    private static func check(_ fields: ByteFields, at position: Int, length: Int, file: String) throws(ImagingError) {
        guard length == 13 else {
            throw .malformed(file: file, field: "IHDR", remedy: "the picture is damaged; export it again")
        }
        let (columns, rows) = (fields.integer(position + 8, UInt32.self), fields.integer(position + 12, UInt32.self))
        guard columns >= 1, rows >= 1 else {
            throw .malformed(file: file, field: "width or height", remedy: "must be at least 1")
        }
        guard columns <= Limits.axisVoxels, rows <= Limits.axisVoxels, columns * rows <= Limits.voxels else {
            throw .tooLarge(file: file, field: "width x height", limit: Limits.voxels)
        }
        guard fields.integer(position + 16, UInt8.self) <= 8 else {
            throw .unsupported(file: file, field: "bit depth", remedy: "save the picture with 8 bits a sample")
        }
    }
}
