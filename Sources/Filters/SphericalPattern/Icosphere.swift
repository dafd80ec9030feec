#if canImport(Glibc)
    import Glibc
#endif

/// Points spread evenly over a sphere: the corners of an icosahedron whose faces are divided in four again and again.
struct Icosphere {
    typealias Point = (a: Double, b: Double, c: Double)

    /// 12 corners, 42 after one subdivision, 10 * 4^n + 2 after n; each at the radius from the origin.
    let points: [Point]

    /// The axes of the icosahedron are those of trimesh's `icosphere`: one corner in each quadrant of each coordinate plane.
    init(subdivisions: Int, radius: Double) {
        let golden = (1 + 5.0.squareRoot()) / 2
        var points: [Point] = []
        for (first, second) in [(-1.0, golden), (1, golden), (-1, -golden), (1, -golden)] {
            points += [(first, second, 0), (0, first, second), (second, 0, first)]
        }
        points = points.map { Self.onSphere($0, 1) }
        var faces = Self.faces(points)
        for _ in 0..<subdivisions {
            var middles: [[Int]: Int] = [:]
            func middle(_ i: Int, _ j: Int) -> Int {
                let key = [min(i, j), max(i, j)]
                if let known = middles[key] { return known }
                let (p, q) = (points[i], points[j])
                points.append(Self.onSphere(((p.a + q.a) / 2, (p.b + q.b) / 2, (p.c + q.c) / 2), 1))
                middles[key] = points.count - 1
                return points.count - 1
            }
            faces = faces.flatMap { face -> [[Int]] in
                let (i, j, k) = (face[0], face[1], face[2])
                let (ij, jk, ki) = (middle(i, j), middle(j, k), middle(k, i))
                return [[i, ij, ki], [ij, j, jk], [ki, jk, k], [ij, jk, ki]]
            }
        }
        self.points = points.map { Self.onSphere($0, radius) }
    }

    /// Three corners that lie at the distance of an edge from each other are a face.
    private static func faces(_ corners: [Point]) -> [[Int]] {
        func isEdge(_ i: Int, _ j: Int) -> Bool {
            let (p, q) = (corners[i], corners[j])
            let (a, b, c) = (p.a - q.a, p.b - q.b, p.c - q.c)
            // Edges of the unit icosahedron are 1.05 long, the next distance is 1.70.
            return a * a + b * b + c * c < 1.4 * 1.4
        }
        var faces: [[Int]] = []
        for i in corners.indices {
            for j in corners.indices where j > i && isEdge(i, j) {
                for k in corners.indices where k > j && isEdge(i, k) && isEdge(j, k) { faces.append([i, j, k]) }
            }
        }
        return faces
    }

    private static func onSphere(_ point: Point, _ radius: Double) -> Point {
        let length = (point.a * point.a + point.b * point.b + point.c * point.c).squareRoot()
        return (point.a / length * radius, point.b / length * radius, point.c / length * radius)
    }
}
