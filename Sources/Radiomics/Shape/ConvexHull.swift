/// A point of an integer lattice.
struct LatticePoint: Hashable {
    var x, y, z: Int

    static func - (a: LatticePoint, b: LatticePoint) -> LatticePoint {
        LatticePoint(x: a.x - b.x, y: a.y - b.y, z: a.z - b.z)
    }

    /// Cross product.
    func cross(_ other: LatticePoint) -> LatticePoint {
        LatticePoint(
            x: y * other.z - z * other.y, y: z * other.x - x * other.z, z: x * other.y - y * other.x)
    }

    /// Inner product.
    func dot(_ other: LatticePoint) -> Int { x * other.x + y * other.y + z * other.z }
}

/// An edge of a hull from corner to corner, with the triangles on its two sides.
struct HullEdge {
    let from, to: Int
    let left, right: Int
}

/// The convex hull of lattice points by quickhull (Barber et al. 1996) in exact integer arithmetic.
///
/// A face is seen from a point only when the point is strictly in front of it. With exact signs that leaves no
/// degenerate triangle, whatever the number of coplanar points. Coordinates must differ by less than 2^15.
struct ConvexHull {
    /// The points given.
    let points: [LatticePoint]
    /// Triangles as indices into `points`, counterclockwise seen from outside; coplanar neighbours are not joined.
    private(set) var triangles: [[Int]] = []
    /// Edges as indices into `points` and `triangles`, each once.
    private(set) var edges: [HullEdge] = []

    /// Indices of the points that are corners of the triangles, ascending.
    var corners: [Int] {
        var used = [Bool](repeating: false, count: points.count)
        for triangle in triangles { for corner in triangle { used[corner] = true } }
        return used.indices.filter { used[$0] }
    }

    private struct Face {
        let corners: [Int]
        let normal: LatticePoint
        let offset: Int
        /// Neighbours across the edges (0, 1), (1, 2), (2, 0).
        var neighbours: [Int]
        var outside: [Int] = []
        var alive = true
    }

    /// Empty when all points lie in one plane.
    init(_ points: [LatticePoint]) {
        self.points = points
        var faces: [Face] = []
        guard seed(&faces) else { return }
        var pending = Array(faces.indices)
        while let current = pending.popLast() {
            guard faces[current].alive, !faces[current].outside.isEmpty else { continue }
            let apex = furthest(faces[current])
            let first = faces.count
            addCone(apex, seenFrom: current, &faces)
            pending += first..<faces.count
        }
        triangles = faces.filter(\.alive).map(\.corners)
        var number = [Int](repeating: 0, count: faces.count)
        for (place, index) in faces.indices.filter({ faces[$0].alive }).enumerated() { number[index] = place }
        for (index, face) in faces.enumerated() where face.alive {
            for side in 0..<3 where index < face.neighbours[side] {
                edges.append(
                    HullEdge(
                        from: face.corners[side], to: face.corners[(side + 1) % 3], left: number[index],
                        right: number[face.neighbours[side]]))
            }
        }
    }

    private func height(_ point: Int, _ face: Face) -> Int { face.normal.dot(points[point]) - face.offset }

    private func furthest(_ face: Face) -> Int {
        var (best, bestHeight) = (face.outside[0], height(face.outside[0], face))
        for point in face.outside.dropFirst() {
            let height = height(point, face)
            if height > bestHeight { (best, bestHeight) = (point, height) }
        }
        return best
    }

    private func face(_ a: Int, _ b: Int, _ c: Int, neighbours: [Int]) -> Face {
        let normal = (points[b] - points[a]).cross(points[c] - points[a])
        return Face(corners: [a, b, c], normal: normal, offset: normal.dot(points[a]), neighbours: neighbours)
    }

    /// Replaces the faces that see `apex` by a cone over their horizon.
    private func addCone(_ apex: Int, seenFrom start: Int, _ faces: inout [Face]) {
        var visible = [start]
        faces[start].alive = false
        var horizon: [(from: Int, to: Int, beyond: Int)] = []
        var next = 0
        while next < visible.count {
            let current = visible[next]
            next += 1
            for edge in 0..<3 {
                let other = faces[current].neighbours[edge]
                guard faces[other].alive else { continue }
                if height(apex, faces[other]) > 0 {
                    faces[other].alive = false
                    visible.append(other)
                }
            }
        }
        for current in visible {
            for edge in 0..<3 where faces[faces[current].neighbours[edge]].alive {
                let corners = faces[current].corners
                horizon.append((corners[edge], corners[(edge + 1) % 3], faces[current].neighbours[edge]))
            }
        }
        let first = faces.count
        var startingAt: [Int: Int] = [:]
        for (index, edge) in horizon.enumerated() { startingAt[edge.from] = first + index }
        var endingAt: [Int: Int] = [:]
        for (index, edge) in horizon.enumerated() { endingAt[edge.to] = first + index }
        for edge in horizon {
            let neighbours = [edge.beyond, startingAt[edge.to] ?? first, endingAt[edge.from] ?? first]
            let index = faces.count
            faces.append(face(edge.from, edge.to, apex, neighbours: neighbours))
            for side in 0..<3
            where faces[edge.beyond].corners[side] == edge.to
                && faces[edge.beyond].corners[(side + 1) % 3] == edge.from
            {
                faces[edge.beyond].neighbours[side] = index
            }
        }
        for current in visible {
            for point in faces[current].outside where point != apex {
                assign(point, first..<faces.count, &faces)
            }
            faces[current].outside = []
        }
    }

    private func assign(_ point: Int, _ candidates: Range<Int>, _ faces: inout [Face]) {
        for candidate in candidates where height(point, faces[candidate]) > 0 {
            faces[candidate].outside.append(point)
            return
        }
    }

    /// The first tetrahedron: extremes along x, then the points furthest from their line and plane.
    private func seed(_ faces: inout [Face]) -> Bool {
        guard
            let a = points.indices.min(by: { points[$0].x < points[$1].x }),
            let b = points.indices.max(by: { distance(a, $0) < distance(a, $1) }), distance(a, b) > 0
        else { return false }
        let line = points[b] - points[a]
        func fromLine(_ index: Int) -> Int {
            let normal = line.cross(points[index] - points[a])
            return normal.dot(normal)
        }
        guard let c = points.indices.max(by: { fromLine($0) < fromLine($1) }), fromLine(c) > 0 else { return false }
        let base = face(a, b, c, neighbours: [])
        guard let d = points.indices.max(by: { abs(height($0, base)) < abs(height($1, base)) }), height(d, base) != 0
        else { return false }
        let (p, q) = height(d, base) < 0 ? (b, c) : (c, b)
        // Faces (a p q), (a d p), (p d q), (q d a), d behind the first.
        faces = [
            face(a, p, q, neighbours: [1, 2, 3]), face(a, d, p, neighbours: [3, 2, 0]),
            face(p, d, q, neighbours: [1, 3, 0]), face(q, d, a, neighbours: [2, 1, 0]),
        ]
        for point in points.indices where ![a, b, c, d].contains(point) { assign(point, 0..<4, &faces) }
        return true
    }

    private func distance(_ a: Int, _ b: Int) -> Int {
        let difference = points[a] - points[b]
        return difference.dot(difference)
    }
}
