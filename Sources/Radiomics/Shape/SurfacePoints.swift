import CKernels
import Imaging

/// Vertices of the mask's surface that can be corners of its convex hull, in half voxels.
enum SurfacePoints {
    /// All vertices: midpoints between a voxel inside and a face neighbour outside.
    static func all(region: Region) -> [LatticePoint] {
        let (width, height, depth) = (region.width, region.height, region.depth)
        func isInside(_ x: Int, _ y: Int, _ z: Int) -> Bool {
            x >= 0 && y >= 0 && z >= 0 && x < width && y < height && z < depth
                && region.morphological[(z * height + y) * width + x] != 0
        }
        var points: [LatticePoint] = []
        for z in 0..<depth {
            for y in 0..<height {
                for x in 0..<width where isInside(x, y, z) {
                    for (dx, dy, dz) in [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)]
                    where !isInside(x + dx, y + dy, z + dz) {
                        points.append(LatticePoint(x: 2 * x + dx, y: 2 * y + dy, z: 2 * z + dz))
                    }
                }
            }
        }
        return points
    }

    /// In every plane of vertices across z the corners of their convex hull; a voxel centre has even coordinates.
    static func extremes(region: Region) -> [LatticePoint] {
        let mask = PaddedMask(region)
        defer { withExtendedLifetime(mask) {} }
        let nothing = mask.row(-1, -1)
        var points: [LatticePoint] = []
        // The planes through voxel centres and between them.
        var (through, between) = (PlaneOutline(), PlaneOutline())
        for z in -1..<region.depth {
            for y in -1..<region.height {
                let here = mask.row(y, z)
                func crossings(_ other: UnsafePointer<UInt8>) -> (first: Int, last: Int)? {
                    var (first, last) = (0, 0)
                    csurfaces_differences(here, other, mask.width, &first, &last)
                    // The row begins with the voxel before the first.
                    return last < 0 ? nil : (first - 1, last - 1)
                }
                if let ends = crossings(nothing) { through.add(2 * y, 2 * ends.first - 1, 2 * ends.last + 1) }
                if let ends = crossings(mask.row(y + 1, z)) { through.add(2 * y + 1, 2 * ends.first, 2 * ends.last) }
                if let ends = crossings(mask.row(y, z + 1)) { between.add(2 * y, 2 * ends.first, 2 * ends.last) }
            }
            points += through.take().map { LatticePoint(x: $0.x, y: $0.y, z: 2 * z) }
            points += between.take().map { LatticePoint(x: $0.x, y: $0.y, z: 2 * z + 1) }
        }
        return points
    }
}
