/// The convex outline of rows of lattice points in a plane, of which only the first and the last of each count.
package struct PlaneOutline {
    package typealias Point = (x: Int, y: Int)

    /// Corners on the side of the first points of rows and on that of the last ones.
    private var left: [Point] = []
    private var right: [Point] = []

    package init() {}

    /// Adds a row beyond those before.
    package mutating func add(_ y: Int, _ first: Int, _ last: Int) {
        Self.append((first, y), to: &left, side: -1)
        Self.append((last, y), to: &right, side: 1)
    }

    /// Hands over the corners, each once; the outline begins anew.
    package mutating func take() -> [Point] {
        let alone = right.filter { corner in !left.contains { $0 == corner } }
        defer {
            left.removeAll(keepingCapacity: true)
            right.removeAll(keepingCapacity: true)
        }
        return left + alone
    }

    /// The lattice points of each row from the first to the last that lie within.
    package var rows: [(y: Int, columns: ClosedRange<Int>)] {
        guard let first = left.first, let last = left.last else { return [] }
        var (onLeft, onRight) = (0, 0)
        return (first.y...last.y).compactMap { y in
            let low = Self.place(y, on: left, from: &onLeft).rounded(.up)
            let high = Self.place(y, on: right, from: &onRight).rounded(.down)
            return low <= high ? (y, Int(low)...Int(high)) : nil
        }
    }

    /// Where a chain crosses a row; rows are asked for in ascending order.
    private static func place(_ y: Int, on chain: [Point], from start: inout Int) -> Double {
        while start + 1 < chain.count, chain[start + 1].y <= y { start += 1 }
        let a = chain[start]
        guard a.y < y else { return Double(a.x) }
        let b = chain[start + 1]
        // Of whole numbers: a crossing at a lattice point is found as such.
        return Double(a.x) + Double((b.x - a.x) * (y - a.y)) / Double(b.y - a.y)
    }

    /// Appends a point to a chain, from which points go that are not beyond the line to it.
    private static func append(_ point: Point, to chain: inout [Point], side: Int) {
        while chain.count > 1 {
            let (a, b) = (chain[chain.count - 2], chain[chain.count - 1])
            if side * ((b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x)) > 0 { break }
            chain.removeLast()
        }
        chain.append(point)
    }
}
