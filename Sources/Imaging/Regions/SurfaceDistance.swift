/// Signed distance in millimetres from the interpolated surface of a mask, on a sub-voxel grid; positive outside.
///
/// In the plane the contour is sub-pixel (`SliceContour`). Between slices the shape is interpolated (Raya and Udupa
/// 1990) with f = s (2 r - s) in place of the signed distance s, r being the radius of the circle with the slice's
/// area: f is quadratic along z for a sphere or an ellipsoid, so cubic interpolation restores them from few slices,
/// caps included. The surface is f = 0.
struct SurfaceDistance: Sendable {
    private let geometry: Geometry
    private let grid: SubvoxelGrid
    /// Index in the image of each voxel that rings within the reach can hold.
    private var reached: [Int] = []
    /// The distances at the points of each of these voxels, x fastest; beyond the reach some larger value.
    private var distances: [Float] = []

    init(mask: Mask, box: GridBox, reachMM: Double, planar: Bool) throws(ImagingError) {
        geometry = mask.geometry
        grid = try SubvoxelGrid(geometry: geometry, box: box, reachMM: reachMM, planar: planar)
        let contours = grid.contours(of: mask)
        let plane = grid.plane.samplesX * grid.plane.samplesY
        guard !planar else {
            for (slice, contour) in contours.enumerated() {
                guard let contour else { continue }
                keep(slice, contour.distances.map { -$0 }, reachMM: reachMM)
            }
            return
        }
        let shape = ShapeInterpolation(contours: contours, plane: grid.plane, sliceMM: geometry.spacing.z)
        SurfaceSweep(size: grid.size, step: grid.step, reachMM: reachMM).run(together: grid.factorZ) { sample, ring in
            shape.interpolate(sample: sample, factor: grid.factorZ, planeCount: plane, to: &ring)
        } result: { slice, distances in
            keep(slice, distances, reachMM: reachMM)
        }
    }

    /// Keeps the voxels of a slice that rings within the reach can hold.
    private mutating func keep(_ slice: Int, _ planes: [Float], reachMM: Double) {
        let image = geometry.size
        guard (0..<image.z).contains(slice + grid.lower.z) else { return }
        let (fx, fy, fz) = (grid.plane.factorX, grid.plane.factorY, grid.factorZ)
        let size = grid.size
        let (near, far) = (-Float(grid.borderMM), Float(reachMM + grid.borderMM))
        var isNear = [UInt8](repeating: 0, count: size.x)
        let columns = max(-grid.lower.x, 0)..<max(min(grid.plane.columns, image.x - grid.lower.x), 0)
        for row in 0..<grid.plane.rows where (0..<image.y).contains(row + grid.lower.y) {
            let target = ((slice + grid.lower.z) * image.y + row + grid.lower.y) * image.x + grid.lower.x
            let rows = (0..<fy * fz).map { (($0 / fy) * size.y + row * fy + $0 % fy) * size.x }
            // Unchecked reads: every point of the grid is read.
            planes.withUnsafeBufferPointer { planes in
                for index in isNear.indices { isNear[index] = 0 }
                for start in rows {
                    for x in 0..<size.x {
                        let distance = planes[start + x]
                        isNear[x] |= distance > near && distance < far ? 1 : 0
                    }
                }
                for column in columns {
                    guard (column * fx..<(column + 1) * fx).contains(where: { isNear[$0] != 0 }) else { continue }
                    reached.append(target + column)
                    for start in rows {
                        for x in column * fx..<(column + 1) * fx { distances.append(planes[start + x]) }
                    }
                }
            }
        }
    }

    /// Share of each voxel of the image whose distance is in (from, to].
    func share(from: Double, to: Double) -> [Float] {
        var weights = [Float](repeating: 0, count: geometry.size.count)
        let count = grid.plane.factorX * grid.plane.factorY * grid.factorZ
        let width = Float(grid.borderMM)
        let (near, far) = (Float(from), Float(to))
        let part = 1 / Float(count)
        // Unchecked reads: every point near the surface is read for every ring.
        distances.withUnsafeBufferPointer { distances in
            for (voxel, index) in reached.enumerated() {
                var sum: Float = 0
                for distance in distances[voxel * count..<(voxel + 1) * count]
                where distance < far + width && distance > near - width {
                    let within = min(max((far - distance) / width + 0.5, 0), 1)
                    sum += within - min(max((near - distance) / width + 0.5, 0), 1)
                }
                if sum > 0 { weights[index] = min(sum * part, 1) }
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
