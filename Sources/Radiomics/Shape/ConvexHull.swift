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
    private(set) var triangles: [SIMD3<Int>] = []
    /// Edges as indices into `points` and `triangles`, each once.
    private(set) var edges: [HullEdge] = []

    /// Indices of the points that are corners of the triangles, ascending.
    var corners: [Int] {
        var used = [Bool](repeating: false, count: points.count)
        for triangle in triangles { for side in 0..<3 { used[triangle[side]] = true } }
        return used.indices.filter { used[$0] }
    }

    private struct Face {
        let corners: SIMD3<Int>
        let normal: LatticePoint
        let offset: Int
        /// Neighbours across the edges (0, 1), (1, 2), (2, 0).
        var neighbours: SIMD3<Int>
        /// First and last of the points outside, which are a list by `after`; -1 for none.
        var firstOutside = -1
        var lastOutside = -1
        var alive = true
    }

    /// Faces under way and the lists of points outside them.
    private struct Work {
        var faces: [Face] = []
        /// The point after each one in its list, or -1.
        var after: [Int]
        /// New faces at the horizon, by the corners that their edge starts and ends at.
        var startingAt: [Int]
        var endingAt: [Int]
        var visible: [Int] = []
        var horizon: [(from: Int, to: Int, beyond: Int)] = []

        init(points: Int) {
            after = [Int](repeating: -1, count: points)
            startingAt = after
            endingAt = after
        }
    }

    /// Empty when all points lie in one plane.
    init(_ points: [LatticePoint]) {
        self.points = points
        var work = Work(points: points.count)
        guard seed(&work) else { return }
        var pending = Array(work.faces.indices)
        while let current = pending.popLast() {
            guard work.faces[current].alive, work.faces[current].firstOutside >= 0 else { continue }
            let apex = furthest(work.faces[current], work.after)
            let first = work.faces.count
            addCone(apex, seenFrom: current, &work)
            pending += first..<work.faces.count
        }
        let faces = work.faces
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

    private func furthest(_ face: Face, _ after: [Int]) -> Int {
        var (best, bestHeight) = (face.firstOutside, height(face.firstOutside, face))
        var point = after[best]
        while point >= 0 {
            let height = height(point, face)
            if height > bestHeight { (best, bestHeight) = (point, height) }
            point = after[point]
        }
        return best
    }

    private func face(_ a: Int, _ b: Int, _ c: Int, neighbours: SIMD3<Int>) -> Face {
        let normal = (points[b] - points[a]).cross(points[c] - points[a])
        return Face(
            corners: SIMD3(a, b, c), normal: normal, offset: normal.dot(points[a]), neighbours: neighbours)
    }

    /// Replaces the faces that see `apex` by a cone over their horizon.
    private func addCone(_ apex: Int, seenFrom start: Int, _ work: inout Work) {
        work.visible.removeAll(keepingCapacity: true)
        work.horizon.removeAll(keepingCapacity: true)
        work.visible.append(start)
        work.faces[start].alive = false
        var next = 0
        while next < work.visible.count {
            let neighbours = work.faces[work.visible[next]].neighbours
            next += 1
            for edge in 0..<3 {
                let other = neighbours[edge]
                if work.faces[other].alive, height(apex, work.faces[other]) > 0 {
                    work.faces[other].alive = false
                    work.visible.append(other)
                }
            }
        }
        for current in work.visible {
            let (corners, neighbours) = (work.faces[current].corners, work.faces[current].neighbours)
            for edge in 0..<3 where work.faces[neighbours[edge]].alive {
                work.horizon.append((corners[edge], corners[(edge + 1) % 3], neighbours[edge]))
            }
        }
        let first = work.faces.count
        for (index, edge) in work.horizon.enumerated() {
            work.startingAt[edge.from] = first + index
            work.endingAt[edge.to] = first + index
        }
        for edge in work.horizon {
            // The horizon is one closed line: where an edge ends, the next one starts.
            let neighbours = SIMD3(edge.beyond, work.startingAt[edge.to], work.endingAt[edge.from])
            let index = work.faces.count
            work.faces.append(face(edge.from, edge.to, apex, neighbours: neighbours))
            let corners = work.faces[edge.beyond].corners
            for side in 0..<3 where corners[side] == edge.to && corners[(side + 1) % 3] == edge.from {
                work.faces[edge.beyond].neighbours[side] = index
            }
        }
        for current in work.visible {
            var point = work.faces[current].firstOutside
            while point >= 0 {
                let following = work.after[point]
                if point != apex { assign(point, first..<work.faces.count, &work) }
                point = following
            }
        }
    }

    /// Puts a point at the end of the list of the first face that sees it.
    private func assign(_ point: Int, _ candidates: Range<Int>, _ work: inout Work) {
        for candidate in candidates where height(point, work.faces[candidate]) > 0 {
            work.after[point] = -1
            let last = work.faces[candidate].lastOutside
            if last < 0 { work.faces[candidate].firstOutside = point } else { work.after[last] = point }
            work.faces[candidate].lastOutside = point
            return
        }
    }

    /// The first tetrahedron: extremes along x, then the points furthest from their line and plane.
    private func seed(_ work: inout Work) -> Bool {
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
        let base = face(a, b, c, neighbours: SIMD3())
        guard let d = points.indices.max(by: { abs(height($0, base)) < abs(height($1, base)) }), height(d, base) != 0
        else { return false }
        let (p, q) = height(d, base) < 0 ? (b, c) : (c, b)
        // Faces (a p q), (a d p), (p d q), (q d a), d behind the first.
        work.faces = [
            face(a, p, q, neighbours: SIMD3(1, 2, 3)), face(a, d, p, neighbours: SIMD3(3, 2, 0)),
            face(p, d, q, neighbours: SIMD3(1, 3, 0)), face(q, d, a, neighbours: SIMD3(2, 1, 0)),
        ]
        for point in points.indices where point != a && point != b && point != c && point != d {
            assign(point, 0..<4, &work)
        }
        return true
    }

    private func distance(_ a: Int, _ b: Int) -> Int {
        let difference = points[a] - points[b]
        return difference.dot(difference)
    }
}
