import CKernels

/// The nearest seed of each point of a grid as far as a reach goes, plane by plane.
///
/// As in `DistanceTransform` one pass along each axis lowers the squared distances; but a seed farther along the axis than
/// the reach cannot count, so that every point compares the few places within it, nearest first, and only the planes
/// within it are kept: they stay in the processor's cache.
struct NearbySeeds {
    /// Planes on each side of one that it depends on.
    let reach: Int
    /// From row to row: whole blocks of lanes.
    let pitch: Int
    /// Squared distance in square millimetres from each point of the current plane to the nearest seed, in rows of
    /// `pitch`, and that seed's label; of use in the blocks whose window is not 0.
    private(set) var squares: [Float]
    private(set) var labels: [Int32]
    /// How many planes around the current one have a seed within the reach in their own plane, for each block of lanes.
    var window: [Int32] { planeWindow.counts }

    private let size: GridSize
    private let step: Vector3
    private let reachMM: Double
    private let blocks: Int
    private var planes: SeedLines
    private var planeWindow: LineWindow
    /// The plane that is taken in.
    private var rows: SeedLines
    private let planeCosts: [Float]
    private let rowCosts: [Float]

    private static let lanes = Int(CDISTANCES_LANES)

    init(size: GridSize, step: Vector3, reachMM: Double) {
        (self.size, self.step, self.reachMM) = (size, step, reachMM)
        blocks = (size.x + Self.lanes - 1) / Self.lanes
        pitch = blocks * Self.lanes
        reach = min(Int(reachMM / step.z), size.z - 1)
        func costs(_ reach: Int, _ step: Double) -> [Float] {
            (0...reach).map { Float($0 * $0) * Float(step * step) }
        }
        planeCosts = costs(reach, step.z)
        rowCosts = costs(min(Int(reachMM / step.y), size.y - 1), step.y)
        planes = SeedLines(lines: 2 * reach + 2, blocks: blocks * size.y)
        rows = SeedLines(lines: size.y, blocks: blocks)
        squares = [Float](repeating: .infinity, count: pitch * size.y)
        labels = [Int32](repeating: -1, count: pitch * size.y)
        planeWindow = LineWindow(reach: reach, lines: size.z, blocks: blocks * size.y)
    }

    /// Takes the seeds of the next plane: ascending places in it, x fastest, and the label of the first; those of the
    /// others follow. Planes come in order, from 0 on.
    mutating func add(plane: Int, seeds: [Int32], firstLabel: Int) {
        planes.filled.reset(plane, to: 0)
        guard !seeds.isEmpty else { return }
        rows.empty()
        var last = -1
        for (offset, seed) in seeds.enumerated() {
            let (row, x) = Int(seed).quotientAndRemainder(dividingBy: size.x)
            rows.squares.values[row * pitch + x] = 0
            rows.labels.values[row * pitch + x] = Int32(firstLabel + offset)
            if row != last {
                if last >= 0 { sweep(row: last) }
                last = row
            }
        }
        sweep(row: last)
        sweepColumns(to: plane)
    }

    /// Along x; of two seeds as near, the earlier.
    private mutating func sweep(row: Int) {
        let limit = Float(reachMM / step.x)
        let square = Float(step.x * step.x)
        let places = row * pitch..<row * pitch + size.x
        rows.labels.values.withUnsafeMutableBufferPointer { labels in
            rows.squares.values.withUnsafeMutableBufferPointer { squares in
                var (label, distance) = (Int32(-1), Float.infinity)
                for x in places {
                    if squares[x] == 0 { (label, distance) = (labels[x], 0) } else { distance += 1 }
                    guard distance <= limit else { continue }
                    (labels[x], squares[x]) = (label, distance * distance * square)
                }
                (label, distance) = (-1, .infinity)
                for x in places.reversed() {
                    if squares[x] == 0 { (label, distance) = (labels[x], 0) } else { distance += 1 }
                    guard distance <= limit, distance * distance * square < squares[x] else { continue }
                    (labels[x], squares[x]) = (label, distance * distance * square)
                }
            }
        }
        for block in 0..<blocks {
            let first = row * pitch + block * Self.lanes
            let isFilled = rows.squares.values[first..<first + Self.lanes].contains { $0 < .infinity }
            rows.filled.values[row * blocks + block] = isFilled ? 1 : 0
        }
    }

    /// Along y.
    private mutating func sweepColumns(to plane: Int) {
        var window = LineWindow(reach: rowCosts.count - 1, lines: size.y, blocks: blocks)
        let (start, flags) = (planes.squares.start(of: plane), planes.filled.start(of: plane))
        planes.squares.reset(plane, to: .infinity)
        for row in 0..<size.y {
            window.move(to: row, rows.filled)
            rows.lowest(
                around: row, of: size.y, costs: rowCosts, window: window.counts, squares: &planes.squares.values,
                labels: &planes.labels.values, at: start + row * pitch)
            for block in 0..<blocks where window.counts[block] > 0 {
                planes.filled.values[flags + row * blocks + block] = 1
            }
        }
    }

    /// Makes a plane the current one. The planes up to `reach` after it must have been added, and this must have been
    /// called for the planes before it.
    mutating func move(to plane: Int) {
        planeWindow.move(to: plane, planes.filled)
        planes.lowest(
            around: plane, of: size.z, costs: planeCosts, window: planeWindow.counts, squares: &squares,
            labels: &labels, at: 0)
    }
}

/// How many lines around one have each block of lanes filled.
private struct LineWindow {
    private(set) var counts: [Int32]
    private let reach: Int
    private let lines: Int

    init(reach: Int, lines: Int, blocks: Int) {
        (self.reach, self.lines) = (reach, lines)
        counts = [Int32](repeating: 0, count: blocks)
    }

    /// Moves on to the next line, from 0 on.
    mutating func move(to line: Int, _ filled: PlaneRing<UInt8>) {
        func add(_ other: Int, _ sign: Int32) {
            let start = filled.start(of: other)
            precondition(start + counts.count <= filled.values.count)
            // Unchecked: for every plane and row of the grid.
            filled.values.withUnsafeBufferPointer { filled in
                counts.withUnsafeMutableBufferPointer { counts in
                    for block in counts.indices { counts[block] &+= sign &* Int32(filled[start + block]) }
                }
            }
        }
        if line == 0 {
            for other in 0..<min(reach, lines) { add(other, 1) }
        }
        if line + reach < lines { add(line + reach, 1) }
        if line > reach { add(line - reach - 1, -1) }
    }
}

/// Lines or planes of blocks of lanes, with the nearest seeds so far.
private struct SeedLines {
    var squares: PlaneRing<Float>
    var labels: PlaneRing<Int32>
    var filled: PlaneRing<UInt8>

    init(lines: Int, blocks: Int) {
        let count = blocks * Int(CDISTANCES_LANES)
        squares = PlaneRing(repeating: .infinity, planes: lines, count: count)
        labels = PlaneRing(repeating: -1, planes: lines, count: count)
        filled = PlaneRing(repeating: 0, planes: lines, count: blocks)
    }

    mutating func empty() {
        for index in squares.values.indices { squares.values[index] = .infinity }
        for index in filled.values.indices { filled.values[index] = 0 }
    }

    /// Writes the lowest squared distances around a line, and their labels.
    func lowest(
        around line: Int, of lines: Int, costs: [Float], window: [Int32], squares target: inout [Float],
        labels targetLabels: inout [Int32], at place: Int
    ) {
        var starts: [Int] = [filled.start(of: line)]
        for distance in 1..<costs.count {
            starts.append(line >= distance ? filled.start(of: line - distance) : -1)
            starts.append(line + distance < lines ? filled.start(of: line + distance) : -1)
        }
        precondition(place + window.count * Int(CDISTANCES_LANES) <= min(target.count, targetLabels.count))
        squares.values.withUnsafeBufferPointer { squares in
            labels.values.withUnsafeBufferPointer { labels in
                filled.values.withUnsafeBufferPointer { filled in
                    starts.withUnsafeBufferPointer { starts in
                        costs.withUnsafeBufferPointer { costs in
                            target.withUnsafeMutableBufferPointer { target in
                                targetLabels.withUnsafeMutableBufferPointer { targetLabels in
                                    guard let target = target.baseAddress, let names = targetLabels.baseAddress
                                    else { return }
                                    var lines = cdistances_lines(
                                        squares: squares.baseAddress, labels: labels.baseAddress,
                                        filled: filled.baseAddress, starts: starts.baseAddress,
                                        costs: costs.baseAddress, reach: costs.count - 1)
                                    cdistances_lowest(&lines, window, window.count, target + place, names + place)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The last planes of a grid, each in the place of one that is no longer needed.
struct PlaneRing<Element> {
    /// Those that are kept, with room for a vector that begins at the last element.
    var values: [Element]
    private let planes: Int
    private let count: Int

    init(repeating value: Element, planes: Int, count: Int) {
        (self.planes, self.count) = (planes, count)
        values = [Element](repeating: value, count: planes * count + 8)
    }

    /// Index of the first element of a plane.
    @inline(__always)
    func start(of plane: Int) -> Int { plane % planes * count }

    /// Gives all elements of a plane one value.
    mutating func reset(_ plane: Int, to value: Element) {
        let start = start(of: plane)
        for index in start..<start + count { values[index] = value }
    }
}
