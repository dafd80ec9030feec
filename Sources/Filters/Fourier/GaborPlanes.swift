import Imaging

/// The modulus of a Gabor response in all planes of a volume that lie along two axes.
///
/// Each plane is extended beyond its border, convolved in the Fourier domain and cut; as many planes as a vector has
/// lanes run together.
struct GaborPlanes {
    /// The axes of the plane, that of the kernel's x first, and the axis across.
    let axes: (x: Int, y: Int, across: Int)
    private let columns: PaddedAxis
    private let rows: PaddedAxis
    /// The kernel's spectrum for each angle, divided by the number of samples.
    private let spectra: [[Complex]]
    private let size: GridSize

    /// An axis of the plane, extended and transformed.
    private struct PaddedAxis {
        let count, radius: Int
        let transform: FourierTransform
        /// The sample that stands at each extended place; -1 for 0.
        let sources: [Int]
        /// Step between samples in the volume.
        let step: Int

        init(count: Int, radius: Int, step: Int, boundary: Boundary) {
            (self.count, self.radius, self.step) = (count, radius, step)
            transform = FourierTransform(length: FourierTransform.length(atLeast: count + 2 * radius))
            sources = (0..<transform.length).map { place in
                place < count + 2 * radius ? boundary.index(place - radius, count: count) ?? -1 : -1
            }
        }
    }

    init(
        _ kernel: GaborKernel, axes: (x: Int, y: Int, across: Int), geometry: Geometry, boundary: Boundary
    ) throws(FilterError) {
        self.axes = axes
        let size = geometry.size
        self.size = size
        let steps = [1, size.x, size.x * size.y]
        let (spacingX, spacingY) = (geometry.spacing.along(axes.x), geometry.spacing.along(axes.y))
        columns = PaddedAxis(
            count: size.along(axes.x), radius: try kernel.radius(spacing: spacingX), step: steps[axes.x],
            boundary: boundary)
        rows = PaddedAxis(
            count: size.along(axes.y), radius: try kernel.radius(spacing: spacingY), step: steps[axes.y],
            boundary: boundary)
        var spectra: [[Complex]] = []
        let plane = PlaneBuffer(columns: columns.transform, rows: rows.transform)
        let scale = 1 / Float(columns.transform.length * rows.transform.length)
        for angle in kernel.angles {
            plane.clear()
            for y in -rows.radius...rows.radius {
                for x in -columns.radius...columns.radius {
                    let value = kernel.value(x: Double(x) * spacingX, y: Double(y) * spacingY, angle: angle)
                    let place = y.wrapped(plane.height) * plane.width + x.wrapped(plane.width)
                    plane.samples[place].re[0] = value.re * scale
                    plane.samples[place].im[0] = value.im * scale
                }
            }
            plane.transform()
            spectra.append((0..<plane.count).map { Complex(re: plane.samples[$0].re[0], im: plane.samples[$0].im[0]) })
        }
        self.spectra = spectra
    }

    /// Adds the mean modulus over the angles, times `share`, to `target`.
    func add(_ share: Float, from source: VoxelBuffer, to target: VoxelBuffer, threads: Int) {
        let width = ComplexVector.Lanes.scalarCount
        let planes = size.along(axes.across)
        inParallel((planes + width - 1) / width, threads: threads) { groups in
            let image = PlaneBuffer(columns: columns.transform, rows: rows.transform)
            let response = PlaneBuffer(columns: columns.transform, rows: rows.transform)
            for group in groups {
                let lanes = group * width..<min(planes, (group + 1) * width)
                let modulus = meanModulus(of: lanes, in: source, image: image, response: response)
                write(modulus, share, lanes, to: target)
            }
        }
    }

    private var stepAcross: Int { [1, size.x, size.x * size.y][axes.across] }

    /// The sum over the angles divided by their number, x fastest.
    private func meanModulus(
        of lanes: Range<Int>, in source: VoxelBuffer, image: PlaneBuffer, response: PlaneBuffer
    ) -> [ComplexVector.Lanes] {
        for (y, row) in rows.sources.enumerated() {
            for (x, column) in columns.sources.enumerated() {
                var value = ComplexVector.zero
                if row >= 0 && column >= 0 {
                    let start = row * rows.step + column * columns.step
                    for (lane, plane) in lanes.enumerated() {
                        value.re[lane] = source.values[start + plane * stepAcross]
                    }
                }
                image.samples[y * image.width + x] = value
            }
        }
        image.transform()
        var sum = [ComplexVector.Lanes](repeating: .zero, count: rows.count * columns.count)
        for spectrum in spectra {
            for place in 0..<image.count {
                response.samples[place] = (image.samples[place] * spectrum[place]).exchanged
            }
            response.transform()
            for y in 0..<rows.count {
                let line = response.samples + (y + rows.radius) * response.width + columns.radius
                for x in 0..<columns.count {
                    let value = line[x]
                    sum[y * columns.count + x] += (value.re * value.re + value.im * value.im).squareRoot()
                }
            }
        }
        let scale = 1 / Float(spectra.count)
        return sum.map { $0 * scale }
    }

    private func write(
        _ modulus: [ComplexVector.Lanes], _ share: Float, _ lanes: Range<Int>, to target: VoxelBuffer
    ) {
        for y in 0..<rows.count {
            for x in 0..<columns.count {
                let value = modulus[y * columns.count + x] * share
                let start = y * rows.step + x * columns.step
                for (lane, plane) in lanes.enumerated() { target.values[start + plane * stepAcross] += value[lane] }
            }
        }
    }
}

/// Extended planes, one a lane, transformed in place.
private final class PlaneBuffer {
    let width, height: Int
    let samples: FourierTransform.Samples
    private let columns, rows: FourierTransform
    private let line, scratch: FourierTransform.Samples

    var count: Int { width * height }

    init(columns: FourierTransform, rows: FourierTransform) {
        (self.columns, self.rows) = (columns, rows)
        (width, height) = (columns.length, rows.length)
        let longest = max(columns.capacity, rows.capacity)
        samples = .allocate(capacity: width * height)
        line = .allocate(capacity: longest)
        scratch = .allocate(capacity: longest)
    }

    deinit {
        samples.deallocate()
        line.deallocate()
        scratch.deallocate()
    }

    func clear() { samples.initialize(repeating: .zero, count: count) }

    func transform() {
        for y in 0..<height { transform(columns, start: y * width, step: 1) }
        for x in 0..<width { transform(rows, start: x, step: width) }
    }

    private func transform(_ transform: FourierTransform, start: Int, step: Int) {
        for place in 0..<transform.length { line[place] = samples[start + place * step] }
        let result = transform.transform(line, scratch: scratch)
        for place in 0..<transform.length { samples[start + place * step] = result[place] }
    }
}
