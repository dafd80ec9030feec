#if canImport(Glibc)
    import Glibc
#endif

/// A lesion: its margin and seven traits in standard deviations, which each modality turns into its own units.
struct Lesion {
    /// Mean difference of a trait between patients with and without the outcome, in standard deviations.
    enum Effect {
        static let heterogeneity = 0.62
        static let contrast = -0.42
        static let correlation = 0.50
        static let rimHeterogeneity = 0.85
        static let rimContrast = 0.62
        static let irregularity = 0.55
        static let marginWidth = 0.35
    }

    /// Width of the peritumoral zone whose texture differs from liver, in millimetres.
    static let rimMM: Float = 5

    let contour: Contour
    /// Strength of the texture inside.
    let heterogeneity: Float
    /// Mean level inside against liver.
    let contrast: Float
    /// Correlation length of the texture inside.
    let correlation: Float
    /// Strength of the texture of the rim.
    let rimHeterogeneity: Float
    /// Mean level of the rim against liver.
    let rimContrast: Float
    /// Half-width of the transition from lesion to rim, in millimetres.
    let marginHalfWidth: Float

    init(patient: PhantomPatient, extentMM: SIMD3<Float>, planar: Bool, generator: inout PhantomGenerator) {
        let side = Double(patient.outcome) - 0.5
        func trait(_ effect: Double) -> Float { Float(generator.normal() + effect * side) }
        heterogeneity = trait(Effect.heterogeneity)
        contrast = trait(Effect.contrast)
        correlation = trait(Effect.correlation)
        rimHeterogeneity = trait(Effect.rimHeterogeneity)
        rimContrast = trait(Effect.rimContrast)
        let irregularity = trait(Effect.irregularity)
        marginHalfWidth = 0.9 * exp(0.35 * trait(Effect.marginWidth))

        let base = Float(min(max(13.5 + 3 * generator.normal(), 8), 20))
        var harmonics: [Contour.Harmonic] = []
        for order in 2...3 {
            harmonics.append(wave(order, 0.045 * base * Float(generator.normal().magnitude)))
        }
        // The outcome shows in the short waves: the margin is irregular, the size says nothing.
        let ragged = 0.016 * base * exp(0.35 * irregularity)
        for order in 5...8 {
            harmonics.append(wave(order, ragged * Float(0.6 + 0.8 * generator.uniform())))
        }
        func wave(_ order: Int, _ amplitude: Float) -> Contour.Harmonic {
            Contour.Harmonic(order: order, axis: generator.direction(planar: planar), amplitude: amplitude)
        }
        let jitter = SIMD3(Float(generator.normal()), Float(generator.normal()), planar ? 0 : Float(generator.normal()))
        let off = (1.2 * jitter).clamped(lowerBound: SIMD3(repeating: -2.5), upperBound: SIMD3(repeating: 2.5))
        contour = Contour(centre: extentMM / 2 + off, base: base, harmonics: harmonics)
    }

    /// A box around the lesion and its rim, in millimetres.
    var box: (lower: SIMD3<Float>, upper: SIMD3<Float>) {
        let reach = SIMD3<Float>(repeating: contour.bounds.most + Self.rimMM + 1)
        return (contour.centre - reach, contour.centre + reach)
    }

    /// Weight of the rim at a distance outside the margin, in millimetres: full to half its width, then falling to 0.
    static func rimWeight(_ distance: Float) -> Float {
        smoothStep(0.75 * rimMM - distance, halfWidth: 0.25 * rimMM)
    }
}
