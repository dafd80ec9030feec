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
