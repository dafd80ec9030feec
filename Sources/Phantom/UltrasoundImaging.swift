public import Imaging

#if canImport(Glibc)
    import Glibc
#endif

extension UltrasoundScanner {
    /// Attenuation of liver, in dB for each centimetre and megahertz, one way.
    static let attenuation: Float = 0.5

    /// Place of the image grid: columns across, rows downwards from the transducer, one slice.
    var geometry: Geometry {
        Geometry(size: GridSize(columns, rows, 1), spacing: Vector3(pixelSpacingMM, pixelSpacingMM, 1))
    }

    /// The envelope before log-compression of a uniform medium at the level of liver, as of a quality-assurance phantom.
    ///
    /// Amplitudes relative to the root mean square of liver at the surface; with enough scatterers they follow a
    /// Rayleigh distribution (Wagner 1983).
    public func uniformEnvelope(seed: UInt64) -> Volume {
        var scatterers = PhantomGenerator(
            seed: seed, study: .ultrasound, hospital: model, index: 0, stream: .scatterers)
        let echo = EchoMap(
            levels: [Float](repeating: 0, count: columns * rows),
            attenuation: [Float](repeating: Self.attenuation, count: columns * rows))
        return Volume(geometry: geometry, voxels: envelope(of: echo, generator: &scatterers))
    }

    /// Backscatter levels in dB and attenuation in dB/(cm MHz) at the pixels.
    struct EchoMap {
        var levels: [Float]
        var attenuation: [Float]
    }

    /// Complex scatterers, twice as dense along the beam as the pixels, convolved with the point-spread function.
    ///
    /// The scatterers reach beyond the image as far as the point-spread function does, so that its border is like its
    /// middle.
    func envelope(of echo: EchoMap, generator: inout PhantomGenerator) -> [Float] {
        let spread = PointSpread(self)
        let (wide, samples) = (columns + 2 * spread.margin, 2 * rows + spread.axial.count - 1)
        var real = [Float](repeating: 0, count: wide * samples)
        var imaginary = real
        let stepCM = Float(pixelSpacingMM) / 10 / 2
        let perCM = 2 * Float(frequencyMHz)
        let threshold = UInt64(scattererDensity * 0x1p53)
        let strength = Float((1 / scattererDensity).squareRoot())
        let floor = decibels(Float(noiseFloor))
        var lost = [Float](repeating: 0, count: wide)
        for line in 0..<samples {
            let sample = min(max(line - spread.axial.count / 2, 0), 2 * rows - 1)
            let gain = (perCM * Self.attenuation + Float(timeGainError)) * Float(sample) * stepCM
            let step = line > spread.axial.count / 2 ? perCM * stepCM : 0
            let noise = floor * decibels(gain)
            for column in 0..<wide {
                let source = (sample / 2) * columns + min(max(column - spread.margin, 0), columns - 1)
                let target = line * wide + column
                lost[column] += step * echo.attenuation[source]
                if generator.next() >> 11 < threshold {
                    let amplitude = strength * decibels(echo.levels[source] + gain - lost[column])
                    real[target] = amplitude * generator.grain()
                    imaginary[target] = amplitude * generator.grain()
                }
                real[target] += noise * generator.grain()
                imaginary[target] += noise * generator.grain()
            }
        }
        return zip(spread.convolve(real), spread.convolve(imaginary)).map { (($0 * $0 + $1 * $1) / 2).squareRoot() }
    }

    /// Log-compression to 8-bit grey: liver at mid-grey without gain, `dynamicRange` dB from 0 to 255.
    func compress(_ envelope: [Float], gainOffset: Float) -> [Float] {
        let perDecibel = 255 / Float(dynamicRange)
        // The logarithm of a Rayleigh envelope averages 2.5 dB below that of its root mean square.
        let shift = Float(gain) + gainOffset + 2.5
        let grey = envelope.map { amplitude in
            min(max(127.5 + perDecibel * (20 * log10(max(amplitude, 1e-6)) + shift), 0), 255)
        }
        let taps = Smoothing.kernel(sigma: Float(smoothingFWHM / pixelSpacingMM) / Smoothing.widthOverSigma)
        return Smoothing.plane(grey, size: SIMD3(columns, rows, 1), taps: taps).map { $0.rounded() }
    }
}

/// The separable point-spread function of a scanner: Gaussian, wider across the beam away from the focus.
private struct PointSpread {
    /// Distance from the focus at which the beam is wider by the square root of two, in millimetres.
    private static let depthOfFocusMM: Float = 35

    /// Weights along the beam, at half the pixel spacing.
    let axial: [Float]
    /// Weights across the beam for every row, at the pixel spacing.
    private let lateral: [[Float]]
    private let size: (columns: Int, rows: Int)

    /// Columns of scatterers beyond each side of the image.
    let margin: Int

    init(_ scanner: UltrasoundScanner) {
        let spacing = Float(scanner.pixelSpacingMM)
        axial = Smoothing.unitEnergyKernel(
            sigma: Float(scanner.axialFWHM) / Smoothing.widthOverSigma / (spacing / 2))
        lateral = (0..<scanner.rows).map { row in
            let offFocus = (Float(row) * spacing - Float(scanner.focusMM)) / Self.depthOfFocusMM
            let width = Float(scanner.lateralFWHM) * (1 + offFocus * offFocus).squareRoot()
            return Smoothing.unitEnergyKernel(sigma: width / Smoothing.widthOverSigma / spacing)
        }
        margin = lateral.reduce(0) { max($0, $1.count / 2) }
        size = (scanner.columns, scanner.rows)
    }

    /// Convolves along the beam, then every second sample across it: from scatterers with margins to pixels.
    func convolve(_ field: [Float]) -> [Float] {
        let wide = size.columns + 2 * margin
        let tall = 2 * size.rows + axial.count - 1
        let along = Smoothing.valid(field, size: SIMD3(wide, tall, 1), axis: 1, taps: axial)
        var output: [Float] = []
        output.reserveCapacity(size.columns * size.rows)
        for row in 0..<size.rows {
            let taps = lateral[row]
            let first = 2 * row * wide + margin - taps.count / 2
            let count = size.columns + taps.count - 1
            output += Smoothing.valid(
                Array(along[first..<(first + count)]), size: SIMD3(count, 1, 1), axis: 0, taps: taps)
        }
        return output
    }
}

/// Amplitude ratio of a level in dB.
@inline(__always)
func decibels(_ level: Float) -> Float { exp(level * 0.115_129_25) }
