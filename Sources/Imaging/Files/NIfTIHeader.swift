/// The fields of a NIfTI-1 or NIfTI-2 header that place and scale the voxels.
///
/// Format: nifti1.h (Cox et al. 2004) and nifti2.h. World coordinates of the file are RAS and are turned to LPS.
struct NIfTIHeader {
    let geometry: Geometry
    let type: SampleType
    let bigEndian: Bool
    /// Position of the first voxel in the file.
    let dataOffset: Int
    let slope: Double
    let intercept: Double

    static let byteCount = 540

    private let file: String
    private let version: Int
    private let fields: ByteFields

    /// Reads the first bytes of a file, or returns nil when they are no NIfTI header.
    init?(prefix bytes: [UInt8], file: String) throws(ImagingError) {
        guard bytes.count >= 348 else { return nil }
        let first = ByteFields(bytes: bytes, bigEndian: false).integer(0, Int32.self)
        let swapped = ByteFields(bytes: bytes, bigEndian: true).integer(0, Int32.self)
        switch (first, swapped) {
        case (348, _): (version, bigEndian) = (1, false)
        case (_, 348): (version, bigEndian) = (1, true)
        case (540, _): (version, bigEndian) = (2, false)
        case (_, 540): (version, bigEndian) = (2, true)
        default: return nil
        }
        self.file = file
        let fields = ByteFields(bytes: bytes, bigEndian: bigEndian)
        self.fields = fields
        guard version == 1 || bytes.count >= Self.byteCount else {
            throw .truncated(file: file, field: "header", expectedBytes: Self.byteCount, foundBytes: bytes.count)
        }
        let magic = version == 1 ? Array(bytes[344..<347]) : Array(bytes[4..<7])
        guard magic == Array("n+\(version)".utf8) else {
            throw .unsupported(
                file: file, field: "magic",
                remedy: "save header and voxels in one .nii or .nii.gz file (not .hdr/.img or ANALYZE)")
        }
        let size = try Self.size(fields, version: version, file: file)
        let code = version == 1 ? fields.integer(70, Int16.self) : fields.integer(12, Int16.self)
        guard let type = Self.types[code] else {
            throw .unsupported(file: file, field: "datatype", remedy: "convert the image to 16-bit integers or floats")
        }
        self.type = type
        let offset = version == 1 ? fields.float(108) : Double(fields.integer(168, Int64.self))
        guard offset >= Double(version == 1 ? 348 : 540), offset <= 1e9, offset == offset.rounded() else {
            throw .malformed(file: file, field: "vox_offset", remedy: "write the file again with a current program")
        }
        dataOffset = Int(offset)
        let scale = version == 1 ? fields.float(112) : fields.double(176)
        let shift = version == 1 ? fields.float(116) : fields.double(184)
        // A slope of 0 or NaN means "not scaled"; NaN is what nibabel writes.
        if scale == 0 || scale.isNaN {
            (slope, intercept) = (1, 0)
        } else {
            guard scale.isFinite, shift.isFinite else {
                throw .malformed(file: file, field: "scl_slope", remedy: "write finite scale factors")
            }
            (slope, intercept) = (scale, shift)
        }
        geometry = try NIfTIPlacement(fields: fields, version: version, file: file).geometry(size: size)
    }

    private static let types: [Int: SampleType] = [
        2: .uint8, 4: .int16, 8: .int32, 16: .float, 64: .double, 256: .int8, 512: .uint16, 768: .uint32,
        1024: .int64, 1280: .uint64,
    ]

    private static func size(_ fields: ByteFields, version: Int, file: String) throws(ImagingError) -> GridSize {
        func dimension(_ index: Int) -> Int {
            version == 1 ? fields.integer(40 + 2 * index, Int16.self) : fields.integer(16 + 8 * index, Int64.self)
        }
        let count = dimension(0)
        guard (1...7).contains(count) else {
            throw .malformed(file: file, field: "dim[0]", remedy: "the header is damaged; export the image again")
        }
        var size = GridSize(1, 1, 1)
        for index in 1...count {
            let extent = dimension(index)
            guard extent >= 1 else {
                throw .malformed(file: file, field: "dim[\(index)]", remedy: "must be at least 1")
            }
            if index > 3 {
                guard extent == 1 else {
                    throw .unsupported(
                        file: file, field: "dim[\(index)]", remedy: "save one volume a file (a time or phase series)")
                }
            } else {
                guard extent <= Limits.axisVoxels else {
                    throw .tooLarge(file: file, field: "dim[\(index)]", limit: Limits.axisVoxels)
                }
                size[index - 1] = extent
            }
        }
        guard size.count <= Limits.voxels else {
            throw .tooLarge(file: file, field: "number of voxels", limit: Limits.voxels)
        }
        return size
    }
}
