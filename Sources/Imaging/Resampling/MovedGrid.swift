#if canImport(Glibc)
    import Glibc
#endif

/// The grid of a resampled image, moved and turned within the slices: intensities and masks are interpolated once, straight
/// from the old voxels.
///
/// Without a movement the grid is that of `Volume.resampled(to:)`.
public struct MovedGrid: Sendable, Equatable {
    /// Size and place of the part of the grid that is sampled.
    public let geometry: Geometry
    /// For each axis the position of the new voxels in old ones, before the movement.
    private let positions: [[Double]]
    private let spacing: Vector3
    private let centre: Vector3
    private let shift: Vector3
    private let cosine: Double
    private let sine: Double

    /// Lays the grid.
    ///
    /// - Parameters:
    ///   - whole: The old grid.
    ///   - spacing: New spacing in millimetres, or nil for the old one.
    ///   - planar: Whether slices stay as they are.
    ///   - box: What the part must hold after the movement, in old voxels.
    ///   - centre: What is turned about, in old voxels.
    ///   - shift: Displacement of the sampling points in new voxels along each axis.
    ///   - radians: By which the sampling points are turned, x towards y.
    /// - Throws: `ImagingError.spacingUnknown` or `.invalidParameter`.
    public init(
        _ whole: Geometry, spacing target: Vector3?, planar: Bool, around box: GridBox, centre: Vector3, shift: Vector3,
        radians: Double
    ) throws(ImagingError) {
        var grid = whole
        var positions = (0..<3).map { axis in (0..<whole.size[axis]).map(Double.init) }
        if let target {
            let resampled = try ResamplingGrid(whole, spacing: target, planar: planar)
            (grid, positions) = (resampled.geometry, resampled.positions)
        }
        cosine = cos(radians)
        sine = sin(radians)
        self.centre = centre
        self.spacing = whole.spacing
        var moves = shift
        for axis in 0..<3 { moves[axis] = shift[axis] * grid.spacing[axis] / whole.spacing[axis] }
        self.shift = moves
        // The box turned back covers what the part must hold; a voxel more on each side for what is moved.
        var low = Vector3(.infinity, .infinity, .infinity)
        var high = Vector3(-.infinity, -.infinity, -.infinity)
        for corner in 0..<8 {
            var point = Vector3(0, 0, 0)
            for axis in 0..<3 { point[axis] = Double(corner >> axis & 1 == 0 ? box.lower[axis] : box.upper[axis]) }
            let x = (point.x - centre.x - moves.x) * whole.spacing.x
            let y = (point.y - centre.y - moves.y) * whole.spacing.y
            let back = Vector3(
                centre.x + (cosine * x + sine * y) / whole.spacing.x,
                centre.y + (cosine * y - sine * x) / whole.spacing.y, point.z - moves.z)
            for axis in 0..<3 {
                low[axis] = min(low[axis], back[axis])
                high[axis] = max(high[axis], back[axis])
            }
        }
        var first = Vector3(0, 0, 0)
        for axis in 0..<3 {
            let kept = positions[axis].indices.filter {
                positions[axis][$0] >= low[axis] - 1 && positions[axis][$0] <= high[axis] + 1
            }
            guard let start = kept.first else {
                throw .invalidParameter(field: "spacing", remedy: "is too wide for this region; use finer voxels")
            }
            first[axis] = Double(start)
            positions[axis] = kept.map { positions[axis][$0] }
            grid.size[axis] = kept.count
        }
        let anchor = grid.world(first)
        grid.origin = anchor
        geometry = grid
        self.positions = positions
    }

    /// Intensities at the grid's points; beyond the outer voxel centres the border voxels continue.
    ///
    /// - Parameters:
    ///   - image: The old image or a part of it.
    ///   - lower: Where the part begins in the old grid.
    public func sample(_ image: Volume, lower: GridSize, interpolation: Interpolation) -> Volume {
        let size = image.geometry.size
        var values = image.voxels.map(Double.init)
        if interpolation == .cubicSpline {
            for axis in 0..<3 where size[axis] > 1 {
                values = LineInterpolation.coefficients(of: values, size: size, axis: axis)
            }
        }
        return Volume(geometry: geometry, voxels: sample(values, size, lower, interpolation).map { Float($0) })
    }

    /// A mask at the grid's points: linear interpolation, inside where at least one half (IBSI 2.0.11 section 2.4).
    ///
    /// - Throws: `ImagingError.emptyMask` when no voxel is left.
    public func sample(_ mask: Mask, lower: GridSize) throws(ImagingError) -> Mask {
        let shares = sample(mask.voxels.map { $0 != 0 ? 1 : 0 }, mask.geometry.size, lower, .linear)
        // Rounding of the weights must not push an exact half out.
        let inside: [UInt8] = shares.map { $0 >= 0.5 - 1e-6 ? 1 : 0 }
        guard inside.contains(1) else { throw .emptyMask(label: nil, present: []) }
        return Mask(geometry: geometry, voxels: inside)
    }

    private func sample(
        _ values: [Double], _ size: GridSize, _ lower: GridSize, _ interpolation: Interpolation
    ) -> [Double] {
        var result: [Double] = []
        result.reserveCapacity(geometry.size.count)
        func taps(_ position: Double, _ axis: Int) -> [(Int, Double)] {
            LineInterpolation.taps(position - Double(lower[axis]), count: size[axis], interpolation: interpolation)
        }
        var slices: [(Int, Double)] = []
        // The turn is within the slices, so that all of them share their taps.
        var plane: [(columns: [(Int, Double)], rows: [(Int, Double)])] = []
        plane.reserveCapacity(positions[0].count * positions[1].count)
        for positionY in positions[1] {
            let y = (positionY - centre.y) * spacing.y
            for positionX in positions[0] {
                let x = (positionX - centre.x) * spacing.x
                // Without a turn the position itself, to the last bit.
                let across = sine == 0 ? positionX : centre.x + (cosine * x - sine * y) / spacing.x
                let down = sine == 0 ? positionY : centre.y + (sine * x + cosine * y) / spacing.y
                plane.append((taps(across + shift.x, 0), taps(down + shift.y, 1)))
            }
        }
        for positionZ in positions[2] {
            for (slice, weightZ) in taps(positionZ + shift.z, 2) where weightZ != 0 {
                slices.append((slice * size.y, weightZ))
            }
            for point in plane {
                var sum = 0.0
                for (slice, weightZ) in slices {
                    for (row, weightY) in point.rows where weightY != 0 {
                        let start = (slice + row) * size.x
                        for (column, weightX) in point.columns where weightX != 0 {
                            sum += weightX * weightY * weightZ * values[start + column]
                        }
                    }
                }
                result.append(sum)
            }
            slices.removeAll(keepingCapacity: true)
        }
        return result
    }
}
