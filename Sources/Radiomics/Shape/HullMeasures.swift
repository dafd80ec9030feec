import Imaging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Measures of the convex hull of a surface.
struct HullMeasures {
    /// Corners in millimetres.
    let corners: [Vector3]
    /// The same as columns.
    let columns: PointColumns
    /// Edges between corners and between triangles.
    let edges: [HullEdge]
    /// Unit normals of the triangles.
    let normals: [Vector3]
    let volume: Double
    let area: Double
    /// Largest distance between two corners.
    var diameter: Double { columns.diameter }

    /// Corners in half voxels.
    private let points: [LatticePoint]
    private let spacing: Vector3

    /// `points` in half voxels.
    init(points: [LatticePoint], spacing: Vector3) {
        let hull = ConvexHull(points)
        let used = hull.corners
        self.spacing = spacing
        self.points = used.map { points[$0] }
        let corners = self.points.map {
            Vector3(Double($0.x) / 2 * spacing.x, Double($0.y) / 2 * spacing.y, Double($0.z) / 2 * spacing.z)
        }
        var position = [Int](repeating: 0, count: points.count)
        for (index, point) in used.enumerated() { position[point] = index }
        edges = hull.edges.map {
            HullEdge(from: position[$0.from], to: position[$0.to], left: $0.left, right: $0.right)
        }
        var (six, double) = (0.0, 0.0)
        normals = hull.triangles.map { triangle in
            let (a, b, c) = (
                corners[position[triangle.x]], corners[position[triangle.y]], corners[position[triangle.z]]
            )
            let normal = (b - a).cross(c - a)
            double += normal.length
            six += normal.dot(a - corners[0])
            return normal.normalised
        }
        volume = six / 6
        area = double / 2
        self.corners = corners
        columns = PointColumns(corners)
    }

    /// One normal of each pair of parallel faces; triangles of one face count once.
    var directions: [Vector3] {
        var tried: Set<UInt64> = []
        tried.reserveCapacity(normals.count)
        return normals.filter { normal in
            let sign: Double = normal.x + 1e-3 * normal.y + 1e-6 * normal.z < 0 ? -1e9 : 1e9
            // Two components and the sign of the third tell a direction.
            let (x, y) = (Int32((sign * normal.x).rounded()), Int32((sign * normal.y).rounded()))
            let key = UInt64(UInt32(bitPattern: x)) << 32 | UInt64(UInt32(bitPattern: y)) << 1
            return tried.insert(sign * normal.z < 0 ? key | 1 : key).inserted
        }
    }

    /// The hull of the corners that are the farthest along some of `count` directions on a spiral around the sphere
    /// (Gonzalez 2010).
    func among(directions count: Int) -> HullMeasures {
        let turn = Double.pi * (3 - 5.0.squareRoot())
        let farthest = (0..<count).map { index in
            let z = 1 - (2 * Double(index) + 1) / Double(count)
            let (radius, angle) = ((1 - z * z).squareRoot(), turn * Double(index))
            let direction = Vector3(radius * cos(angle), radius * sin(angle), z)
            var best = (corner: 0, along: -Double.infinity)
            for (corner, point) in corners.enumerated() {
                let along = direction.dot(point)
                if along > best.along { best = (corner, along) }
            }
            return best.corner
        }
        return HullMeasures(points: Set(farthest).sorted().map { points[$0] }, spacing: spacing)
    }
}
