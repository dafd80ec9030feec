/// Reads NRRD files with the voxels in the same file, raw or gzip.
enum NRRDReader {
    static let magic = Array("NRRD000".utf8)

    static func scan(_ file: FileBytes) throws(ImagingError) -> FileScan {
        let header = try NRRDHeader(file)
        let count = header.geometry.size.count
        let total = count * header.type.byteCount
        let stored = file.bytes.count - header.dataOffset
        let enough = header.compressed ? total / Limits.compressionRatio : total
        guard stored >= enough else {
            throw .truncated(file: file.name, field: "voxels", expectedBytes: enough, foundBytes: stored)
        }
        return FileScan(
            geometry: header.geometry,
            samples: SampleStream(
                source: header.compressed ? .gzip(file.bytes, from: header.dataOffset) : .bytes(file.bytes),
                name: file.name, offset: header.compressed ? 0 : header.dataOffset, count: count, type: header.type,
                bigEndian: header.bigEndian, slope: 1, intercept: 0),
            holdsIntegers: header.type.isInteger)
    }
}
