/// Where an NRRD header puts its voxels: space directions and origin, else spacings.
struct NRRDPlacement {
    let fields: [String: String]
    let size: GridSize
    let file: String

    func geometry() throws(ImagingError) -> Geometry {
        guard let text = fields["space directions"] else { return try fromSpacings() }
        let sign = try signs()
        var columns = try vectors(text, field: "space directions")
        let axes = size.z == 1 ? 2...3 : 3...3
        guard axes.contains(columns.count) else {
            throw .malformed(file: file, field: "space directions", remedy: "give a vector for each axis")
        }
        if columns.count == 2 {
            let normal = columns[0].cross(columns[1])
            guard normal.length > 0 else {
                throw .malformed(file: file, field: "space directions", remedy: "the axes must differ")
            }
            columns.append(normal * (1 / normal.length))
        }
        let origins = try fields["space origin"].map { text throws(ImagingError) in
            try vectors(text, field: "space origin")
        }
        if let origins, origins.count != 1 {
            throw .malformed(file: file, field: "space origin", remedy: "give one vector")
        }
        func lps(_ vector: Vector3) -> Vector3 { Vector3(vector.x * sign.x, vector.y * sign.y, vector.z * sign.z) }
        return try Geometry(
            size: size, columns: columns.map(lps), origin: lps(origins?[0] ?? Vector3(0, 0, 0)), file: file,
            field: "space directions")
    }

    /// Without any spacing in the header the grid counts as one without calibration.
    private func fromSpacings() throws(ImagingError) -> Geometry {
        guard let text = fields["spacings"] else {
            return Geometry(size: size, spacing: Vector3(1, 1, 1), spacingKnown: false)
        }
        let values = text.split(separator: " ").map { Double($0) ?? .nan }
        let axes = size.z == 1 ? 2...3 : 3...3
        guard axes.contains(values.count), values.allSatisfy({ Limits.spacingMM.contains($0) }) else {
            throw .malformed(file: file, field: "spacings", remedy: "give a positive number of mm for each axis")
        }
        return Geometry(size: size, spacing: Vector3(values[0], values[1], values.count == 3 ? values[2] : 1))
    }

    private func signs() throws(ImagingError) -> Vector3 {
        switch fields["space"]?.lowercased() {
        case "left-posterior-superior", "lps": return Vector3(1, 1, 1)
        case "right-anterior-superior", "ras": return Vector3(-1, -1, 1)
        case "left-anterior-superior", "las": return Vector3(1, -1, 1)
        default:
            throw .unsupported(
                file: file, field: "space", remedy: "save the image in left-posterior-superior coordinates")
        }
    }

    private func vectors(_ text: String, field: String) throws(ImagingError) -> [Vector3] {
        var result: [Vector3] = []
        for part in text.split(separator: ")") where !part.allSatisfy({ $0 == " " }) {
            let numbers = part.drop { $0 == " " || $0 == "(" }.split(separator: ",").map { number in
                Double(number.filter { $0 != " " }) ?? .nan
            }
            guard numbers.count == 3, numbers.allSatisfy(\.isFinite) else {
                throw .malformed(file: file, field: field, remedy: "each vector must be three finite numbers")
            }
            result.append(Vector3(numbers[0], numbers[1], numbers[2]))
        }
        return result
    }
}
