import CKernels
import Imaging

/// Outlines of a convex hull in its projections along directions.
struct Silhouette {
    private let hull: HullMeasures
    private let normals: PointColumns
    private let edges: [csurfaces_edge]
    // Memory that is used again: which triangles face the direction, the corner after each on the outline, the outline.
    private var facing: [UInt8]
    private var following: [Int32]
    private var outline: [(Double, Double)] = []

    init(_ hull: HullMeasures) {
        self.hull = hull
        normals = PointColumns(hull.normals)
        edges = hull.edges.map {
            csurfaces_edge(from: Int32($0.from), to: Int32($0.to), left: Int32($0.left), right: Int32($0.right))
        }
        facing = [UInt8](repeating: 0, count: normals.count)
        // One place more, for edges that are not on the outline.
        following = [Int32](repeating: 0, count: hull.corners.count + 1)
    }

    /// A rectangle with the lengths of its sides.
    struct Rectangle {
        var length, width: Double
        var area: Double { length * width }
    }

    /// The smallest rectangle around the projection along a direction; it has a side along an edge of the outline.
    mutating func smallestRectangle(across normal: Vector3) -> Rectangle {
        let helper = abs(normal.x) < 0.6 ? Vector3(1, 0, 0) : Vector3(0, 1, 0)
        let u = normal.cross(helper).normalised
        let v = normal.cross(u)
        traceOutline(normal) { ($0.dot(u), $0.dot(v)) }
        return outline.withUnsafeBufferPointer(Self.smallestRectangle)
    }

    /// The projections of the corners between triangles that face a direction and those that do not. They follow each
    /// other along these edges, since the triangles that face it cover the projection once.
    private mutating func traceOutline(_ direction: Vector3, _ projection: (Vector3) -> (Double, Double)) {
        var start: Int32 = 0
        csurfaces_facing(
            normals.x, normals.y, normals.z, normals.count, [direction.x, direction.y, direction.z], &facing)
        let count = csurfaces_outline(edges, edges.count, facing, &following, Int32(hull.corners.count), &start)
        outline.removeAll(keepingCapacity: true)
        var corner = start
        for _ in 0..<count {
            outline.append(projection(hull.corners[Int(corner)]))
            corner = following[Int(corner)]
            if corner == start { break }
        }
        // Rounded normals could tear the outline; the hull of the projections never is.
        if outline.count < count || corner != start { outline = PlanarHull.corners(hull.corners.map(projection)) }
    }

    /// Rotating calipers (Toussaint 1983): the corners that are farthest along an edge, across it, and back.
    private static func smallestRectangle(_ polygon: UnsafeBufferPointer<(Double, Double)>) -> Rectangle {
        var smallest = Rectangle(length: 0, width: 0)
        guard polygon.count > 2 else { return smallest }
        var least = Double.infinity
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
            /// Goes on while a measure rises; returns the highest.
            func climb(_ corner: inout Int, _ measure: (Int) -> Double) -> Double {
                var (here, next) = (measure(corner), measure(corner + 1))
                while next > here {
                    corner += 1
                    (here, next) = (next, measure(corner + 1))
                }
                return here
            }
            ahead = max(ahead, start + 1)
            let front = climb(&ahead, along)
            opposite = max(opposite, ahead)
            let width = climb(&opposite, across)
            behind = max(behind, opposite)
            let back = climb(&behind) { -along($0) }
            let square = dx * dx + dy * dy
            let area = (front + back) * width / square
            if area < least {
                least = area
                let edge = square.squareRoot()
                smallest = Rectangle(length: (front + back) / edge, width: width / edge)
            }
        }
        return smallest
    }
}
