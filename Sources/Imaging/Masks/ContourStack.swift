/// The closed contours of one region, sorted into the slices of an image.
struct ContourStack {
    private let geometry: Geometry
    /// Contours of each slice that has some, in voxel indices of the slice plane.
    private let slices: [Int: [[SIMD2<Double>]]]

    /// Assigns each contour, given in LPS millimetres, to its nearest slice.
    ///
    /// - Throws: `ImagingError.malformed` for a contour that does not lie in a slice or leaves the image,
    ///   `.geometryMismatch` for contours that were drawn on other slices than those of the image.
    init(_ contours: [[Vector3]], on geometry: Geometry, file: String) throws(ImagingError) {
        var slices: [Int: [[SIMD2<Double>]]] = [:]
        var depths: [Int: ClosedRange<Double>] = [:]
        for contour in contours where !contour.isEmpty {
            let points = contour.map(geometry.index)
            let depth = points.reduce(0) { $0 + $1.z } / Double(points.count)
            guard (-0.5...(Double(geometry.size.z) - 0.5)).contains(depth) else {
                throw .malformed(
                    file: file, field: "ContourData", remedy: "a contour lies before the first or behind the last slice"
                )
            }
            let slice = min(Int((depth + 0.5).rounded(.down)), geometry.size.z - 1)
            try Self.check(points, slice: slice, size: geometry.size, file: file)
            slices[slice, default: []].append(points.map { SIMD2($0.x, $0.y) })
            let known = depths[slice] ?? depth...depth
            depths[slice] = min(known.lowerBound, depth)...max(known.upperBound, depth)
        }
        // Contours of two planes in one slice would cut each other out by the even-odd rule.
        let spread = depths.values.map { $0.upperBound - $0.lowerBound }.max() ?? 0
        guard spread <= Limits.contourDepthSpread else {
            throw .geometryMismatch([
                GeometryDifference(property: .spacing, axis: 2, amount: spread * geometry.spacing.z)
            ])
        }
        self.geometry = geometry
        self.slices = slices
    }

    private static func check(
        _ points: [Vector3], slice: Int, size: GridSize, file: String
    ) throws(ImagingError) {
        // Half a voxel to the border of the outermost pixels, and a margin for rounded decimals.
        let reach = 0.5 + 1e-3
        for point in points {
            guard abs(point.z - Double(slice)) <= reach else {
                throw .malformed(
                    file: file, field: "ContourData", remedy: "a contour is not parallel to the slices of the image")
            }
            guard point.x >= -reach, point.x <= Double(size.x - 1) + reach, point.y >= -reach,
                point.y <= Double(size.y - 1) + reach
            else {
                throw .malformed(
                    file: file, field: "ContourData", remedy: "a contour leaves the image; use the uncropped image")
            }
        }
    }

    /// The region on the grid of the image.
    func mask(_ fill: PolygonFill) -> Mask {
        var voxels: [UInt8] = []
        voxels.reserveCapacity(geometry.size.count)
        let (columns, rows) = (geometry.size.x, geometry.size.y)
        for slice in 0..<geometry.size.z {
            if let contours = slices[slice] {
                voxels += fill.fill(contours, columns: columns, rows: rows)
            } else {
                voxels += repeatElement(0, count: columns * rows)
            }
        }
        return Mask(geometry: geometry, voxels: voxels)
    }

    /// Tells slices between contours that have none.
    var warnings: [MaskWarning] {
        guard let first = slices.keys.min(), let last = slices.keys.max() else { return [] }
        let without = (first...last).filter { slices[$0] == nil }
        return without.isEmpty ? [] : [.slicesWithoutContour(without)]
    }
}
