/// The nearest seed of each point of a grid, as far as a reach goes.
///
/// As in `DistanceTransform` one pass along each axis lowers the squared distances; but a seed farther along the axis than
/// the reach cannot count, so that every point compares the few places within it, nearest first. With a short reach that
/// is several times as fast, because lines beside each other are compared together.
struct NearbySeeds {
    /// Label of the nearest seed of each point, x fastest in rows of `pitch`; of use within the reach only.
    private(set) var labels: [Int32]
    /// Squared distance to it in square millimetres; beyond the reach larger than its square, or infinite.
    private(set) var squares: [Float]
    /// From row to row: whole blocks of lanes.
    let pitch: Int
    private let size: GridSize
    private let step: Vector3
    private let reachMM: Double

    /// Lines that are compared together.
    private typealias Lanes = SIMD8<Float>
    private typealias LabelLanes = SIMD8<Int32>

    /// Labels of a grid's points, -1, with room for the blocks of lanes.
    static func labels(count: Int, size: GridSize) -> [Int32] {
        var labels: [Int32] = []
        labels.reserveCapacity(pitch(size) * size.y * size.z)
        labels.append(contentsOf: repeatElement(-1, count: count))
        return labels
    }

    private static func pitch(_ size: GridSize) -> Int {
        (size.x + Lanes.scalarCount - 1) / Lanes.scalarCount * Lanes.scalarCount
    }

    /// Seeds are the points with a label of at least 0; their array is taken, because each is several megabytes.
    init(taking seeds: inout [Int32], size: GridSize, step: Vector3, reachMM: Double) {
        self.size = size
        self.step = step
        self.reachMM = reachMM
        pitch = Self.pitch(size)
        let rows = size.y * size.z
        labels = []
        swap(&labels, &seeds)
        labels.append(contentsOf: repeatElement(-1, count: (pitch - size.x) * rows))
        squares = [Float](repeating: .infinity, count: pitch * rows)
        spreadRows()
        sweepRows()
        sweep(axis: 1, stride: pitch, starts: (0..<size.z).map { $0 * pitch * size.y })
        sweep(axis: 2, stride: pitch * size.y, starts: (0..<size.y).map { $0 * pitch })
    }

    /// Moves the rows to their places, the last one first, and marks the seeds.
    private mutating func spreadRows() {
        let (width, pitch, rows) = (size.x, pitch, size.y * size.z)
        labels.withUnsafeMutableBufferPointer { labels in
            squares.withUnsafeMutableBufferPointer { squares in
                for row in (0..<rows).reversed() {
                    for x in (0..<pitch).reversed() {
                        let label = x < width ? labels[row * width + x] : -1
                        labels[row * pitch + x] = label
                        if label >= 0 { squares[row * pitch + x] = 0 }
                    }
                }
            }
        }
    }

    /// Along x; of two seeds as near, the earlier.
    private mutating func sweepRows() {
        let limit = Float(reachMM / step.x)
        let square = Float(step.x * step.x)
        let (length, pitch, rows) = (size.x, pitch, size.y * size.z)
        labels.withUnsafeMutableBufferPointer { labels in
            squares.withUnsafeMutableBufferPointer { squares in
                for row in 0..<rows {
                    var (label, distance) = (Int32(-1), Float.infinity)
                    for x in row * pitch..<row * pitch + length {
                        if squares[x] == 0 { (label, distance) = (labels[x], 0) } else { distance += 1 }
                        guard distance <= limit else { continue }
                        (labels[x], squares[x]) = (label, distance * distance * square)
                    }
                    (label, distance) = (-1, .infinity)
                    for x in (row * pitch..<row * pitch + length).reversed() {
                        if squares[x] == 0 { (label, distance) = (labels[x], 0) } else { distance += 1 }
                        guard distance <= limit, distance * distance * square < squares[x] else { continue }
                        (labels[x], squares[x]) = (label, distance * distance * square)
                    }
                }
            }
        }
    }

    /// Along y or z, for a block of lines beside each other at a time.
    private mutating func sweep(axis: Int, stride: Int, starts: [Int]) {
        let length = size[axis]
        guard length > 1 else { return }
        let farthest = min(Int(reachMM / step[axis]), length - 1)
        let costs = (0...farthest).map { Float($0 * $0) * Float(step[axis] * step[axis]) }
        // A block of lines as it was, and how many of its places before each hold anything.
        var heights = [Lanes](repeating: .zero, count: length)
        var names = [LabelLanes](repeating: .zero, count: length)
        var filled = [Int](repeating: 0, count: length + 1)
        for start in starts {
            for first in Swift.stride(from: start, to: start + pitch, by: Lanes.scalarCount) {
                read(first, stride, &heights, &names, &filled)
                guard filled[length] > 0 else { continue }
                for place in 0..<length
                where filled[min(place + farthest + 1, length)] > filled[max(place - farthest, 0)] {
                    let (lowest, name) = Self.lowest(place, heights, names, costs)
                    write(first + place * stride, lowest, name)
                }
            }
        }
    }

    /// The lowest of the parabolas around a place: squared distances and labels.
    @inline(__always)
    private static func lowest(
        _ place: Int, _ heights: [Lanes], _ names: [LabelLanes], _ costs: [Float]
    ) -> (Lanes, LabelLanes) {
        var (lowest, name) = (heights[place], names[place])
        for distance in 1..<max(costs.count, 1) {
            let cost = costs[distance]
            guard lowest.reaches(above: cost) else { break }
            if place >= distance {
                let other = place - distance
                lowest.lower(to: heights[other] + cost, names: &name, others: names[other])
            }
            if place + distance < heights.count {
                let other = place + distance
                lowest.lower(to: heights[other] + cost, names: &name, others: names[other])
            }
        }
        return (lowest, name)
    }

    private func read(
        _ first: Int, _ stride: Int, _ heights: inout [Lanes], _ names: inout [LabelLanes], _ filled: inout [Int]
    ) {
        squares.withUnsafeBytes { squares in
            labels.withUnsafeBytes { labels in
                for place in heights.indices {
                    let offset = 4 * (first + place * stride)
                    heights[place] = squares.loadUnaligned(fromByteOffset: offset, as: Lanes.self)
                    names[place] = labels.loadUnaligned(fromByteOffset: offset, as: LabelLanes.self)
                    let isFilled = heights[place].reaches(below: .greatestFiniteMagnitude)
                    filled[place + 1] = filled[place] + (isFilled ? 1 : 0)
                }
            }
        }
    }

    private mutating func write(_ first: Int, _ heights: Lanes, _ names: LabelLanes) {
        squares.withUnsafeMutableBytes { $0.storeBytes(of: heights, toByteOffset: 4 * first, as: Lanes.self) }
        labels.withUnsafeMutableBytes { $0.storeBytes(of: names, toByteOffset: 4 * first, as: LabelLanes.self) }
    }
}
