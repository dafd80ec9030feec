import Imaging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The band-pass filter of the Simoncelli wavelet in the Fourier domain (IBSI 2, "Non-separable wavelets").
///
/// The frequencies of an axis with n samples run from -1 to 1 in n equal steps, as in the reference response maps; for an
/// even n no sample is at frequency 0. The response is the real part, which is that of the filter made symmetric.
struct SimoncelliWavelet {
    /// Squared frequency of each sample along each axis, and of the sample of opposite frequency.
    private let squares: [[(Float, Float)]]
    /// The highest frequency of the band.
    private let highest: Float
    private let axes: Int

    init(level: Int, size: GridSize, axes: Int) throws(FilterError) {
        guard (1...Limits.waveletLevel).contains(level) else {
            throw .invalidParameter(name: "level", remedy: "use a number from 1 to \(Limits.waveletLevel)")
        }
        for axis in 0..<axes where size.along(axis) < 2 {
            throw .imageTooSmall(axis: axis, voxels: size.along(axis), needed: 2)
        }
        self.axes = axes
        highest = 1 / Float(1 << (level - 1))
        squares = (0..<3).map { axis in
            let count = size.along(axis)
            return (0..<count).map { index in
                guard axis < axes else { return (0, 0) }
                let opposite = (count - index) % count
                return (Self.square(index, count), Self.square(opposite, count))
            }
        }
    }

    private static func square(_ index: Int, _ count: Int) -> Float {
        let centre = Double(count - 1) / 2
        let frequency = (Double((index + count / 2) % count) - centre) / centre
        return Float(frequency * frequency)
    }

    private func transfer(_ square: Float) -> Float {
        let frequency = square.squareRoot()
        guard frequency >= highest / 4, frequency <= highest else { return 0 }
        return cos(.pi / 2 * log2(2 * frequency / highest))
    }

    func respond(to image: VoxelBuffer, threads: Int) -> VoxelBuffer {
        let spectrum = VolumeSpectrum(image, threads: threads)
        for axis in 0..<axes { spectrum.transform(axis: axis, inverse: false) }
        spectrum.multiply { x, y, z in
            let (a, b, c) = (squares[0][x], squares[1][y], squares[2][z])
            return (transfer(a.0 + b.0 + c.0) + transfer(a.1 + b.1 + c.1)) / 2
        }
        for axis in 0..<axes { spectrum.transform(axis: axis, inverse: true) }
        return spectrum.real
    }
}
