/// Signed distance in millimetres from the interpolated surface of a mask, on a sub-voxel grid; positive outside.
///
/// In the plane the contour is sub-pixel (`SliceContour`). Between slices the shape is interpolated (Raya and Udupa
/// 1990) with f = s (2 r - s) in place of the signed distance s, r being the radius of the circle with the slice's
/// area: f is quadratic along z for a sphere or an ellipsoid, so cubic interpolation restores them from few slices,
/// caps included. The surface is f = 0.
struct SurfaceDistance: Sendable {
    private let geometry: Geometry
    private let grid: SubvoxelGrid
    /// Distances at the points of the grid, x fastest; beyond the reach some larger value.
    private let distances: [Float]
    /// The voxels of the image that rings within the reach can hold.
    private let reached: [ReachedVoxel]

    private struct ReachedVoxel {
        /// In the image.
        let index: Int
        /// Its first point of the grid.
        let point: Int
    }

    init(mask: Mask, box: GridBox, reachMM: Double, planar: Bool) throws(ImagingError) {
        geometry = mask.geometry
        grid = try SubvoxelGrid(geometry: geometry, box: box, reachMM: reachMM, planar: planar)
        let contours = grid.contours(of: mask)
        if planar {
            let plane = grid.plane.samplesX * grid.plane.samplesY
            var distances = [Float](repeating: .infinity, count: plane * grid.slices)
            for (slice, contour) in contours.enumerated() {
                guard let contour else { continue }
                for index in 0..<plane { distances[slice * plane + index] = -contour.distances[index] }
            }
            self.distances = distances
        } else {
            let shape = ShapeInterpolation(contours: contours, plane: grid.plane, sliceMM: geometry.spacing.z)
            var feet = SurfaceFeet(
                function: shape.interpolated(
                    factor: grid.factorZ, planeCount: grid.plane.samplesX * grid.plane.samplesY),
                size: grid.size, step: grid.step)
            distances = feet.takeDistances(reachMM: reachMM)
        }
        reached = Self.reached(distances, grid, in: geometry.size, reachMM: reachMM)
    }

    private static func reached(
        _ distances: [Float], _ grid: SubvoxelGrid, in image: GridSize, reachMM: Double
    ) -> [ReachedVoxel] {
        var reached: [ReachedVoxel] = []
        let (fx, fy, fz) = (grid.plane.factorX, grid.plane.factorY, grid.factorZ)
        let size = grid.size
        let (near, far) = (-Float(grid.borderMM), Float(reachMM + grid.borderMM))
        // Unchecked reads: every point of the grid is read.
        distances.withUnsafeBufferPointer { distances in
            for slice in 0..<grid.slices where (0..<image.z).contains(slice + grid.lower.z) {
                for row in 0..<grid.plane.rows where (0..<image.y).contains(row + grid.lower.y) {
                    let target = ((slice + grid.lower.z) * image.y + row + grid.lower.y) * image.x + grid.lower.x
                    let first = (slice * fz * size.y + row * fy) * size.x
                    for column in 0..<grid.plane.columns where (0..<image.x).contains(column + grid.lower.x) {
                        let point = first + column * fx
                        var isReached = false
                        for k in 0..<fz {
                            for j in 0..<fy {
                                let start = point + (k * size.y + j) * size.x
                                for i in start..<start + fx where distances[i] > near && distances[i] < far {
                                    isReached = true
                                }
                            }
                        }
                        if isReached { reached.append(ReachedVoxel(index: target + column, point: point)) }
                    }
                }
            }
        }
        return reached
    }

    /// Share of each voxel of the image whose distance is in (from, to].
    func share(from: Double, to: Double) -> [Float] {
        var weights = [Float](repeating: 0, count: geometry.size.count)
        let (fx, fy, fz) = (grid.plane.factorX, grid.plane.factorY, grid.factorZ)
        let (row, plane) = (grid.size.x, grid.size.x * grid.size.y)
        let width = Float(grid.borderMM)
        let (near, far) = (Float(from), Float(to))
        let part = 1 / Float(fx * fy * fz)
        // Unchecked reads: every point near the surface is read for every ring.
        distances.withUnsafeBufferPointer { distances in
            for voxel in reached {
                var sum: Float = 0
                for k in 0..<fz {
                    for j in 0..<fy {
                        let start = voxel.point + k * plane + j * row
                        for i in 0..<fx {
                            let distance = distances[start + i]
                            guard distance < far + width, distance > near - width else { continue }
                            let within = min(max((far - distance) / width + 0.5, 0), 1)
                            sum += within - min(max((near - distance) / width + 0.5, 0), 1)
                        }
                    }
                }
                if sum > 0 { weights[voxel.index] = min(sum * part, 1) }
            }
        }
        return weights
    }
}

/// A box of the image around a region, divided into nearly cubic cells that fill its voxels exactly.
struct SubvoxelGrid: Sendable {
    /// First voxel of the box; may lie outside the image.
    let lower: GridSize
    let plane: SliceContour.Plane
    let slices: Int
    /// Sample points for each slice.
    let factorZ: Int
    let step: Vector3

    /// Width in millimetres over which the border of a ring cuts the cell of a point, like a plane.
    var borderMM: Double { (step.x + step.y) / 2 }

    /// Number of sample points along each axis.
    var size: GridSize { GridSize(plane.samplesX, plane.samplesY, slices * factorZ) }

    /// Finest and coarsest distance of sample points, in millimetres.
    private static let stepMM = 0.5...1.0

    init(geometry: Geometry, box: GridBox, reachMM: Double, planar: Bool) throws(ImagingError) {
        let spacing = geometry.spacing
        let smallest = planar ? min(spacing.x, spacing.y) : min(spacing.x, spacing.y, spacing.z)
        let target = min(max(smallest, Self.stepMM.lowerBound), Self.stepMM.upperBound)
        func factor(_ spacing: Double) -> Int { max(1, Int((spacing / target - 1e-6).rounded(.up))) }
        func frame(_ spacing: Double) -> Int { Int((reachMM / spacing).rounded(.up)) + 2 }
        let (frameX, frameY) = (frame(spacing.x), frame(spacing.y))
        let frameZ = planar ? 0 : frame(spacing.z)
        lower = GridSize(box.lower.x - frameX, box.lower.y - frameY, box.lower.z - frameZ)
        plane = SliceContour.Plane(
            columns: box.size.x + 2 * frameX, rows: box.size.y + 2 * frameY, pixelX: spacing.x, pixelY: spacing.y,
            factorX: factor(spacing.x), factorY: factor(spacing.y))
        slices = box.size.z + 2 * frameZ
        factorZ = planar ? 1 : factor(spacing.z)
        step = Vector3(
            spacing.x / Double(plane.factorX), spacing.y / Double(plane.factorY), spacing.z / Double(factorZ))
        guard size.count <= Limits.ringGridPoints else {
            throw .invalidParameter(
                field: "ring distance", remedy: "the region and the ring are too large for this grid; crop or resample")
        }
    }

    /// The contour of each slice, nil where the mask is empty.
    func contours(of mask: Mask) -> [SliceContour?] {
        let size = mask.geometry.size
        return (0..<slices).map { slice in
            let z = slice + lower.z
            guard z >= 0, z < size.z else { return nil }
            var pixels = [UInt8](repeating: 0, count: plane.columns * plane.rows)
            var empty = true
            for row in 0..<plane.rows {
                let y = row + lower.y
                guard y >= 0, y < size.y else { continue }
                for column in 0..<plane.columns {
                    let x = column + lower.x
                    guard x >= 0, x < size.x, mask.voxels[(z * size.y + y) * size.x + x] != 0 else { continue }
                    pixels[row * plane.columns + column] = 1
                    empty = false
                }
            }
            return empty ? nil : SliceContour(pixels: pixels, plane: plane)
        }
    }
}
