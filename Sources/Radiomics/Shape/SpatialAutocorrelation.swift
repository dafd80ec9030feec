import CKernels
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
    /// Vectors of a row of a spectrum, each in a block of its own.
    private var blocks: Int { columns / Spectrum.lanes }

    init(region: Region) {
        self.region = region
        let moments = Moments(region.inside)
        (mean, deviation) = (moments.mean, moments.variance.squareRoot())
        box = [region.width, region.height, region.depth]
        padded = box.map { FourierTransform.length(atLeast: 2 * $0 - 1) }
        let lanes = Spectrum.lanes
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
    /// memory that stays in the cache, which is why the intensities, which meet no other signal, go alone.
    private func pairSums() -> (weights: Double, products: Double, squares: Double) {
        let kernel = DistanceKernel(padded: padded, spacing: region.spacing, columns: columns)
        let signals = spectraAlongX()
        let (alongY, alongZ) = (FourierTransform(length: padded[1]), FourierTransform(length: padded[2]))
        let (height, depth) = (padded[1], padded[2])
        let planes = (Spectrum(vectors: box[2] * height), Spectrum(vectors: box[2] * height))
        let scratch = Spectrum(vectors: max(2 * height, 4 * depth))
        defer { withExtendedLifetime((signals, planes, scratch, alongY, alongZ)) {} }
        let lanes = Spectrum.lanes
        func transform(_ signal: Spectrum, _ block: Int, _ plane: Spectrum) -> UnsafePointer<Float> {
            cfourier_columns(
                alongY.stages.baseAddress, alongY.stages.count,
                signal.numbers + block * box[1] * box[2] * Spectrum.width, box[2], box[1], height, plane.numbers,
                scratch.numbers)
            return UnsafePointer(plane.numbers)
        }
        var weights = [Double](repeating: 0, count: lanes)
        var (products, squares) = (weights, weights)
        kernel.values.withUnsafeBufferPointer { octant in
            symmetryWeights().withUnsafeBufferPointer { symmetry in
                guard let octant = octant.baseAddress, let symmetry = symmetry.baseAddress else { return }
                var pairs = cfourier_pairs()
                (pairs.slices, pairs.height, pairs.depth) = (box[2], height, depth)
                (pairs.kernel_row, pairs.kernel_slice) = (columns, kernel.slice)
                for block in 0..<blocks {
                    (pairs.kernel, pairs.symmetry) = (octant + block * lanes, symmetry + block * lanes)
                    (pairs.first, pairs.second) = (transform(signals.intensities, block, planes.0), nil)
                    cfourier_pair_sums(
                        alongZ.stages.baseAddress, alongZ.stages.count, &pairs, scratch.numbers, &products, &squares)
                    pairs.first = transform(signals.mask, block, planes.0)
                    pairs.second = transform(signals.squares, block, planes.1)
                    cfourier_pair_sums(
                        alongZ.stages.baseAddress, alongZ.stages.count, &pairs, scratch.numbers, &weights, &squares)
                }
            }
        }
        let scale = 1 / Double(padded[0] * padded[1] * padded[2])
        func total(_ sums: [Double]) -> Double { sums.reduce(0, +) * scale }
        return (total(weights), total(products), total(squares))
    }

    /// How often each frequency along x stands for itself and its mirror image; 0 for those that only fill a vector.
    private func symmetryWeights() -> [Float] {
        (0..<columns).map { frequency in
            if frequency > padded[0] / 2 { return 0 }
            return frequency == 0 || 2 * frequency == padded[0] ? 1 : 2
        }
    }

    /// Spectra along x of standardised intensities, mask, and squared intensities, for the rows of the box.
    private func spectraAlongX() -> (intensities: Spectrum, mask: Spectrum, squares: Spectrum) {
        let (length, width, rows, lanes) = (padded[0], box[0], box[1] * box[2], Spectrum.lanes)
        func empty() -> Spectrum { Spectrum(vectors: rows * blocks) }
        let spectra = (intensities: empty(), mask: empty(), squares: empty())
        let transform = FourierTransform(length: length)
        let count = region.values.count
        var (mask, squares): ([Float], [Float]) = ([], [])
        let values = [Float](unsafeUninitializedCapacity: count) { values, written in
            mask = [Float](unsafeUninitializedCapacity: count) { mask, written in
                squares = [Float](unsafeUninitializedCapacity: count) { squares, written in
                    cfourier_signals(
                        count, region.values, region.intensity, mean, deviation, values.baseAddress, mask.baseAddress,
                        squares.baseAddress)
                    written = count
                }
                written = count
            }
            written = count
        }
        let buffer = Spectrum(vectors: 3 * length)
        defer { withExtendedLifetime(buffer) {} }
        let (line, scratch) = (buffer.numbers, buffer.numbers + length * Spectrum.width)
        // Transforms two real signals: some rows of one each.
        func spectrum(
            _ first: (signal: [Float], row: Int, spectrum: Spectrum),
            _ second: (signal: [Float], row: Int, spectrum: Spectrum)
        ) {
            first.signal.withUnsafeBufferPointer { one in
                second.signal.withUnsafeBufferPointer { two in
                    guard let one = one.baseAddress, let two = two.baseAddress else { return }
                    // Never read where there are no rows.
                    cfourier_gather(
                        one + first.row * width, rows - first.row, two + min(second.row, rows) * width,
                        rows - second.row, width, width, line)
                }
            }
            let result = transform.transform(line, present: width, scratch: scratch)
            for (part, signal) in [first, second].enumerated() where signal.row < rows {
                cfourier_separate(
                    result, length, Int32(part), rows - signal.row, blocks, rows,
                    signal.spectrum.numbers + signal.row * Spectrum.width)
            }
        }
        for row in stride(from: 0, to: rows, by: lanes) {
            spectrum((values, row, spectra.intensities), (mask, row, spectra.mask))
        }
        for row in stride(from: 0, to: rows, by: 2 * lanes) {
            spectrum((squares, row, spectra.squares), (squares, row + lanes, spectra.squares))
        }
        return spectra
    }
}
