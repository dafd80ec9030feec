import Imaging

/// Moran's I and Geary's C of the intensity mask with weights 1 / distance over all pairs (IBSI 3.2).
///
/// The sums over pairs are correlations at all displacements weighted with a fixed kernel, so by Parseval's theorem
/// they are sums over the spectrum of the zero-padded box: no approximation, and no quadratic cost.
struct SpatialAutocorrelation {
    private let region: Region
    private let mean, deviation: Double
    /// Box and padded box along x, y, z.
    private let box: [Int]
    private let padded: [Int]
    /// Frequencies kept along x (the others follow by symmetry), rounded up to whole vectors.
    private let columns: Int
    /// Vectors of a row of a spectrum.
    private var blocks: Int { columns / ComplexLanes.count }

    init(region: Region) {
        self.region = region
        let moments = Moments(region.inside)
        (mean, deviation) = (moments.mean, moments.variance.squareRoot())
        box = [region.width, region.height, region.depth]
        padded = box.map { FourierTransform.length(atLeast: 2 * $0 - 1) }
        let lanes = ComplexLanes.count
        columns = (padded[0] / 2 + lanes) / lanes * lanes
    }

    /// Moran's I and Geary's C; NaN for constant intensities or a single voxel.
    func values() -> [Double] {
        guard deviation > 0 else { return [.nan, .nan] }
        let count = Double(region.inside.count)
        let sums = pairSums()
        // Intensities were standardised, so that the sum of squares is the count.
        let moran = ratio(sums.products, sums.weights)
        let geary = ratio((count - 1) / count * (sums.squares - sums.products), sums.weights)
        return [moran, geary]
    }

    /// Sums over ordered pairs of w, w x_i x_j and w x_i^2 for standardised intensities x.
    ///
    /// After the transforms along x the vectors beside each other are independent: each is transformed along y and z in
    /// memory that stays in the cache.
    private func pairSums() -> (weights: Double, products: Double, squares: Double) {
        let kernel = DistanceKernel(padded: padded, spacing: region.spacing, columns: columns)
        let spectra = spectraAlongX()
        let (alongY, alongZ) = (FourierTransform(length: padded[1]), FourierTransform(length: padded[2]))
        let (height, depth) = (padded[1], padded[2])
        let planes = (0..<3).map { _ in Spectrum(count: box[2] * height) }
        var (weights, products, squares) = (DoubleLanes.zero, DoubleLanes.zero, DoubleLanes.zero)
        withBuffers(count: 6, length: max(height, depth)) { buffers in
            func line(_ index: Int, _ y: Int) -> UnsafeMutablePointer<ComplexLanes> {
                let (line, scratch) = (buffers[2 * index], buffers[2 * index + 1])
                planes[index].read(into: line, at: y, step: height, count: box[2])
                for z in box[2]..<depth { line[z] = .zero }
                return alongZ.transform(line, scratch: scratch)
            }
            for block in 0..<blocks {
                for (spectrum, plane) in zip(spectra, planes) {
                    transform(spectrum, block, alongY, into: plane, buffers)
                }
                let column = block * ComplexLanes.count
                let symmetry = symmetryWeights(column)
                for y in 0..<height {
                    let kernelRow = min(y, height - y) * columns + column
                    let (x, m, u) = (line(0, y), line(1, y), line(2, y))
                    // Lines are short: single precision within one, double precision from line to line.
                    var (lineWeights, lineProducts, lineSquares) = (
                        FloatLanes.zero, FloatLanes.zero, FloatLanes.zero
                    )
                    for z in 0..<depth {
                        let k = kernel.values.vector(min(z, depth - z) * kernel.slice + kernelRow)
                        lineWeights += k * (m[z].re * m[z].re + m[z].im * m[z].im)
                        lineProducts += k * (x[z].re * x[z].re + x[z].im * x[z].im)
                        lineSquares += k * (u[z].re * m[z].re + u[z].im * m[z].im)
                    }
                    weights += DoubleLanes(lineWeights * symmetry)
                    products += DoubleLanes(lineProducts * symmetry)
                    squares += DoubleLanes(lineSquares * symmetry)
                }
            }
        }
        let scale = 1 / Double(padded[0] * padded[1] * padded[2])
        return (weights.sum() * scale, products.sum() * scale, squares.sum() * scale)
    }

    /// Transforms one vector of each row along y, slice by slice.
    private func transform(
        _ spectrum: Spectrum, _ block: Int, _ transform: FourierTransform, into plane: Spectrum,
        _ buffers: [UnsafeMutablePointer<ComplexLanes>]
    ) {
        for z in 0..<box[2] {
            spectrum.read(into: buffers[0], at: z * box[1] * blocks + block, step: blocks, count: box[1])
            for y in box[1]..<padded[1] { buffers[0][y] = .zero }
            let result = transform.transform(buffers[0], scratch: buffers[1])
            plane.write(result, at: z * padded[1], step: 1, count: padded[1])
        }
    }

    /// How often each frequency along x stands for itself and its mirror image.
    private func symmetryWeights(_ column: Int) -> FloatLanes {
        var weights = FloatLanes.zero
        for lane in 0..<ComplexLanes.count {
            let frequency = column + lane
            if frequency > padded[0] / 2 { continue }
            weights[lane] = frequency == 0 || 2 * frequency == padded[0] ? 1 : 2
        }
        return weights
    }

    /// Spectra along x of standardised intensities, mask, and squared intensities, for the rows of the box.
    private func spectraAlongX() -> [Spectrum] {
        let length = padded[0]
        let spectra = (0..<3).map { _ in Spectrum(count: box[1] * box[2] * blocks) }
        let transform = FourierTransform(length: length)
        let mask = region.intensity.map { Float($0) }
        var values = mask
        for index in values.indices where mask[index] != 0 {
            values[index] = Float((Double(region.values[index]) - mean) / deviation)
        }
        let squares = values.map { $0 * $0 }
        let (rows, lanes) = (box[1] * box[2], ComplexLanes.count)
        withBuffers(count: 2, length: length) { buffers in
            // A transform takes two real signals: intensities and mask of some rows, then squares of twice as many.
            for group in stride(from: 0, to: rows, by: lanes) {
                fill(buffers[0], real: (values, group), imaginary: (mask, group))
                let result = transform.transform(buffers[0], scratch: buffers[1])
                store(result, imaginary: false, group, spectra[0])
                store(result, imaginary: true, group, spectra[1])
            }
            for group in stride(from: 0, to: rows, by: 2 * lanes) {
                fill(buffers[0], real: (squares, group), imaginary: (squares, group + lanes))
                let result = transform.transform(buffers[0], scratch: buffers[1])
                store(result, imaginary: false, group, spectra[2])
                store(result, imaginary: true, group + lanes, spectra[2])
            }
        }
        return spectra
    }

    /// Puts one row a lane of each of two signals into the lanes of a line, zero beyond the box.
    private func fill(
        _ line: UnsafeMutablePointer<ComplexLanes>, real: (signal: [Float], row: Int),
        imaginary: (signal: [Float], row: Int)
    ) {
        let width = box[0]
        for x in width..<padded[0] { line[x] = .zero }
        for x in stride(from: 0, to: width, by: ComplexLanes.count) {
            let (re, im) = (square(real.signal, real.row, x), square(imaginary.signal, imaginary.row, x))
            withUnsafeBytes(of: re) { re in
                withUnsafeBytes(of: im) { im in
                    for place in 0..<min(ComplexLanes.count, width - x) {
                        let offset = place * MemoryLayout<FloatLanes>.stride
                        line[x + place] = ComplexLanes(
                            re: re.loadUnaligned(fromByteOffset: offset, as: FloatLanes.self),
                            im: im.loadUnaligned(fromByteOffset: offset, as: FloatLanes.self))
                    }
                }
            }
        }
    }

    /// Neighbours along x of eight rows, a vector for each place and a lane for each row; zero beyond the box.
    @inline(__always)
    private func square(_ signal: [Float], _ row: Int, _ x: Int) -> LaneSquare {
        func neighbours(_ lane: Int) -> FloatLanes {
            guard row + lane < box[1] * box[2] else { return .zero }
            let start = (row + lane) * box[0] + x
            if start + ComplexLanes.count <= signal.count { return signal.vector(start) }
            var vector = FloatLanes.zero
            for place in 0..<signal.count - start { vector[place] = signal[start + place] }
            return vector
        }
        var square = LaneSquare(
            rows: (
                neighbours(0), neighbours(1), neighbours(2), neighbours(3), neighbours(4), neighbours(5),
                neighbours(6), neighbours(7)
            ))
        square.transpose()
        return square
    }

    /// Takes the spectrum of one of two real signals out of that of both and stores it.
    private func store(
        _ result: UnsafeMutablePointer<ComplexLanes>, imaginary: Bool, _ group: Int, _ spectrum: Spectrum
    ) {
        let (length, count) = (padded[0], ComplexLanes.count)
        let rows = max(0, min(count, box[1] * box[2] - group))
        func number(_ frequency: Int) -> ComplexLanes {
            guard frequency <= length / 2 else { return .zero }
            let (a, b) = (result[frequency], result[frequency == 0 ? 0 : length - frequency])
            return imaginary
                ? ComplexLanes(re: (a.im + b.im) * 0.5, im: (b.re - a.re) * 0.5)
                : ComplexLanes(re: (a.re + b.re) * 0.5, im: (a.im - b.im) * 0.5)
        }
        for block in 0..<blocks {
            let first = block * count
            let n = (
                number(first), number(first + 1), number(first + 2), number(first + 3), number(first + 4),
                number(first + 5), number(first + 6), number(first + 7)
            )
            var re = LaneSquare(rows: (n.0.re, n.1.re, n.2.re, n.3.re, n.4.re, n.5.re, n.6.re, n.7.re))
            var im = LaneSquare(rows: (n.0.im, n.1.im, n.2.im, n.3.im, n.4.im, n.5.im, n.6.im, n.7.im))
            re.transpose()
            im.transpose()
            withUnsafeBytes(of: re) { re in
                withUnsafeBytes(of: im) { im in
                    for lane in 0..<rows {
                        let (row, offset) = (group + lane, lane * MemoryLayout<FloatLanes>.stride)
                        spectrum.vectors[row * blocks + block] = ComplexLanes(
                            re: re.loadUnaligned(fromByteOffset: offset, as: FloatLanes.self),
                            im: im.loadUnaligned(fromByteOffset: offset, as: FloatLanes.self))
                    }
                }
            }
        }
    }
}
