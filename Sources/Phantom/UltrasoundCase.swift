import Imaging

#if canImport(Glibc)
    import Glibc
#endif

/// The B-mode image of a lesion.
struct UltrasoundCase {
    let lesion: Lesion
    let image: Volume
    let acquisition: [String: String]

    init(profile: HospitalProfile, patient: PhantomPatient, streams: (PhantomStream) -> PhantomGenerator) {
        var setting = streams(.acquisition)
        var scanner = profile.ultrasound
        if setting.uniform() < profile.offProtocolShare {
            // The other preset: a lower frequency for penetration, and with it a wider point-spread function.
            scanner.frequencyMHz *= 0.8
            scanner.lateralFWHM /= 0.8
            scanner.axialFWHM /= 0.8
        }
        let gainOffset = Float(1.5 * setting.normal())
        let extent = SIMD3(Float(scanner.columns - 1), Float(scanner.rows - 1), 0) * Float(scanner.pixelSpacingMM)
        var shape = streams(.lesion)
        lesion = Lesion(patient: patient, extentMM: extent, planar: true, generator: &shape)

        let echo = Self.echo(
            lesion: lesion, age: Float(patient.age), scanner: scanner, extent: extent, streams: streams)
        var scatterers = streams(.scatterers)
        let envelope = scanner.envelope(of: echo, generator: &scatterers)
        image = Volume(
            geometry: scanner.geometry, voxels: scanner.compress(envelope, gainOffset: gainOffset))
        acquisition = scanner.acquisition
    }

    private static func echo(
        lesion: Lesion, age: Float, scanner: UltrasoundScanner, extent: SIMD3<Float>,
        streams: (PhantomStream) -> PhantomGenerator
    ) -> UltrasoundScanner.EchoMap {
        var background = streams(.background)
        var texture = streams(.texture)
        var rim = streams(.rim)
        let individual = Float(background.normal())
        let vessels = Vessels(around: lesion, planar: true, generator: &background)
        let (lower, upper) = lesion.box
        // Liver gets brighter and coarser with age (steatosis, fibrosis).
        let years = age - 60
        let tissue = Tissue(
            lesion: lesion, vessels: vessels,
            background: GaussianField(
                lower: .zero, upper: extent, correlation: 4, planar: true, generator: &background),
            inside: GaussianField(
                lower: lower, upper: upper, correlation: 2.2 * exp(0.25 * lesion.correlation), planar: true,
                generator: &texture),
            rim: GaussianField(lower: lower, upper: upper, correlation: 2.0, planar: true, generator: &rim),
            liver: (mean: 0.06 * years + 0.8 * individual, sd: 1.1 * exp(0.012 * years)),
            core: (mean: -5 + 2.2 * lesion.contrast, sd: 2.4 * exp(0.42 * lesion.heterogeneity)),
            halo: (mean: 0.8 + 1.3 * lesion.rimContrast, sd: 2.0 * exp(0.45 * lesion.rimHeterogeneity)),
            blood: -14)
        let liverAttenuation = UltrasoundScanner.attenuation + 0.02 * individual + 0.0005 * years
        var levels: [Float] = []
        var attenuation: [Float] = []
        levels.reserveCapacity(scanner.columns * scanner.rows)
        attenuation.reserveCapacity(scanner.columns * scanner.rows)
        let spacing = Float(scanner.pixelSpacingMM)
        for row in 0..<scanner.rows {
            for column in 0..<scanner.columns {
                let (level, share) = tissue(SIMD3(Float(column), Float(row), 0) * spacing)
                levels.append(level)
                attenuation.append(liverAttenuation + 0.06 * share)
            }
        }
        return UltrasoundScanner.EchoMap(levels: levels, attenuation: attenuation)
    }
}

extension UltrasoundScanner {
    /// DICOM keywords and values; the transducer frequency is in kHz (0018,6030), the depth in millimetres (0018,5050).
    var acquisition: [String: String] {
        [
            "Modality": "US", "Manufacturer": manufacturer, "ManufacturerModelName": model,
            "TransducerFrequency": String(Int((frequencyMHz * 1_000).rounded())),
            "DepthOfScanField": String(Int((Double(rows) * pixelSpacingMM).rounded())),
            "PixelSpacing": "\(pixelSpacingMM)\\\(pixelSpacingMM)",
        ]
    }
}
