import Imaging

/// A complex volume, transformed in place along one axis after another.
final class VolumeSpectrum: @unchecked Sendable {
    let real: VoxelBuffer
    let imaginary: VoxelBuffer
    private let threads: Int

    init(_ image: VoxelBuffer, threads: Int) {
        real = VoxelBuffer(image.size)
        real.values.update(from: image.values, count: image.size.count)
        imaginary = VoxelBuffer(image.size)
        imaginary.values.update(repeating: 0, count: image.size.count)
        self.threads = threads
    }

    /// Transforms all lines along an axis; `inverse` changes the sign of the exponent and divides by the length.
    func transform(axis: Int, inverse: Bool) {
        let size = real.size
        let transform = FourierTransform(length: size.along(axis))
        let width = ComplexVector.Lanes.scalarCount
        let lines = size.count / transform.length
        inParallel((lines + width - 1) / width, threads: threads) { groups in
            transform.withBuffers { data, scratch in
                for group in groups {
                    let lines = Lines(
                        first: group * width, count: min(width, lines - group * width), axis: axis, size: size)
                    read(lines, into: data, exchanged: inverse)
                    write(transform.transform(data, scratch: scratch), lines, exchanged: inverse)
                }
            }
        }
    }

    /// Lines along an axis that are transformed together.
    private struct Lines {
        let starts: [Int]
        let step, length: Int
        let scale: Float

        init(first: Int, count: Int, axis: Int, size: GridSize) {
            starts = (first..<first + count).map { line in
                switch axis {
                case 0: line * size.x
                case 1: line / size.x * size.x * size.y + line % size.x
                default: line
                }
            }
            step = axis == 0 ? 1 : axis == 1 ? size.x : size.x * size.y
            length = size.along(axis)
            scale = 1 / Float(length)
        }
    }

    private func read(_ lines: Lines, into data: FourierTransform.Samples, exchanged: Bool) {
        let (re, im) = exchanged ? (imaginary.values, real.values) : (real.values, imaginary.values)
        for place in 0..<lines.length {
            var value = ComplexVector.zero
            for (lane, start) in lines.starts.enumerated() {
                value.re[lane] = re[start + place * lines.step]
                value.im[lane] = im[start + place * lines.step]
            }
            data[place] = value
        }
    }

    private func write(_ data: FourierTransform.Samples, _ lines: Lines, exchanged: Bool) {
        let (re, im) = exchanged ? (imaginary.values, real.values) : (real.values, imaginary.values)
        let scale = exchanged ? lines.scale : 1
        for place in 0..<lines.length {
            let value = data[place]
            for (lane, start) in lines.starts.enumerated() {
                re[start + place * lines.step] = value.re[lane] * scale
                im[start + place * lines.step] = value.im[lane] * scale
            }
        }
    }

    /// Multiplies every frequency (given by its indices) with a real number.
    func multiply(_ factor: @Sendable (_ x: Int, _ y: Int, _ z: Int) -> Float) {
        let (real, imaginary) = (real, imaginary)
        inParallel(real.rows, threads: threads) { rows in
            for row in rows {
                let (re, im) = (real.row(row), imaginary.row(row))
                for x in 0..<real.size.x {
                    let value = factor(x, row % real.size.y, row / real.size.y)
                    re[x] *= value
                    im[x] *= value
                }
            }
        }
    }
}
