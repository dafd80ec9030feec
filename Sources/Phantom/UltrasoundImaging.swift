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
    func envelope(of echo: EchoMap, generator: inout PhantomGenerator) -> [Float] {
        let samples = 2 * rows
        var real = [Float](repeating: 0, count: columns * samples)
        var imaginary = real
        let stepCM = Float(pixelSpacingMM) / 10 / 2
        let perCM = 2 * Float(frequencyMHz)
        let threshold = UInt64(scattererDensity * 0x1p53)
        let strength = Float((1 / scattererDensity).squareRoot())
        let floor = decibels(Float(noiseFloor))
        var lost = [Float](repeating: 0, count: columns)
        for sample in 0..<samples {
            let depthCM = Float(sample) * stepCM
            let gain = (perCM * Self.attenuation + Float(timeGainError)) * depthCM
            let noise = floor * decibels(gain)
            let (row, target) = ((sample / 2) * columns, sample * columns)
            for column in 0..<columns {
                lost[column] += perCM * echo.attenuation[row + column] * stepCM
                if generator.next() >> 11 < threshold {
                    let amplitude = strength * decibels(echo.levels[row + column] + gain - lost[column])
                    real[target + column] = amplitude * generator.grain()
                    imaginary[target + column] = amplitude * generator.grain()
                }
                real[target + column] += noise * generator.grain()
                imaginary[target + column] += noise * generator.grain()
            }
        }
        real = spread(real)
        imaginary = spread(imaginary)
        return zip(real, imaginary).map { (($0 * $0 + $1 * $1) / 2).squareRoot() }
    }

    /// Convolves along the beam, keeping every second sample, then across it with a width that grows off the focus.
    private func spread(_ field: [Float]) -> [Float] {
        let spacing = Float(pixelSpacingMM)
        let axial = Smoothing.unitEnergyKernel(sigma: Float(axialFWHM) / Smoothing.widthOverSigma / (spacing / 2))
        let size = SIMD3(columns, 2 * rows, 1)
        let along = Smoothing.same(field, size: size, axis: 1, taps: axial)
        var output: [Float] = []
        output.reserveCapacity(columns * rows)
        for row in 0..<rows {
            let offFocus = (Float(row) * spacing - Float(focusMM)) / Self.depthOfFocusMM
            let width = Float(lateralFWHM) * (1 + offFocus * offFocus).squareRoot()
            let lateral = Smoothing.unitEnergyKernel(sigma: width / Smoothing.widthOverSigma / spacing)
            let line = Array(along[(2 * row * columns)..<((2 * row + 1) * columns)])
            output += Smoothing.same(line, size: SIMD3(columns, 1, 1), axis: 0, taps: lateral)
        }
        return output
    }

    /// Distance from the focus at which the beam is wider by the square root of two, in millimetres.
    private static let depthOfFocusMM: Float = 35

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

/// Amplitude ratio of a level in dB.
@inline(__always)
func decibels(_ level: Float) -> Float { exp(level * 0.115_129_25) }
