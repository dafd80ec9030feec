public import Imaging
public import Radiomics

/// Everything that decides the values of an extraction, from the image as it was read to the features (IBSI 2).
public struct ProcessingSettings: Codable, Hashable, Sendable {
    /// Whether each slice is taken alone: interpolation within the slices, rings within the slices.
    public let planar: Bool
    /// Spacing after interpolation in millimetres along x, y and z; nil for the image's own grid. Of planar settings
    /// the third number is not used.
    public let spacingMM: [Double]?
    /// How intensities are interpolated; masks are interpolated linearly, inside where at least one half.
    public let interpolation: Interpolation
    /// Whether intensities are rounded to whole numbers after interpolation (Hounsfield units).
    public let rounding: Bool
    /// How a ring is drawn.
    public let ringDefinition: RingDefinition
    /// Re-segmentation, discretisation, families and aggregations.
    public let features: ExtractionSettings

    /// Creates settings.
    public init(
        planar: Bool = false, spacingMM: [Double]? = nil, interpolation: Interpolation = .linear,
        rounding: Bool = false,
        ringDefinition: RingDefinition = .surface, features: ExtractionSettings = ExtractionSettings()
    ) {
        self.planar = planar
        self.spacingMM = spacingMM
        self.interpolation = interpolation
        self.rounding = rounding
        self.ringDefinition = ringDefinition
        self.features = features
    }

    /// The same settings with another way to draw rings.
    public func with(ringDefinition: RingDefinition) -> ProcessingSettings {
        ProcessingSettings(
            planar: planar, spacingMM: spacingMM, interpolation: interpolation, rounding: rounding,
            ringDefinition: ringDefinition, features: features)
    }
}

/// Settings with a name: the configurations of the IBSI 1 reference manual, chapter 5.
public enum Preset: String, CaseIterable, Sendable {
    /// The digital phantom: intensities are grey levels already; every aggregation.
    case digital = "ibsi-digital"
    /// CT phantom, slices, no interpolation, FBS 25 HU.
    case configurationA = "ibsi-A"
    /// CT phantom, slices, bilinear to 2 mm, FBN 32.
    case configurationB = "ibsi-B"
    /// CT phantom, volume, trilinear to 2 mm, FBS 25 HU.
    case configurationC = "ibsi-C"
    /// CT phantom, volume, trilinear to 2 mm, outliers beyond 3 SD out, FBN 32.
    case configurationD = "ibsi-D"
    /// CT phantom, volume, cubic spline to 2 mm, range and outliers, FBN 32.
    case configurationE = "ibsi-E"

    /// What the name stands for.
    public var settings: ProcessingSettings {
        let slices: [TextureAggregation] = [.slicesAveraged, .slicesMerged, .directionsMerged, .planesMerged]
        let volume: [TextureAggregation] = [.volumeAveraged, .volumeMerged]
        switch self {
        case .digital:
            return ProcessingSettings(
                features: ExtractionSettings(
                    aggregations: TextureAggregation.allCases, discretisation: .none,
                    intensityVolumeHistogram: .calibrated(step: 1)))
        case .configurationA:
            return ProcessingSettings(
                planar: true, rounding: true,
                features: ExtractionSettings(
                    aggregations: slices, discretisation: .fixedBinSize(width: 25, origin: nil),
                    resegmentation: Resegmentation(lower: -500, upper: 400),
                    intensityVolumeHistogram: .calibrated(step: 1)))
        case .configurationB:
            return ProcessingSettings(
                planar: true, spacingMM: [2, 2, 2], rounding: true,
                features: ExtractionSettings(
                    aggregations: slices, discretisation: .fixedBinNumber(count: 32),
                    resegmentation: Resegmentation(lower: -500, upper: 400),
                    intensityVolumeHistogram: .calibrated(step: 1)))
        case .configurationC:
            return ProcessingSettings(
                spacingMM: [2, 2, 2], rounding: true,
                features: ExtractionSettings(
                    aggregations: volume, discretisation: .fixedBinSize(width: 25, origin: nil),
                    resegmentation: Resegmentation(lower: -1000, upper: 400),
                    intensityVolumeHistogram: .fixedBinSize(width: 2.5)))
        case .configurationD:
            return ProcessingSettings(
                spacingMM: [2, 2, 2], rounding: true,
                features: ExtractionSettings(
                    aggregations: volume, discretisation: .fixedBinNumber(count: 32),
                    resegmentation: Resegmentation(outlierSigma: 3), intensityVolumeHistogram: .calibrated(step: 1)))
        case .configurationE:
            return ProcessingSettings(
                spacingMM: [2, 2, 2], interpolation: .cubicSpline, rounding: true,
                features: ExtractionSettings(
                    aggregations: volume, discretisation: .fixedBinNumber(count: 32),
                    resegmentation: Resegmentation(lower: -1000, upper: 400, outlierSigma: 3),
                    intensityVolumeHistogram: .fixedBinNumber(count: 1000)))
        }
    }
}
