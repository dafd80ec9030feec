/// Where a NIfTI header puts its voxels: sform, else qform, else the spacing alone (methods 3, 2 and 1 of nifti1.h).
struct NIfTIPlacement {
    let fields: ByteFields
    let version: Int
    let file: String

    func geometry(size: GridSize) throws(ImagingError) -> Geometry {
        let unit = try unitInMillimetres()
        let sform = version == 1 ? fields.integer(254, Int16.self) : fields.integer(348, Int32.self)
        let qform = version == 1 ? fields.integer(252, Int16.self) : fields.integer(344, Int32.self)
        var columns: [Vector3]
        var origin: Vector3
        let field: String
        if sform > 0 {
            (columns, origin) = affine()
            field = "srow"
        } else if qform > 0 {
            (columns, origin) = try quaternion()
            field = "quatern"
        } else {
            let spacing = try pixelSpacing()
            columns = [Vector3(spacing.x, 0, 0), Vector3(0, spacing.y, 0), Vector3(0, 0, spacing.z)]
            origin = Vector3(0, 0, 0)
            field = "pixdim"
        }
        columns = columns.map { $0 * unit }
        origin = origin * unit
        return try Geometry(size: size, columnsRAS: columns, originRAS: origin, file: file, field: field)
    }

    private func unitInMillimetres() throws(ImagingError) -> Double {
        let code = version == 1 ? fields.integer(123, UInt8.self) : fields.integer(500, Int32.self)
        switch code & 0x07 {
        // An unstated unit is millimetres, as every other reader takes it.
        case 0, 2: return 1
        case 1: return 1_000
        case 3: return 0.001
        default:
            throw .malformed(file: file, field: "xyzt_units", remedy: "the unit of length must be mm, m or micrometre")
        }
    }

    private func pixelDimension(_ index: Int) -> Double {
        version == 1 ? fields.float(76 + 4 * index) : fields.double(104 + 8 * index)
    }

    private func pixelSpacing() throws(ImagingError) -> Vector3 {
        var spacing = Vector3(1, 1, 1)
        for axis in 0..<3 {
            let value = abs(pixelDimension(axis + 1))
            guard value.isFinite, value > 0 else {
                throw .malformed(file: file, field: "pixdim[\(axis + 1)]", remedy: "must be a positive number")
            }
            spacing[axis] = value
        }
        return spacing
    }

    private func affine() -> (columns: [Vector3], origin: Vector3) {
        func entry(_ row: Int, _ column: Int) -> Double {
            version == 1 ? fields.float(280 + 16 * row + 4 * column) : fields.double(400 + 32 * row + 8 * column)
        }
        func column(_ index: Int) -> Vector3 { Vector3(entry(0, index), entry(1, index), entry(2, index)) }
        return ((0..<3).map(column), column(3))
    }

    private func quaternion() throws(ImagingError) -> (columns: [Vector3], origin: Vector3) {
        func value(_ index: Int) -> Double {
            version == 1 ? fields.float(256 + 4 * index) : fields.double(352 + 8 * index)
        }
        let spacing = try pixelSpacing()
        var (b, c, d) = (value(0), value(1), value(2))
        guard b.isFinite, c.isFinite, d.isFinite, abs(b) + abs(c) + abs(d) < 10 else {
            throw .malformed(file: file, field: "quatern", remedy: "must be a unit quaternion; export the image again")
        }
        let squares = b * b + c * c + d * d
        var a = 0.0
        if squares > 1 {
            let scale = 1 / squares.squareRoot()
            (b, c, d) = (b * scale, c * scale, d * scale)
        } else {
            a = (1 - squares).squareRoot()
        }
        let flip = pixelDimension(0) < 0 ? -1.0 : 1.0
        let columns = [
            Vector3(a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)) * spacing.x,
            Vector3(2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)) * spacing.y,
            Vector3(2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c) * (spacing.z * flip),
        ]
        return (columns, Vector3(value(3), value(4), value(5)))
    }
}

extension Geometry {
    /// A grid from its axis steps and first voxel in RAS millimetres, checked for values that no scanner makes.
    init(
        size: GridSize, columnsRAS: [Vector3], originRAS: Vector3, file: String, field: String
    ) throws(ImagingError) {
        func lps(_ vector: Vector3) -> Vector3 { Vector3(-vector.x, -vector.y, vector.z) }
        try self.init(size: size, columns: columnsRAS.map(lps), origin: lps(originRAS), file: file, field: field)
    }

    /// A grid from its axis steps and first voxel in LPS millimetres, checked for values that no scanner makes.
    init(size: GridSize, columns: [Vector3], origin: Vector3, file: String, field: String) throws(ImagingError) {
        var spacing = Vector3(1, 1, 1)
        var direction: [Vector3] = []
        for (axis, column) in columns.enumerated() {
            let length = column.length
            guard Limits.spacingMM.contains(length) else {
                throw .malformed(
                    file: file, field: field, remedy: "the spacing along axis \(axis) must be a positive number of mm")
            }
            spacing[axis] = length
            direction.append(column * (1 / length))
        }
        for (first, second) in [(0, 1), (0, 2), (1, 2)]
        where abs(direction[first].dot(direction[second])) > 1e-3 {
            throw .unsupported(
                file: file, field: field, remedy: "the axes are not at right angles; resample the image (gantry tilt)")
        }
        guard origin.isFinite, max(abs(origin.x), abs(origin.y), abs(origin.z)) <= Limits.originMM else {
            throw .malformed(file: file, field: field, remedy: "the origin must be finite millimetres")
        }
        self.init(
            size: size, spacing: spacing, origin: origin.withoutNegativeZero,
            direction: direction.map(\.withoutNegativeZero))
    }
}

extension Vector3 {
    var withoutNegativeZero: Vector3 { Vector3(x + 0, y + 0, z + 0) }
}
