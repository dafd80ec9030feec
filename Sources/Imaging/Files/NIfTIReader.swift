/// Reads NIfTI-1 and NIfTI-2 files (.nii, .nii.gz), either byte order, all integer and real voxel types.
enum NIfTIReader {
    static func read(_ file: FileBytes) throws(ImagingError) -> LoadedImage? {
        let compressed = Gzip.isCompressed(file.bytes)
        let prefix =
            compressed
            ? Gzip.inflate(file.bytes, limit: NIfTIHeader.byteCount).bytes
            : Array(file.bytes.prefix(NIfTIHeader.byteCount))
        guard let header = try NIfTIHeader(prefix: prefix, file: file.name) else { return nil }
        let count = header.geometry.size.count
        let total = header.dataOffset + count * header.type.byteCount
        var content = file.bytes
        if compressed {
            // Refused before memory is taken: deflate cannot expand so far.
            guard total / Limits.compressionRatio <= file.bytes.count else {
                throw .truncated(
                    file: file.name, field: "voxels", expectedBytes: total / Limits.compressionRatio,
                    foundBytes: file.bytes.count)
            }
            let (bytes, sound) = Gzip.inflate(file.bytes, limit: total)
            guard sound else {
                throw .malformed(
                    file: file.name, field: "gzip stream", remedy: "the data are damaged; copy the file again")
            }
            content = bytes
        }
        guard content.count >= total else {
            throw .truncated(file: file.name, field: "voxels", expectedBytes: total, foundBytes: content.count)
        }
        let voxels = header.type.intensities(
            of: content, from: header.dataOffset, count: count, bigEndian: header.bigEndian, slope: header.slope,
            intercept: header.intercept)
        return LoadedImage(
            volume: Volume(geometry: header.geometry, voxels: voxels),
            holdsIntegers: header.type.isInteger && header.slope == 1 && header.intercept == 0)
    }
}
