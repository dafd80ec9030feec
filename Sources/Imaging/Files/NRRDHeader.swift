/// The fields of an attached NRRD header (teem, NRRD0001 to NRRD0005) that place the voxels.
struct NRRDHeader {
    let geometry: Geometry
    let type: SampleType
    let bigEndian: Bool
    let compressed: Bool
    /// Position of the first byte after the header.
    let dataOffset: Int

    /// Reads the text before the first empty line.
    init(_ source: FileBytes) throws(ImagingError) {
        let file = source.name
        let (lines, offset) = try Self.lines(source)
        dataOffset = offset
        var fields: [String: String] = [:]
        for line in lines.dropFirst() where !line.hasPrefix("#") && !line.contains(":=") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else {
                throw .malformed(file: file, field: "header", remedy: "each line must be `field: value`")
            }
            fields[parts[0].lowercased()] = String(parts[1].drop(while: { $0 == " " }))
        }
        func required(_ field: String) throws(ImagingError) -> String {
            guard let value = fields[field] else {
                throw .malformed(file: file, field: field, remedy: "add the field to the header")
            }
            return value
        }
        for field in ["data file", "datafile"] where fields[field] != nil {
            throw .unsupported(file: file, field: field, remedy: "save header and voxels in one .nrrd file")
        }
        for field in ["line skip", "byte skip", "lineskip", "byteskip"] where (fields[field] ?? "0") != "0" {
            throw .unsupported(file: file, field: field, remedy: "save the image without skipped bytes")
        }
        guard let type = Self.types[try required("type")] else {
            throw .unsupported(file: file, field: "type", remedy: "convert the image to 16-bit integers or floats")
        }
        self.type = type
        switch try required("encoding").lowercased() {
        case "raw": compressed = false
        case "gzip", "gz": compressed = true
        default: throw .unsupported(file: file, field: "encoding", remedy: "save the image with raw or gzip encoding")
        }
        switch (type.byteCount, fields["endian"]?.lowercased()) {
        case (_, "little"), (1, nil): bigEndian = false
        case (_, "big"): bigEndian = true
        default: throw .malformed(file: file, field: "endian", remedy: "must be little or big")
        }
        let size = try Self.size(try required("dimension"), try required("sizes"), file: file)
        geometry = try NRRDPlacement(fields: fields, size: size, file: file).geometry()
    }

    private static let types: [String: SampleType] = [
        "signed char": .int8, "int8": .int8, "int8_t": .int8,
        "uchar": .uint8, "unsigned char": .uint8, "uint8": .uint8, "uint8_t": .uint8,
        "short": .int16, "short int": .int16, "signed short": .int16, "signed short int": .int16, "int16": .int16,
        "int16_t": .int16,
        "ushort": .uint16, "unsigned short": .uint16, "unsigned short int": .uint16, "uint16": .uint16,
        "uint16_t": .uint16,
        "int": .int32, "signed int": .int32, "int32": .int32, "int32_t": .int32,
        "uint": .uint32, "unsigned int": .uint32, "uint32": .uint32, "uint32_t": .uint32,
        "longlong": .int64, "long long": .int64, "long long int": .int64, "signed long long": .int64, "int64": .int64,
        "int64_t": .int64,
        "ulonglong": .uint64, "unsigned long long": .uint64, "unsigned long long int": .uint64, "uint64": .uint64,
        "uint64_t": .uint64,
        "float": .float, "double": .double,
    ]

    private static func lines(_ source: FileBytes) throws(ImagingError) -> ([String], Int) {
        let bytes = source.bytes
        var lines: [String] = []
        var start = 0
        let end = min(bytes.count, Limits.textHeaderBytes)
        for position in 0..<end where bytes[position] == 0x0A {
            var line = bytes[start..<position]
            if line.last == 0x0D { line.removeLast() }
            start = position + 1
            if line.isEmpty { return (lines, start) }
            lines.append(String(decoding: line, as: UTF8.self))
        }
        throw .malformed(file: source.name, field: "header", remedy: "an empty line must end the header")
    }

    private static func size(_ dimension: String, _ sizes: String, file: String) throws(ImagingError) -> GridSize {
        guard dimension == "2" || dimension == "3" else {
            throw .unsupported(file: file, field: "dimension", remedy: "save one volume a file, with 2 or 3 axes")
        }
        let extents = sizes.split(separator: " ").map { Int($0) ?? 0 }
        guard extents.count == Int(dimension), extents.allSatisfy({ $0 >= 1 }) else {
            throw .malformed(file: file, field: "sizes", remedy: "give a positive number for each axis")
        }
        guard extents.allSatisfy({ $0 <= Limits.axisVoxels }) else {
            throw .tooLarge(file: file, field: "sizes", limit: Limits.axisVoxels)
        }
        let size = GridSize(extents[0], extents[1], extents.count == 3 ? extents[2] : 1)
        guard size.count <= Limits.voxels else {
            throw .tooLarge(file: file, field: "number of voxels", limit: Limits.voxels)
        }
        return size
    }
}
