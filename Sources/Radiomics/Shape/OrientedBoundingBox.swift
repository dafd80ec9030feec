import Imaging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The smallest box that has a face in the plane of a face of the convex hull.
///
/// IBSI leaves the method open (ZH1A, IQYR are not standardised); the true optimum can be slightly smaller when it
/// touches the hull with edges only (O'Rourke 1985).
struct OrientedBoundingBox {
    private(set) var volume = Double.infinity
    private(set) var area = Double.infinity

    init(hull: HullMeasures) {
        let facets = Facets(hull: hull)
        // No box around some of the corners is larger than that around all: directions in the order of the boxes around
        // a few, until those exceed the smallest box so far.
        let (few, more) = (Self.extremes(hull.corners, 20), Self.extremes(hull.corners, 64))
        func bound(_ normal: Vector3, _ corners: [Vector3]) -> Double {
            var box = Self.empty
            box.add(normal, corners, corners.indices)
            return box.volume
        }
        let candidates = facets.directions.map { (normal: $0, bound: bound($0, few)) }.sorted { $0.bound < $1.bound }
        for candidate in candidates {
            // The same box is summed from other corners.
            let limit = volume * (1 + 1e-12)
            if candidate.bound > limit { break }
            guard bound(candidate.normal, more) <= limit else { continue }
            add(candidate.normal, hull.corners, facets.outline(candidate.normal))
        }
    }

    private init() {}

    private static let empty = OrientedBoundingBox()

    /// Corners that are the farthest along some of `count` directions on a spiral around the sphere (Gonzalez 2010).
    private static func extremes(_ corners: [Vector3], _ count: Int) -> [Vector3] {
        let turn = Double.pi * (3 - 5.0.squareRoot())
        let farthest = (0..<count).map { index in
            let z = 1 - (2 * Double(index) + 1) / Double(count)
            let (radius, angle) = ((1 - z * z).squareRoot(), turn * Double(index))
            let direction = Vector3(radius * cos(angle), radius * sin(angle), z)
            var best = (corner: 0, along: -Double.infinity)
            for (corner, point) in corners.enumerated() where direction.dot(point) > best.along {
                best = (corner, direction.dot(point))
            }
            return best.corner
        }
        return Set(farthest).sorted().map { corners[$0] }
    }

    private static func height(_ normal: Vector3, _ corners: [Vector3]) -> Double {
        var (low, high) = (Double.infinity, -Double.infinity)
        for corner in corners {
            let height = normal.dot(corner)
            (low, high) = (min(low, height), max(high, height))
        }
        return high - low
    }

    /// Boxes with two faces across `normal` and one along an edge of the projected outline.
    private mutating func add(_ normal: Vector3, _ corners: [Vector3], _ outline: some Collection<Int>) {
        let height = Self.height(normal, corners)
        let helper = abs(normal.x) < 0.6 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
        let u = normal.cross(helper).normalised
        let v = normal.cross(u)
        let polygon = PlanarHull.corners(outline.map { (corners[$0].dot(u), corners[$0].dot(v)) })
        guard polygon.count > 2 else { return }
        // Rotating calipers (Toussaint 1983): the corners that are farthest along an edge, across it, and back.
        var (ahead, opposite, behind) = (1, 1, 1)
        // Corners count on over three turns at most; a division would take longer than the rest.
        func wrapped(_ corner: Int) -> Int {
            var corner = corner
            while corner >= polygon.count { corner -= polygon.count }
            return corner
        }
        for start in polygon.indices {
            let (from, to) = (polygon[start], polygon[wrapped(start + 1)])
            let (dx, dy) = (to.0 - from.0, to.1 - from.1)
            func along(_ corner: Int) -> Double {
                let point = polygon[wrapped(corner)]
                return (point.0 - from.0) * dx + (point.1 - from.1) * dy
            }
            func across(_ corner: Int) -> Double {
                let point = polygon[wrapped(corner)]
                return (point.1 - from.1) * dx - (point.0 - from.0) * dy
            }
            ahead = max(ahead, start + 1)
            while along(ahead + 1) > along(ahead) { ahead += 1 }
            opposite = max(opposite, ahead)
            while across(opposite + 1) > across(opposite) { opposite += 1 }
            behind = max(behind, opposite)
            while along(behind + 1) < along(behind) { behind += 1 }
            let square = dx * dx + dy * dy
            let length = (along(ahead) - along(behind)) / square.squareRoot()
            let width = across(opposite) / square.squareRoot()
            if length * width * height < volume {
                volume = length * width * height
                area = 2 * (length * width + length * height + width * height)
            }
        }
    }

    /// Triangles of the hull with normals and the edges they share.
    private struct Facets {
        let normals: [Vector3]
        let edges: [HullEdge]

        init(hull: HullMeasures) {
            normals = hull.triangles.map { triangle in
                let (a, b, c) = (hull.corners[triangle[0]], hull.corners[triangle[1]], hull.corners[triangle[2]])
                return (b - a).cross(c - a).normalised
            }
            edges = hull.edges
        }

        /// One normal of each pair of parallel facets; triangles of one facet count once.
        var directions: [Vector3] {
            var tried: Set<Vector3> = []
            return normals.filter { normal in
                let sign: Double = normal.x + 1e-3 * normal.y + 1e-6 * normal.z < 0 ? -1e9 : 1e9
                // Adding 0 makes -0 and 0 one key.
                let key = Vector3(
                    (sign * normal.x).rounded() + 0, (sign * normal.y).rounded() + 0, (sign * normal.z).rounded() + 0)
                return tried.insert(key).inserted
            }
        }

        /// The corners between triangles that face `direction` and those that do not: they hold the corners of the
        /// projection's outline.
        func outline(_ direction: Vector3) -> [Int] {
            let faces = normals.map { $0.dot(direction) > 1e-12 }
            var outline: [Int] = []
            faces.withUnsafeBufferPointer { faces in
                for edge in edges where faces[edge.left] != faces[edge.right] {
                    outline.append(faces[edge.left] ? edge.from : edge.to)
                }
            }
            return outline
        }
    }
}

/// Convex hulls in a plane by Andrew's monotone chain.
enum PlanarHull {
    /// Corners counterclockwise, without points on edges.
    static func corners(_ points: [(Double, Double)]) -> [(Double, Double)] {
        let sorted = withoutInner(points).sorted { $0.0 < $1.0 || ($0.0 == $1.0 && $0.1 < $1.1) }
        guard sorted.count > 2 else { return sorted }
        var hull: [(Double, Double)] = []
        hull.reserveCapacity(2 * sorted.count)
        // Each chain ends where the other one begins.
        func addChain(_ points: some Sequence<(Double, Double)>) {
            let begin = hull.count
            for point in points {
                while hull.count - begin > 1 {
                    let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
                    if (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0) > 0 { break }
                    hull.removeLast()
                }
                hull.append(point)
            }
            hull.removeLast()
        }
        addChain(sorted)
        addChain(sorted.reversed())
        return hull
    }

    /// The points that are not inside the quadrangle of those farthest along the axes (Akl and Toussaint 1978): most are,
    /// and sorting is what takes the time.
    private static func withoutInner(_ points: [(Double, Double)]) -> [(Double, Double)] {
        guard var (left, low, right, high) = points.first.map({ ($0, $0, $0, $0) }) else { return points }
        for point in points {
            if point.0 < left.0 { left = point }
            if point.0 > right.0 { right = point }
            if point.1 < low.1 { low = point }
            if point.1 > high.1 { high = point }
        }
        func isLeft(_ point: (Double, Double), _ from: (Double, Double), _ to: (Double, Double)) -> Bool {
            (to.0 - from.0) * (point.1 - from.1) - (to.1 - from.1) * (point.0 - from.0) > 0
        }
        return points.filter {
            !(isLeft($0, left, low) && isLeft($0, low, right) && isLeft($0, right, high) && isLeft($0, high, left))
        }
    }
}
