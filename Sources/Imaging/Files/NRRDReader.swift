/// Reads NRRD files with the voxels in the same file, raw or gzip.
enum NRRDReader {
    static let magic = Array("NRRD000".utf8)

    static func read(_ file: FileBytes) throws(ImagingError) -> LoadedImage {
        let header = try NRRDHeader(file)
        let count = header.geometry.size.count
        let total = count * header.type.byteCount
        let stored = file.bytes.count - header.dataOffset
        var (content, start) = (file.bytes, header.dataOffset)
        if header.compressed {
            guard total / Limits.compressionRatio <= stored else {
                throw .truncated(
                    file: file.name, field: "voxels", expectedBytes: total / Limits.compressionRatio,
                    foundBytes: stored)
            }
            let (bytes, sound) = Gzip.inflate(file.bytes, from: header.dataOffset, limit: total)
            guard sound else {
                throw .malformed(
                    file: file.name, field: "gzip stream", remedy: "the data are damaged; copy the file again")
            }
            (content, start) = (bytes, 0)
        }
        guard content.count - start >= total else {
            throw .truncated(
                file: file.name, field: "voxels", expectedBytes: total, foundBytes: content.count - start)
        }
        let voxels = header.type.intensities(
            of: content, from: start, count: count, bigEndian: header.bigEndian, slope: 1, intercept: 0)
        return LoadedImage(
            volume: Volume(geometry: header.geometry, voxels: voxels), holdsIntegers: header.type.isInteger)
    }
}
