import Imaging

#if canImport(Glibc)
    import Glibc
#endif

/// The CT volume of a lesion, portal venous phase.
struct CTCase {
    /// Positions along the slice thickness at which attenuation is sampled and averaged.
    private static let samplesPerSlice = 3

    let lesion: Lesion
    let image: Volume
    let acquisition: [String: String]

    init(profile: HospitalProfile, patient: PhantomPatient, streams: (PhantomStream) -> PhantomGenerator) {
        var setting = streams(.acquisition)
        var scanner = profile.ct
        if setting.uniform() < profile.offProtocolShare {
            // The other preset: a lower tube voltage at the same dose is noisier.
            scanner.kVp = 100
            scanner.noiseSD *= 1.25
        }
        let size = GridSize(scanner.columns, scanner.rows, scanner.slices)
        let spacing = Vector3(scanner.pixelSpacingMM, scanner.pixelSpacingMM, scanner.sliceSpacingMM)
        let step = SIMD3(Float(spacing.x), Float(spacing.y), Float(spacing.z))
        let extent = SIMD3(Float(size.x - 1), Float(size.y - 1), Float(size.z - 1)) * step
        var shape = streams(.lesion)
        lesion = Lesion(patient: patient, extentMM: extent, planar: false, generator: &shape)

        let tissue = Self.tissue(lesion: lesion, age: Float(patient.age), extent: extent, streams: streams)
        var voxels: [Float] = []
        voxels.reserveCapacity(size.count)
        for k in 0..<size.z {
            for j in 0..<size.y {
                for i in 0..<size.x {
                    let place = SIMD3(Float(i), Float(j), Float(k)) * step
                    var sum: Float = 0
                    for sample in 0..<Self.samplesPerSlice {
                        let share = (Float(sample) + 0.5) / Float(Self.samplesPerSlice) - 0.5
                        sum += tissue(place + SIMD3(0, 0, share * Float(scanner.sliceThicknessMM))).level
                    }
                    voxels.append(sum / Float(Self.samplesPerSlice))
                }
            }
        }
        var noise = streams(.noise)
        let individual = Float(setting.normal())
        image = Volume(
            geometry: Geometry(size: size, spacing: spacing),
            voxels: scanner.reconstruct(voxels, size: SIMD3(size.x, size.y, size.z), generator: &noise).map {
                ($0 + Float(scanner.calibrationOffset) + individual).rounded()
            })
        acquisition = scanner.acquisition
    }

    private static func tissue(
        lesion: Lesion, age: Float, extent: SIMD3<Float>, streams: (PhantomStream) -> PhantomGenerator
    ) -> Tissue {
        var background = streams(.background)
        var texture = streams(.texture)
        var rim = streams(.rim)
        let individual = Float(background.normal())
        let vessels = Vessels(around: lesion, planar: false, generator: &background)
        let (lower, upper) = lesion.box
        let years = age - 60
        // 60 HU of liver parenchyma and about 45 HU of portal venous enhancement; a fatty liver is darker.
        return Tissue(
            lesion: lesion, vessels: vessels,
            background: GaussianField(
                lower: .zero, upper: extent, correlation: 7, planar: false, generator: &background),
            inside: GaussianField(
                lower: lower, upper: upper, correlation: 5 * exp(0.25 * lesion.correlation), planar: false,
                generator: &texture),
            rim: GaussianField(lower: lower, upper: upper, correlation: 4.5, planar: false, generator: &rim),
            liver: (mean: 105 - 0.25 * years + 4 * individual, sd: 4 * exp(0.012 * years)),
            core: (mean: -18 + 8 * lesion.contrast, sd: 10 * exp(0.35 * lesion.heterogeneity)),
            halo: (mean: 3 + 5 * lesion.rimContrast, sd: 8 * exp(0.4 * lesion.rimHeterogeneity)),
            blood: 40)
    }
}

extension CTScanner {
    /// Blurs attenuation by the kernel and adds noise that the same kernel has coloured.
    func reconstruct(_ attenuation: [Float], size: SIMD3<Int>, generator: inout PhantomGenerator) -> [Float] {
        let sigma = Float(kernelFWHM / pixelSpacingMM) / Smoothing.widthOverSigma
        let sharp = Smoothing.plane(attenuation, size: size, taps: Smoothing.kernel(sigma: sigma))
        let taps = Smoothing.unitEnergyKernel(sigma: sigma)
        let radius = taps.count / 2
        let wide = SIMD3(size.x + 2 * radius, size.y + 2 * radius, size.z)
        var noise = (0..<(wide.x * wide.y * wide.z)).map { _ in generator.grain() }
        noise = Smoothing.valid(noise, size: wide, axis: 0, taps: taps)
        noise = Smoothing.valid(noise, size: SIMD3(size.x, wide.y, size.z), axis: 1, taps: taps)
        return zip(sharp, noise).map { $0 + Float(noiseSD) * $1 }
    }

    /// DICOM keywords and values.
    var acquisition: [String: String] {
        [
            "Modality": "CT", "Manufacturer": manufacturer, "ManufacturerModelName": model,
            "ConvolutionKernel": kernel, "KVP": String(Int(kVp.rounded())), "SliceThickness": "\(sliceThicknessMM)",
            "SpacingBetweenSlices": "\(sliceSpacingMM)", "PixelSpacing": "\(pixelSpacingMM)\\\(pixelSpacingMM)",
        ]
    }
}
