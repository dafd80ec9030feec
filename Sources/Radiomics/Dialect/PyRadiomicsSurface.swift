import Imaging

/// The surface that PyRadiomics 3 measures: marching cubes by a table of half the configurations.
///
/// The table (radiomics/src/cshape.c) has the configurations whose corner at low x, high y, high z is outside and takes
/// the complement of the others, so where a face has two inside corners on a diagonal, neighbouring cubes need not agree
/// and the surface may have holes. The volume, a sum over triangles and the origin, then depends on where the origin is:
/// PyRadiomics' is the corner of the region's bounding box, padded by one voxel.
struct PyRadiomicsSurface {
    /// Area in square millimetres.
    let area: Double
    /// Volume by the divergence theorem, in cubic millimetres.
    let volume: Double

    /// Cubes of a configuration, and the sum of their positions.
    private struct Tally {
        var count = 0
        var x = 0
        var y = 0
        var z = 0
    }

    init(region: Region) {
        var tallies = [Tally](repeating: Tally(), count: 256)
        var first = (x: Int.max, y: Int.max, z: Int.max)
        SurfaceMesh.forEachCube(region) { configuration, x, y, z in
            tallies[configuration].count += 1
            tallies[configuration].x += x
            tallies[configuration].y += y
            tallies[configuration].z += z
            first = (min(first.x, x), min(first.y, y), min(first.z, z))
        }
        var (area, volume) = (0.0, 0.0)
        let spacing = region.spacing
        for (configuration, tally) in tallies.enumerated() where tally.count > 0 {
            let isInTable = (configuration >> 6) & 1 == 1
            let offset = Vector3(
                Double(tally.x - tally.count * first.x), Double(tally.y - tally.count * first.y),
                Double(tally.z - tally.count * first.z))
            for triangle in Self.triangles(isInTable ? configuration : 255 - configuration) {
                let (a, b, c) = (triangle[0], triangle[1], triangle[2])
                let normal = (b - a).cross(c - a)
                area += Double(tally.count) / 2 * normal.scaledArea(spacing).length
                // The determinant of the moved corners is that of the corners plus the move along the normal.
                let share = Double(tally.count) * a.dot(b.cross(c)) + offset.dot(normal)
                volume += (isInTable ? share : -share) / 6
            }
        }
        self.area = area
        self.volume = volume * spacing.x * spacing.y * spacing.z
    }

    /// How PyRadiomics' table cuts the borders of the configurations with corner 6 inside: the character less "0" is the
    /// number of the cut in the order of `cuts`; of two borders the first counts more.
    private static let table = Array(
        ("0=0B04=;=3G203;2130;1033D4202400=<D4G211301010000<;42211101000001YY23200412003004;31<100;11021003021200"
            + "0301010001031000010100000").utf8)

    private static func triangles(_ configuration: Int) -> [[Vector3]] {
        let loops = CubeSurface.all[configuration].loops
        var number = Int(table[(configuration & 63) | ((configuration >> 7) << 6)]) - 48
        var found: [[Vector3]] = []
        for loop in loops.reversed() {
            let ways = cuts(0, loop.count - 1)
            found += ways[number % ways.count].map { $0.map { loop[$0] } }
            number /= ways.count
        }
        return found
    }

    /// Every way to cut the part of a polygon between two corners into triangles, by the third corner of the triangle at
    /// its base.
    private static func cuts(_ from: Int, _ to: Int) -> [[[Int]]] {
        guard to - from > 1 else { return [[]] }
        return (from + 1..<to).flatMap { apex in
            cuts(from, apex).flatMap { left in cuts(apex, to).map { right in [[from, apex, to]] + left + right } }
        }
    }
}
