#if canImport(Glibc)
    import Glibc
#endif

/// Signed distances in millimetres from the sub-pixel contour of one slice of a mask, positive inside.
///
/// The contour is the half level of the smoothed mask, moved so that it encloses the area of the slice's pixels and
/// keeping every pixel centre on its side.
struct SliceContour {
    /// Distances at the points of the in-plane grid, x fastest.
    private(set) var distances: [Float]
    /// Enclosed area in square millimetres.
    let area: Double

    /// Pixels of the slice with a frame of zeros at least two pixels wide, and the grid that samples them.
    struct Plane {
        let columns: Int
        let rows: Int
        let pixelX: Double
        let pixelY: Double
        /// Sample points for each pixel along x and y.
        let factorX: Int
        let factorY: Int

        var samplesX: Int { columns * factorX }
        var samplesY: Int { rows * factorY }

        /// Position in pixels of a sample point.
        static func position(_ sample: Int, factor: Int) -> Double {
            (Double(sample) + 0.5) / Double(factor) - 0.5
        }
    }

    init(pixels: [UInt8], plane: Plane) {
        let level = Self.level(pixels, plane)
        let segments = Segments(level: level, plane: plane)
        distances = segments.distances()
        area = Double(pixels.count { $0 != 0 }) * plane.pixelX * plane.pixelY
        keepArea(plane)
    }

    /// The mask smoothed with a Gaussian of 0.8 pixels minus one half, with the sign of the mask at every centre.
    private static func level(_ pixels: [UInt8], _ plane: Plane) -> [Float] {
        let radius = 3
        var taps = (-radius...radius).map { exp(-Float($0 * $0) / (2 * 0.8 * 0.8)) }
        let total = taps.reduce(0, +)
        taps = taps.map { $0 / total }
        let (columns, rows) = (plane.columns, plane.rows)
        var across = [Float](repeating: 0, count: pixels.count)
        for y in 0..<rows {
            for x in 0..<columns where pixels[y * columns + x] != 0 {
                for (tap, weight) in taps.enumerated() {
                    let target = x + tap - radius
                    if target >= 0, target < columns { across[y * columns + target] += weight }
                }
            }
        }
        var level = [Float](repeating: 0, count: pixels.count)
        for y in 0..<rows {
            for (tap, weight) in taps.enumerated() {
                let source = y + tap - radius
                guard source >= 0, source < rows else { continue }
                for x in 0..<columns { level[y * columns + x] += weight * across[source * columns + x] }
            }
        }
        let margin: Float = 0.02
        for index in level.indices {
            level[index] = pixels[index] != 0 ? max(level[index] - 0.5, margin) : min(level[index] - 0.5, -margin)
        }
        return level
    }

    /// Moves the contour along its normal until it encloses the area of the pixels (Newton's method).
    private mutating func keepArea(_ plane: Plane) {
        let width = Float((plane.pixelX / Double(plane.factorX) + plane.pixelY / Double(plane.factorY)) / 2)
        let share = plane.pixelX * plane.pixelY / Double(plane.factorX * plane.factorY)
        let limit = Float(min(plane.pixelX, plane.pixelY) / 2)
        var offset: Float = 0
        for _ in 0..<6 {
            var (enclosed, edge) = (0.0, 0.0)
            for distance in distances {
                let position = (distance + offset) / width
                if position >= 0.5 {
                    enclosed += 1
                } else if position > -0.5 {
                    enclosed += Double(position + 0.5)
                    edge += 1
                }
            }
            guard edge > 0 else { break }
            let missing = Float((area / share - enclosed) / edge) * width
            offset = min(max(offset + missing, -limit), limit)
            if abs(missing) < 1e-5 { break }
        }
        for index in distances.indices { distances[index] += offset }
    }
}

/// The line segments of a contour (marching squares) and the exact distance to the nearest of them.
private struct Segments {
    typealias Point = SIMD2<Float>

    private let plane: SliceContour.Plane
    private let level: [Float]
    private var ends: [(Point, Point)] = []
    /// First segment of each cell of four pixel centres, and their number (0 to 2).
    private var first: [Int32]
    private var number: [UInt8]
    private let cellsX: Int
    private let cellsY: Int

    init(level: [Float], plane: SliceContour.Plane) {
        self.plane = plane
        self.level = level
        (cellsX, cellsY) = (plane.columns - 1, plane.rows - 1)
        first = [Int32](repeating: 0, count: cellsX * cellsY)
        number = [UInt8](repeating: 0, count: cellsX * cellsY)
        for y in 0..<cellsY {
            for x in 0..<cellsX { addCell(x, y) }
        }
    }

    private mutating func addCell(_ x: Int, _ y: Int) {
        let row = y * plane.columns + x
        let next = row + plane.columns
        let first = level[row] > 0
        guard (level[row + 1] > 0) != first || (level[next] > 0) != first || (level[next + 1] > 0) != first else {
            return
        }
        let corners = [level[row], level[row + 1], level[next + 1], level[next]]
        let places: [Point] = [
            Point(Float(x), Float(y)), Point(Float(x + 1), Float(y)), Point(Float(x + 1), Float(y + 1)),
            Point(Float(x), Float(y + 1)),
        ]
        let pixel = Point(Float(plane.pixelX), Float(plane.pixelY))
        var crossings: [Point] = []
        for edge in 0..<4 {
            let (a, b) = (corners[edge], corners[(edge + 1) % 4])
            guard (a > 0) != (b > 0) else { continue }
            let (from, to) = (places[edge], places[(edge + 1) % 4])
            crossings.append((from + (to - from) * (a / (a - b))) * pixel)
        }
        let cell = y * cellsX + x
        self.first[cell] = Int32(ends.count)
        if crossings.count == 2 {
            ends.append((crossings[0], crossings[1]))
            number[cell] = 1
        } else {
            // A saddle: the mean decides which corners are joined.
            let joined = (corners[0] + corners[1] + corners[2] + corners[3] > 0) == (corners[0] > 0)
            ends.append(joined ? (crossings[0], crossings[1]) : (crossings[3], crossings[0]))
            ends.append(joined ? (crossings[2], crossings[3]) : (crossings[1], crossings[2]))
            number[cell] = 2
        }
    }

    func distances() -> [Float] {
        let transform = DistanceTransform(
            seeds: number, size: GridSize(cellsX, cellsY, 1), spacing: Vector3(plane.pixelX, plane.pixelY, 1), axes: 2)
        let columns = Sample.all(plane.samplesX, factor: plane.factorX, pixel: plane.pixelX, cells: cellsX)
        let rows = Sample.all(plane.samplesY, factor: plane.factorY, pixel: plane.pixelY, cells: cellsY)
        var result = [Float](repeating: 0, count: plane.samplesX * plane.samplesY)
        // Unchecked reads: nine cells are looked at for every sample.
        transform.nearest.withUnsafeBufferPointer { nearest in
            level.withUnsafeBufferPointer { level in
                number.withUnsafeBufferPointer { number in
                    first.withUnsafeBufferPointer { first in
                        ends.withUnsafeBufferPointer { ends in
                            var index = 0
                            for row in rows {
                                for column in columns {
                                    let point = Point(column.place, row.place)
                                    let cell = Int(nearest[row.cell * cellsX + column.cell])
                                    let distance = squaredDistance(point, around: cell, number, first, ends)
                                    let isInside = interpolated(column, row, level) > 0
                                    result[index] = isInside ? distance.squareRoot() : -distance.squareRoot()
                                    index += 1
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// A row or column of sample points.
    private struct Sample {
        /// Position in millimetres.
        let place: Float
        /// The cell of pixel centres around it, and where in the cell it lies, 0 to 1.
        let cell: Int
        let share: Float

        static func all(_ count: Int, factor: Int, pixel: Double, cells: Int) -> [Sample] {
            (0..<count).map { index in
                let position = SliceContour.Plane.position(index, factor: factor)
                let cell = min(max(Int(position), 0), cells - 1)
                return Sample(
                    place: Float(position * pixel), cell: cell, share: Float(min(max(position - Double(cell), 0), 1)))
            }
        }
    }

    @inline(__always)
    private func squaredDistance(
        _ point: Point, around cell: Int, _ number: UnsafeBufferPointer<UInt8>, _ first: UnsafeBufferPointer<Int32>,
        _ ends: UnsafeBufferPointer<(Point, Point)>
    ) -> Float {
        let (centreX, centreY) = (cell % cellsX, cell / cellsX)
        var smallest = Float.infinity
        for y in max(0, centreY - 1)...min(cellsY - 1, centreY + 1) {
            for x in max(0, centreX - 1)...min(cellsX - 1, centreX + 1) {
                let neighbour = y * cellsX + x
                for segment in 0..<Int(number[neighbour]) {
                    let (start, end) = ends[Int(first[neighbour]) + segment]
                    let along = end - start
                    let squares = (along * along).sum()
                    let share = squares > 0 ? ((point - start) * along).sum() / squares : 0
                    let away = point - (start + along * min(max(share, 0), 1))
                    smallest = min(smallest, (away * away).sum())
                }
            }
        }
        return smallest
    }

    /// The level between the four pixel centres of a cell.
    @inline(__always)
    private func interpolated(_ x: Sample, _ y: Sample, _ level: UnsafeBufferPointer<Float>) -> Float {
        let row = y.cell * plane.columns + x.cell
        let top = level[row] + (level[row + 1] - level[row]) * x.share
        let below = level[row + plane.columns]
        let bottom = below + (level[row + plane.columns + 1] - below) * x.share
        return top + (bottom - top) * y.share
    }
}
