/// Convex hulls in a plane by Andrew's monotone chain, in memory that is used again.
struct PlanarHull {
    typealias Point = (Double, Double)

    /// Counterclockwise, without points on edges.
    private(set) var corners: [Point] = []
    private var points: [Point] = []

    /// Corners counterclockwise, without points on edges.
    static func corners(_ points: some Collection<Point>) -> [Point] {
        var hull = PlanarHull()
        hull.enclose(points)
        return hull.corners
    }

    /// Makes `corners` those of some points.
    mutating func enclose(_ all: some Collection<Point>) {
        points.removeAll(keepingCapacity: true)
        points.append(contentsOf: all)
        corners.removeAll(keepingCapacity: true)
        corners.append(contentsOf: repeatElement((0, 0), count: 2 * points.count))
        let count = points.withUnsafeMutableBufferPointer { points in
            let kept = UnsafeMutableBufferPointer(rebasing: points[..<Self.moveOuter(points)])
            Self.sort(kept)
            return corners.withUnsafeMutableBufferPointer { Self.chains(kept, $0) }
        }
        corners.removeLast(corners.count - count)
    }

    /// Lower and upper chain of sorted points; returns the number of corners.
    private static func chains(
        _ points: UnsafeMutableBufferPointer<Point>, _ hull: UnsafeMutableBufferPointer<Point>
    ) -> Int {
        guard points.count > 2 else {
            for index in points.indices { hull[index] = points[index] }
            return points.count
        }
        var count = 0
        // Each chain ends where the other one begins.
        func addChain(_ indices: some Sequence<Int>) {
            let begin = count
            for index in indices {
                let point = points[index]
                while count - begin > 1 {
                    let (a, b) = (hull[count - 2], hull[count - 1])
                    if (b.0 - a.0) * (point.1 - a.1) - (b.1 - a.1) * (point.0 - a.0) > 0 { break }
                    count -= 1
                }
                hull[count] = point
                count += 1
            }
            count -= 1
        }
        addChain(points.indices)
        addChain(points.indices.reversed())
        return count
    }

    /// Sorts by the first coordinate, then the second; few points by insertion.
    private static func sort(_ points: UnsafeMutableBufferPointer<Point>) {
        func precedes(_ a: Point, _ b: Point) -> Bool { a.0 < b.0 || (a.0 == b.0 && a.1 < b.1) }
        guard points.count <= 64 else {
            var points = points
            points.sort(by: precedes)
            return
        }
        for index in points.indices.dropFirst() {
            let point = points[index]
            var place = index
            while place > 0, precedes(point, points[place - 1]) {
                points[place] = points[place - 1]
                place -= 1
            }
            points[place] = point
        }
    }

    /// Moves the points to the front that are not inside the quadrangle of those farthest along the axes (Akl and
    /// Toussaint 1978) and returns their number: most are inside, and sorting is what takes the time.
    private static func moveOuter(_ points: UnsafeMutableBufferPointer<Point>) -> Int {
        guard var (left, low, right, high) = points.first.map({ ($0, $0, $0, $0) }) else { return 0 }
        for point in points {
            if point.0 < left.0 { left = point }
            if point.0 > right.0 { right = point }
            if point.1 < low.1 { low = point }
            if point.1 > high.1 { high = point }
        }
        func isLeft(_ point: Point, _ from: Point, _ to: Point) -> Bool {
            (to.0 - from.0) * (point.1 - from.1) - (to.1 - from.1) * (point.0 - from.0) > 0
        }
        var count = 0
        for point in points
        where
            !(isLeft(point, left, low) && isLeft(point, low, right) && isLeft(point, right, high)
            && isLeft(point, high, left))
        {
            points[count] = point
            count += 1
        }
        return count
    }
}
