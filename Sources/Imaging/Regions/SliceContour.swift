import CKernels

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
        var line = [Float](repeating: 0, count: columns + 2 * radius)
        for y in 0..<rows {
            for x in 0..<columns { line[radius + x] = Float(pixels[y * columns + x]) }
            GridSmoothing.blend(
                taps.indices.map { ($0, taps[$0]) }, of: line, to: &across, at: y * columns, count: columns)
        }
        var level = [Float](repeating: 0, count: pixels.count)
        for y in 0..<rows {
            let sources = taps.enumerated().map { (y + $0 - radius, $1) }.filter { (0..<rows).contains($0.0) }
            GridSmoothing.blend(
                sources.map { ($0 * columns, $1) }, of: across, to: &level, at: y * columns, count: columns)
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
        let columns = Self.samples(plane.samplesX, factor: plane.factorX, pixel: plane.pixelX, cells: cellsX)
        let rows = Self.samples(plane.samplesY, factor: plane.factorY, pixel: plane.pixelY, cells: cellsY)
        var begin = [Int32](repeating: 0, count: number.count)
        var count = [UInt8](repeating: 0, count: number.count)
        let eights = ends.withUnsafeBytes { ends in
            [cdistances_segments](unsafeUninitializedCapacity: 3 * number.count { $0 > 0 }) { eights, laidOut in
                laidOut = cdistances_lay_out_segments(
                    number, first, ends.assumingMemoryBound(to: Float.self).baseAddress, cellsX, cellsY,
                    eights.baseAddress, &begin, &count)
            }
        }
        return [Float](unsafeUninitializedCapacity: rows.count * columns.count) { distances, written in
            transform.nearest.withUnsafeBufferPointer { nearest in
                eights.withUnsafeBufferPointer { eights in
                    level.withUnsafeBufferPointer { level in
                        begin.withUnsafeBufferPointer { begin in
                            count.withUnsafeBufferPointer { count in
                                var contour = cdistances_contour(
                                    nearest: nearest.baseAddress, eights: eights.baseAddress, begin: begin.baseAddress,
                                    count: count.baseAddress, level: level.baseAddress, cells_x: cellsX)
                                for row in rows {
                                    cdistances_contour_row(
                                        &contour, row, columns, columns.count,
                                        distances.baseAddress.map { $0 + written })
                                    written += columns.count
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Rows or columns of sample points.
    private static func samples(_ count: Int, factor: Int, pixel: Double, cells: Int) -> [cdistances_sample] {
        (0..<count).map { index in
            let position = SliceContour.Plane.position(index, factor: factor)
            let cell = min(max(Int(position), 0), cells - 1)
            return cdistances_sample(
                place: Float(position * pixel), share: Float(min(max(position - Double(cell), 0), 1)),
                cell: Int32(cell))
        }
    }
}
