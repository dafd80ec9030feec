import CKernels
import Imaging

/// The marching cubes surface of a mask at level 0.5 (Lorensen and Cline 1987), without making its triangles.
///
/// Vertices of a mask's surface are midpoints between voxels, so a cube of eight voxels has one of 256 surfaces. Area
/// and enclosed volume are sums over these surfaces, weighted with the number of cubes that have them: exact counts,
/// the same whatever the order. Where a face of a cube has two inside corners on a diagonal, they are joined and the
/// outside corners cut off; the rule depends on the face alone, so the surface has no holes.
struct SurfaceMesh {
    /// Surface area in square millimetres.
    let area: Double
    /// Enclosed volume in cubic millimetres.
    let volume: Double

    init(region: Region) {
        var counts = [Int](repeating: 0, count: 256)
        Self.forEachRow(region) { cubes, _, _ in
            var x = 0
            // Most cubes are outside or inside, with no or every bit set.
            while x + 8 <= cubes.count {
                let eight = UnsafeRawBufferPointer(cubes).loadUnaligned(fromByteOffset: x, as: UInt64.self)
                if eight == 0 {
                    counts[0] += 8
                } else if eight == .max {
                    counts[255] += 8
                } else {
                    for cube in cubes[x..<x + 8] { counts[Int(cube)] += 1 }
                }
                x += 8
            }
            for cube in cubes[x...] { counts[Int(cube)] += 1 }
        }
        var (area, volume) = (0.0, 0.0)
        let spacing = region.spacing
        for (configuration, count) in counts.enumerated() where count > 0 {
            area += Double(count) * CubeSurface.all[configuration].area(spacing)
            volume += Double(count) * CubeSurface.all[configuration].fraction
        }
        self.area = area
        self.volume = volume * spacing.x * spacing.y * spacing.z
    }

    /// Calls with the configuration and the position of every cube that has a corner inside the region; beyond the grid
    /// is outside.
    static func forEachCube(_ region: Region, _ body: (_ configuration: Int, _ x: Int, _ y: Int, _ z: Int) -> Void) {
        forEachRow(region) { cubes, y, z in
            for (x, cube) in cubes.enumerated() where cube != 0 { body(Int(cube), x, y, z) }
        }
    }

    /// Calls with the configurations of the cubes of every row that touches the grid, and its position.
    private static func forEachRow(_ region: Region, _ body: (UnsafeBufferPointer<UInt8>, _ y: Int, _ z: Int) -> Void) {
        let mask = PaddedMask(region)
        defer { withExtendedLifetime(mask) {} }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: mask.width - 1) { cubes in
            for z in -1..<region.depth {
                for y in -1..<region.height {
                    csurfaces_cubes(
                        mask.row(y, z), mask.row(y + 1, z), mask.row(y, z + 1), mask.row(y + 1, z + 1), cubes.count,
                        cubes.baseAddress)
                    body(UnsafeBufferPointer(cubes), y, z)
                }
            }
        }
    }
}

/// The surface in a unit cube whose corner c (bits x, y, z) is inside when bit c of the configuration is set.
struct CubeSurface {
    /// Borders of the parts of the surface in units of the cube, counterclockwise seen from outside.
    let loops: [[Vector3]]
    /// Enclosed share of the cube.
    let fraction: Double

    static let all: [CubeSurface] = (0..<256).map(CubeSurface.init)

    init(configuration: Int) {
        // Walking the border of every face counterclockwise, a segment leads from the edge where the walk leaves a run
        // of outside corners back to the edge where it came to them, which gives normals to the outside.
        var next: [Int: Int] = [:]
        for face in Self.faces {
            let inside = face.map { configuration >> $0 & 1 == 1 }
            for start in 0..<4 where !inside[start] && inside[(start + 3) % 4] {
                var end = start
                while !inside[(end + 1) % 4] { end = (end + 1) % 4 }
                next[Self.edge(face[end], face[(end + 1) % 4])] = Self.edge(face[(start + 3) % 4], face[start])
            }
        }
        var loops: [[Vector3]] = []
        while let start = next.keys.min() {
            var loop: [Int] = []
            var edge = start
            while let following = next.removeValue(forKey: edge) {
                loop.append(edge)
                edge = following
            }
            loops.append(loop.map(Self.midpoint))
        }
        self.loops = loops
        // Divergence theorem for the field (x, 0, 0): the surface and the inside part of the face x = 1.
        fraction = loops.reduce(Self.faceArea(Self.faces[1].map { configuration >> $0 & 1 == 1 })) { sum, loop in
            sum + Self.triangulate(loop, Vector3(1, 1, 1)).volume
        }
    }

    /// The area for a voxel spacing.
    func area(_ spacing: Vector3) -> Double {
        loops.reduce(0) { $0 + Self.triangulate($1, spacing).scaledArea }
    }

    /// Measures of a triangulated loop: area and volume below it in the unit cube, area for the spacing.
    private struct Measures {
        var area = 0.0
        var volume = 0.0
        var scaledArea = 0.0

        static func + (a: Measures, b: Measures) -> Measures {
            Measures(area: a.area + b.area, volume: a.volume + b.volume, scaledArea: a.scaledArea + b.scaledArea)
        }

        func exceeds(_ other: Measures) -> Bool {
            if abs(area - other.area) > 1e-9 { return area > other.area }
            if abs(volume - other.volume) > 1e-9 { return volume > other.volume }
            return scaledArea > other.scaledArea
        }
    }

    /// The triangulation with the largest area in the unit cube; among equals the one that encloses most, then the one
    /// with the largest area for the spacing.
    ///
    /// The rule turns with the cube, and gives the area that the usual tables give for tumours.
    private static func triangulate(_ loop: [Vector3], _ spacing: Vector3) -> Measures {
        let count = loop.count
        var best = [Measures](repeating: Measures(), count: count * count)
        for span in 2..<count {
            for from in 0..<count - span {
                let to = from + span
                var top = Measures(area: -1)
                for apex in from + 1..<to {
                    let (a, b, c) = (loop[from], loop[apex], loop[to])
                    let normal = (b - a).cross(c - a)
                    let scaled = normal.scaledArea(spacing)
                    let triangle = Measures(
                        area: normal.length / 2, volume: normal.x / 2 * (a.x + b.x + c.x) / 3,
                        scaledArea: scaled.length / 2)
                    let candidate = triangle + best[from * count + apex] + best[apex * count + to]
                    if candidate.exceeds(top) { top = candidate }
                }
                best[from * count + to] = top
            }
        }
        return best[count - 1]
    }

    /// Corners of the faces x = 0, x = 1, y = 0, y = 1, z = 0, z = 1, counterclockwise seen from outside.
    private static let faces = [
        [0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6],
    ]

    private static func edge(_ a: Int, _ b: Int) -> Int { min(a, b) * 8 + max(a, b) }

    private static func midpoint(_ edge: Int) -> Vector3 {
        let (a, b) = (edge / 8, edge % 8)
        func middle(_ bit: Int) -> Double { Double((a >> bit & 1) + (b >> bit & 1)) / 2 }
        return Vector3(middle(0), middle(1), middle(2))
    }

    private static func faceArea(_ inside: [Bool]) -> Double {
        switch inside.count(where: { $0 }) {
        case 0: 0
        case 1: 0.125
        case 2: inside[0] == inside[2] ? 0.75 : 0.5
        case 3: 0.875
        default: 1
        }
    }
}

extension Vector3 {
    /// The normal of a parallelogram in voxels as that of the parallelogram in millimetres.
    func scaledArea(_ spacing: Vector3) -> Vector3 {
        Vector3(x * spacing.y * spacing.z, y * spacing.x * spacing.z, z * spacing.x * spacing.y)
    }
}
