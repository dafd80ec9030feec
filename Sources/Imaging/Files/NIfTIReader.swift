/// Reads NIfTI-1 and NIfTI-2 files (.nii, .nii.gz), either byte order, all integer and real voxel types.
enum NIfTIReader {
    /// Reads the header of a file that begins with `prefix`; nil when it is no NIfTI file.
    ///
    /// - Parameters:
    ///   - prefix: The first bytes of the file, at least `NIfTIHeader.byteCount` where there are so many.
    ///   - file: The whole file, if it is needed: compressed files are read as a whole.
    static func scan(
        prefix: [UInt8], name: String, path: String?, file: () throws(ImagingError) -> FileBytes
    ) throws(ImagingError) -> FileScan? {
        if Gzip.isCompressed(prefix) {
            let bytes = try file().bytes
            let start = Gzip.inflate(bytes, limit: NIfTIHeader.byteCount).bytes
            guard let header = try NIfTIHeader(prefix: start, file: name) else { return nil }
            let total = header.dataOffset + header.geometry.size.count * header.type.byteCount
            // Refused before memory is taken: deflate cannot expand so far.
            guard total / Limits.compressionRatio <= bytes.count else {
                throw .truncated(
                    file: name, field: "voxels", expectedBytes: total / Limits.compressionRatio,
                    foundBytes: bytes.count)
            }
            return scan(header, .gzip(bytes, from: 0), name)
        }
        guard let header = try NIfTIHeader(prefix: Array(prefix.prefix(NIfTIHeader.byteCount)), file: name) else {
            return nil
        }
        let total = header.dataOffset + header.geometry.size.count * header.type.byteCount
        if let path {
            let found = try FileBytes.size(path: path)
            guard found >= total else {
                throw .truncated(file: name, field: "voxels", expectedBytes: total, foundBytes: found)
            }
            return scan(header, .file(path: path), name)
        }
        let bytes = try file().bytes
        guard bytes.count >= total else {
            throw .truncated(file: name, field: "voxels", expectedBytes: total, foundBytes: bytes.count)
        }
        return scan(header, .bytes(bytes), name)
    }

    private static func scan(_ header: NIfTIHeader, _ source: SampleStream.Source, _ name: String) -> FileScan {
        FileScan(
            geometry: header.geometry,
            samples: SampleStream(
                source: source, name: name, offset: header.dataOffset, count: header.geometry.size.count,
                type: header.type, bigEndian: header.bigEndian, slope: header.slope, intercept: header.intercept),
            holdsIntegers: header.type.isInteger && header.slope == 1 && header.intercept == 0)
    }
}

/// A NIfTI or NRRD file whose header has been read and whose voxels have not.
struct FileScan {
    let geometry: Geometry
    let samples: SampleStream
    /// Whether the file holds whole numbers, by their type.
    let holdsIntegers: Bool

    /// The image.
    ///
    /// - Throws: `ImagingError`.
    func image() throws(ImagingError) -> LoadedImage {
        LoadedImage(
            volume: Volume(geometry: geometry, voxels: try samples.intensities()), holdsIntegers: holdsIntegers)
    }
}
