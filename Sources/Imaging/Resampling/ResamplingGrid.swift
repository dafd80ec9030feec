/// The grid of a resampled image (IBSI 2.0.11 section 2.4): centres of both grids coincide, size rounded up.
struct ResamplingGrid {
    let geometry: Geometry
    /// For each axis the position of the new voxels in old voxels, not clamped to the image.
    let positions: [[Double]]

    /// Tolerance before rounding up, in voxels, so that 10 x 0.3 / 0.1 is 30.
    private static let tolerance = 1e-6

    /// The part of a whole image's grid that a crop of it can fill, so that where an image was cropped changes no value.
    init(_ crop: Geometry, of whole: Geometry, spacing: Vector3, planar: Bool) throws(ImagingError) {
        let grid = try ResamplingGrid(whole, spacing: spacing, planar: planar)
        var geometry = grid.geometry
        var positions: [[Double]] = []
        var first = Vector3(0, 0, 0)
        let offset = crop.origin - whole.origin
        for axis in 0..<3 {
            let start = (offset.dot(whole.direction[axis]) / whole.spacing[axis]).rounded()
            let end = start + Double(crop.size[axis] - 1)
            // Where the crop ends with the image, the image's border rule holds.
            let lowest = start <= 0 ? -Double.infinity : start
            let highest = Int(end) >= whole.size[axis] - 1 ? Double.infinity : end
            let kept = grid.positions[axis].indices.filter {
                grid.positions[axis][$0] >= lowest && grid.positions[axis][$0] <= highest
            }
            guard let low = kept.first else {
                throw .invalidParameter(field: "spacing", remedy: "is too wide for this region; use finer voxels")
            }
            first[axis] = Double(low)
            geometry.size[axis] = kept.count
            positions.append(kept.map { grid.positions[axis][$0] - start })
        }
        geometry.origin = grid.geometry.world(first)
        self.geometry = geometry
        self.positions = positions
    }

    init(_ old: Geometry, spacing: Vector3, planar: Bool) throws(ImagingError) {
        guard old.spacingKnown else { throw .spacingUnknown(operation: "Resampling") }
        var target = spacing
        if planar { target.z = old.spacing.z }
        for axis in 0..<3 where !Limits.spacingMM.contains(target[axis]) {
            throw .invalidParameter(field: "spacing", remedy: "give a positive number of mm for each axis")
        }
        var size = old.size
        var positions: [[Double]] = []
        var first = Vector3(0, 0, 0)
        for axis in 0..<3 {
            let count = old.size[axis]
            let ratio = target[axis] / old.spacing[axis]
            let extent = (Double(count) / ratio - Self.tolerance).rounded(.up)
            guard extent <= Double(Limits.axisVoxels) else {
                throw .invalidParameter(field: "spacing", remedy: "is too fine for this image; use wider voxels")
            }
            size[axis] = max(Int(extent), 1)
            first[axis] = Double(count - 1) / 2 - Double(size[axis] - 1) / 2 * ratio
            positions.append((0..<size[axis]).map { first[axis] + Double($0) * ratio })
        }
        guard size.count <= Limits.resampledVoxels else {
            throw .invalidParameter(field: "spacing", remedy: "is too fine for this image; crop it or use wider voxels")
        }
        var geometry = old
        geometry.size = size
        geometry.spacing = target
        geometry.origin = old.world(first)
        self.geometry = geometry
        self.positions = positions
    }
}
