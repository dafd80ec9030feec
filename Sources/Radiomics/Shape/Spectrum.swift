import Imaging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Complex numbers in vectors of neighbours: eight real parts, then their imaginary parts, are one line of the cache.
///
/// A class around its own memory: the loops over lines are measured ones, and arrays would test for uniqueness and
/// bounds at every vector.
final class Spectrum {
    let vectors: UnsafeMutablePointer<ComplexLanes>

    /// Memory without values: every number is written before it is read.
    init(count: Int) { vectors = .allocate(capacity: count) }

    deinit { vectors.deallocate() }

    /// Reads every `step`-th vector from `start`.
    func read(into line: UnsafeMutablePointer<ComplexLanes>, at start: Int, step: Int, count: Int) {
        let vectors = vectors
        for index in 0..<count { line[index] = vectors[start + index * step] }
    }

    /// Writes vectors to every `step`-th place from `start`.
    func write(_ line: UnsafeMutablePointer<ComplexLanes>, at start: Int, step: Int, count: Int) {
        let vectors = vectors
        for index in 0..<count { vectors[start + index * step] = line[index] }
    }
}

/// Eight vectors of eight numbers.
struct LaneSquare {
    var rows:
        (
            FloatLanes, FloatLanes, FloatLanes, FloatLanes, FloatLanes, FloatLanes, FloatLanes, FloatLanes
        )

    /// Number j of vector i becomes number i of vector j. Three rounds of perfect shuffles do that.
    @inline(__always)
    mutating func transpose() {
        for _ in 0..<3 {
            let r = rows
            rows = (
                Self.low(r.0, r.4), Self.high(r.0, r.4), Self.low(r.1, r.5), Self.high(r.1, r.5),
                Self.low(r.2, r.6), Self.high(r.2, r.6), Self.low(r.3, r.7), Self.high(r.3, r.7)
            )
        }
    }

    @inline(__always)
    private static func low(_ a: FloatLanes, _ b: FloatLanes) -> FloatLanes {
        var lanes = FloatLanes()
        (lanes.evenHalf, lanes.oddHalf) = (a.lowHalf, b.lowHalf)
        return lanes
    }

    @inline(__always)
    private static func high(_ a: FloatLanes, _ b: FloatLanes) -> FloatLanes {
        var lanes = FloatLanes()
        (lanes.evenHalf, lanes.oddHalf) = (a.highHalf, b.highHalf)
        return lanes
    }
}

extension [Float] {
    /// Neighbouring elements, one a lane.
    func vector(_ start: Int) -> FloatLanes {
        precondition(start >= 0 && start + ComplexLanes.count <= count)
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start * 4, as: FloatLanes.self) }
    }

    /// Replaces neighbouring elements.
    mutating func setVector(_ start: Int, _ vector: FloatLanes) {
        precondition(start >= 0 && start + ComplexLanes.count <= count)
        withUnsafeMutableBytes { $0.storeBytes(of: vector, toByteOffset: start * 4, as: FloatLanes.self) }
    }
}

extension UnsafeMutablePointer<ComplexLanes> {
    /// The line as single numbers: number x of lane l at 2 n x + l for n lanes, its imaginary part n further on.
    func withLanes(length: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
        UnsafeMutableRawPointer(self).withMemoryRebound(to: Float.self, capacity: 2 * ComplexLanes.count * length, body)
    }
}

/// Calls a function with buffers for lines of transforms.
func withBuffers(count: Int, length: Int, _ body: ([UnsafeMutablePointer<ComplexLanes>]) -> Void) {
    let memory = UnsafeMutablePointer<ComplexLanes>.allocate(capacity: count * length)
    memory.initialize(repeating: .zero, count: count * length)
    defer {
        memory.deinitialize(count: count * length)
        memory.deallocate()
    }
    body((0..<count).map { memory + $0 * length })
}

/// The spectrum of 1 / distance on a periodic grid. It is real and even, so one octant suffices.
struct DistanceKernel {
    /// x fastest; `columns` values a row, rows for frequencies 0 to half the padded size along y, then along z.
    private(set) var values: [Float]
    /// Values of a slice of the octant.
    let slice: Int

    init(padded: [Int], spacing: Vector3, columns: Int) {
        let (height, depth) = (padded[1] / 2 + 1, padded[2] / 2 + 1)
        slice = columns * height
        values = [Float](repeating: 0, count: slice * depth)
        for z in 0..<depth {
            for y in 0..<height {
                for x in 0...padded[0] / 2 where x + y + z > 0 {
                    let (dx, dy, dz) = (Double(x) * spacing.x, Double(y) * spacing.y, Double(z) * spacing.z)
                    values[z * slice + y * columns + x] = Float(1 / (dx * dx + dy * dy + dz * dz).squareRoot())
                }
            }
        }
        transformRows(length: padded[0], columns: columns)
        let blocks = stride(from: 0, to: columns, by: ComplexLanes.count)
        transform(
            length: padded[1], step: columns, starts: (0..<depth).flatMap { z in blocks.map { z * slice + $0 } })
        transform(
            length: padded[2], step: slice, starts: (0..<height).flatMap { y in blocks.map { y * columns + $0 } })
    }

    /// Transforms lines of vectors along y or z; two real even lines make one complex transform.
    private mutating func transform(length: Int, step: Int, starts: [Int]) {
        let transform = FourierTransform(length: length)
        withBuffers(count: 2, length: length) { buffers in
            for pair in stride(from: 0, to: starts.count, by: 2) {
                let (first, second) = (starts[pair], starts[min(pair + 1, starts.count - 1)])
                for index in 0..<length {
                    let offset = min(index, length - index) * step
                    buffers[0][index] = ComplexLanes(
                        re: values.vector(first + offset), im: values.vector(second + offset))
                }
                let result = transform.transform(buffers[0], scratch: buffers[1])
                for index in 0...length / 2 {
                    values.setVector(first + index * step, result[index].re)
                    values.setVector(second + index * step, result[index].im)
                }
            }
        }
    }

    /// Transforms the rows along x, one for each real and each imaginary lane at a time.
    private mutating func transformRows(length: Int, columns: Int) {
        let transform = FourierTransform(length: length)
        let rows = values.count / columns
        let width = 2 * ComplexLanes.count
        withBuffers(count: 2, length: length) { buffers in
            for group in stride(from: 0, to: rows, by: width) {
                // The second half of the lanes are imaginary parts.
                let lanes = min(width, rows - group)
                for index in 0..<length { buffers[0][index] = .zero }
                buffers[0].withLanes(length: length) { line in
                    for lane in 0..<lanes {
                        let row = (group + lane) * columns
                        for index in 0..<length {
                            line[width * index + lane] = values[row + min(index, length - index)]
                        }
                    }
                }
                let result = transform.transform(buffers[0], scratch: buffers[1])
                result.withLanes(length: length) { line in
                    for lane in 0..<lanes {
                        let row = (group + lane) * columns
                        for index in 0...length / 2 { values[row + index] = line[width * index + lane] }
                    }
                }
            }
        }
    }
}
