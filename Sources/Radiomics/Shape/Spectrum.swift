import CKernels
import Imaging

/// Complex numbers in vectors of `CFOURIER_LANES` neighbours: their real parts, then their imaginary parts.
///
/// A class around its own memory, without values until they are written; aligned as C's vectors need it.
final class Spectrum {
    let numbers: UnsafeMutablePointer<Float>

    /// Numbers of a complex vector.
    static let width = 2 * lanes
    static let lanes = Int(CFOURIER_LANES)

    /// Memory for some complex vectors.
    init(vectors: Int) {
        numbers = UnsafeMutableRawPointer.allocate(byteCount: vectors * Self.width * 4, alignment: 64)
            .bindMemory(to: Float.self, capacity: vectors * Self.width)
    }

    deinit { UnsafeMutableRawPointer(numbers).deallocate() }
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
        values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            for z in 0..<depth {
                for y in 0..<height {
                    cfourier_inverse_distances(
                        padded[0] / 2 + 1, spacing.x, Double(y) * spacing.y, Double(z) * spacing.z,
                        base + z * slice + y * columns)
                }
            }
        }
        // A voxel is no pair with itself.
        values[0] = 0
        transformRows(length: padded[0], columns: columns)
        let blocks = stride(from: 0, to: columns, by: Spectrum.lanes)
        transform(
            length: padded[1], step: columns, starts: (0..<depth).flatMap { z in blocks.map { z * slice + $0 } })
        transform(
            length: padded[2], step: slice, starts: (0..<height).flatMap { y in blocks.map { y * columns + $0 } })
    }

    /// Transforms lines of vectors along y or z; two real even lines make one complex transform.
    private mutating func transform(length: Int, step: Int, starts: [Int]) {
        let transform = FourierTransform(length: length)
        let buffer = Spectrum(vectors: 3 * length)
        defer { withExtendedLifetime(buffer) {} }
        let (line, scratch) = (buffer.numbers, buffer.numbers + length * Spectrum.width)
        let lanes = Spectrum.lanes
        values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            for pair in stride(from: 0, to: starts.count, by: 2) {
                let (first, second) = (base + starts[pair], base + starts[min(pair + 1, starts.count - 1)])
                for index in 0..<length {
                    let (offset, place) = (min(index, length - index) * step, index * Spectrum.width)
                    (line + place).update(from: first + offset, count: lanes)
                    (line + place + lanes).update(from: second + offset, count: lanes)
                }
                let result = transform.transform(line, present: length, scratch: scratch)
                for index in 0...length / 2 {
                    (first + index * step).update(from: result + index * Spectrum.width, count: lanes)
                    (second + index * step).update(from: result + index * Spectrum.width + lanes, count: lanes)
                }
            }
        }
    }

    /// Transforms the rows along x, one for each real and each imaginary lane at a time.
    private mutating func transformRows(length: Int, columns: Int) {
        let transform = FourierTransform(length: length)
        let buffer = Spectrum(vectors: 3 * length)
        defer { withExtendedLifetime(buffer) {} }
        let (line, scratch) = (buffer.numbers, buffer.numbers + length * Spectrum.width)
        let (rows, lanes, half) = (values.count / columns, Spectrum.lanes, length / 2 + 1)
        values.withUnsafeMutableBufferPointer { values in
            guard let base = values.baseAddress else { return }
            for group in stride(from: 0, to: rows, by: 2 * lanes) {
                let (real, imaginary) = (min(rows - group, lanes), max(rows - group - lanes, 0))
                let start = base + group * columns
                // Never read where there are no rows.
                let next = imaginary > 0 ? start + lanes * columns : start
                cfourier_gather(start, real, next, imaginary, columns, half, line)
                for index in half..<max(length, half) {
                    (line + index * Spectrum.width).update(
                        from: line + (length - index) * Spectrum.width, count: Spectrum.width)
                }
                let result = transform.transform(line, present: length, scratch: scratch)
                cfourier_scatter(result, 0, real, columns, half, start)
                cfourier_scatter(result, 1, imaginary, columns, half, next)
            }
        }
    }
}
