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

    /// On every line of vertices along x only the first and the last; a voxel centre has even coordinates.
    static func extremes(region: Region) -> [LatticePoint] {
        let (width, height, depth) = (region.width, region.height, region.depth)
        let empty = [UInt8](repeating: 0, count: width)
        func row(_ y: Int, _ z: Int) -> ArraySlice<UInt8> {
            guard y >= 0, y < height, z >= 0, z < depth else { return empty[...] }
            let start = (z * height + y) * width
            return region.morphological[start..<start + width]
        }
        var points: [LatticePoint] = []
        func append(_ first: Int?, _ last: Int?, _ y: Int, _ z: Int) {
            guard let first, let last else { return }
            points.append(LatticePoint(x: first, y: y, z: z))
            if last != first { points.append(LatticePoint(x: last, y: y, z: z)) }
        }
        for z in -1..<depth {
            for y in -1..<height {
                let here = row(y, z)
                if let first = here.firstIndex(where: { $0 != 0 }), let last = here.lastIndex(where: { $0 != 0 }) {
                    append(2 * (first - here.startIndex) - 1, 2 * (last - here.startIndex) + 1, 2 * y, 2 * z)
                }
                for (dy, dz) in [(1, 0), (0, 1)] {
                    let other = row(y + dy, z + dz)
                    func crosses(_ x: Int) -> Bool { here[here.startIndex + x] != other[other.startIndex + x] }
                    guard let first = (0..<width).first(where: crosses) else { continue }
                    let last = (0..<width).last(where: crosses) ?? first
                    append(2 * first, 2 * last, 2 * y + dy, 2 * z + dz)
                }
            }
        }
        return points
    }
}
