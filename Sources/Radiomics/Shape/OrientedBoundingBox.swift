import Imaging

/// The smallest box that has a face in the plane of a face of the convex hull.
///
/// IBSI leaves the method open (ZH1A, IQYR are not standardised); the true optimum can be slightly smaller when it
/// touches the hull with edges only (O'Rourke 1985).
struct OrientedBoundingBox {
    private(set) var volume = Double.infinity
    private(set) var area = Double.infinity

    init(hull: HullMeasures) {
        let facets = Facets(hull: hull)
        // No rectangle is smaller than the projection it holds: directions in the order of that bound, until it exceeds
        // the smallest box so far.
        let candidates = facets.directions.map { normal in
            let height = Self.height(normal, hull.corners)
            return (normal: normal, height: height, bound: height * facets.projectedArea(normal))
        }.sorted { $0.bound < $1.bound }
        for candidate in candidates {
            if candidate.bound >= volume { break }
            add(candidate.normal, candidate.height, hull.corners, facets.outline(candidate.normal))
        }
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
    private mutating func add(
        _ normal: Vector3, _ height: Double, _ corners: [Vector3], _ outline: [(Int, Int)]
    ) {
        let helper = abs(normal.x) < 0.6 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
        let u = normal.cross(helper).normalised
        let v = normal.cross(u)
        let edges = outline.map { from, to in
            ((corners[from].dot(u), corners[from].dot(v)), (corners[to].dot(u), corners[to].dot(v)))
        }
        for (from, to) in edges {
            let (dx, dy) = (to.0 - from.0, to.1 - from.1)
            let square = dx * dx + dy * dy
            guard square > 1e-18 else { continue }
            var (lowAlong, highAlong, across) = (0.0, 0.0, 0.0)
            for (point, _) in edges {
                let (x, y) = (point.0 - from.0, point.1 - from.1)
                let along = x * dx + y * dy
                lowAlong = min(lowAlong, along)
                highAlong = max(highAlong, along)
                across = max(across, abs(x * dy - y * dx))
            }
            let (length, width) = ((highAlong - lowAlong) / square.squareRoot(), across / square.squareRoot())
            if length * width * height < volume {
                volume = length * width * height
                area = 2 * (length * width + length * height + width * height)
            }
        }
    }

    /// Triangles of the hull with normals and the edges they share.
    private struct Facets {
        let normals: [Vector3]
        /// Twice the areas of the triangles, along their normals.
        let areas: [Vector3]
        /// Corners of an edge and the triangles on its two sides.
        let edges: [(from: Int, to: Int, left: Int, right: Int)]

        init(hull: HullMeasures) {
            areas = hull.triangles.map { triangle in
                let (a, b, c) = (hull.corners[triangle[0]], hull.corners[triangle[1]], hull.corners[triangle[2]])
                return (b - a).cross(c - a)
            }
            normals = areas.map(\.normalised)
            var open: [Int: Int] = [:]
            var edges: [(from: Int, to: Int, left: Int, right: Int)] = []
            let count = hull.corners.count
            for (index, triangle) in hull.triangles.enumerated() {
                for side in 0..<3 {
                    let (from, to) = (triangle[side], triangle[(side + 1) % 3])
                    if let other = open.removeValue(forKey: to * count + from) {
                        edges.append((from, to, index, other))
                    } else {
                        open[from * count + to] = index
                    }
                }
            }
            self.edges = edges
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

        /// The area of the projection along `direction`.
        func projectedArea(_ direction: Vector3) -> Double {
            areas.reduce(0) { $0 + abs($1.dot(direction)) } / 4
        }

        /// The edges between triangles that face `direction` and those that do not: the outline of the projection.
        func outline(_ direction: Vector3) -> [(Int, Int)] {
            let faces = normals.map { $0.dot(direction) > 1e-12 }
            var outline: [(Int, Int)] = []
            for edge in edges where faces[edge.left] != faces[edge.right] {
                outline.append(faces[edge.left] ? (edge.from, edge.to) : (edge.to, edge.from))
            }
            return outline
        }
    }
}

/// Convex hulls in a plane by Andrew's monotone chain.
enum PlanarHull {
    /// Corners counterclockwise, without points on edges.
    static func corners(_ points: [(Double, Double)]) -> [(Double, Double)] {
        let sorted = points.sorted { $0 < $1 }
        guard sorted.count > 2 else { return sorted }
        func chain(_ points: some Sequence<(Double, Double)>) -> [(Double, Double)] {
            var chain: [(Double, Double)] = []
            for point in points {
                while chain.count > 1 {
                    let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
                    if (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0) > 0 { break }
                    chain.removeLast()
                }
                chain.append(point)
            }
            return chain
        }
        return chain(sorted).dropLast() + chain(sorted.reversed()).dropLast()
    }
}
