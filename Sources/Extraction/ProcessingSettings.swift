public import Filters
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
    public private(set) var ringDefinition: RingDefinition
    /// The filter whose response map the features describe, or nil for the intensities themselves.
    public private(set) var filter: FilterStep?
    /// Re-segmentation, discretisation, families and aggregations.
    public let features: ExtractionSettings
    /// What standardised uptake of PET is taken by when the image is read, or nil for stored values.
    public private(set) var uptake: UptakeMeasure?
    /// z-scores instead of the intensities that were read, or nil.
    public let normalisation: IntensityNormalisation?

    /// Creates settings.
    public init(
        planar: Bool = false, spacingMM: [Double]? = nil, interpolation: Interpolation = .linear,
        rounding: Bool = false,
        ringDefinition: RingDefinition = .surface, filter: FilterStep? = nil,
        features: ExtractionSettings = ExtractionSettings(), uptake: UptakeMeasure? = nil,
        normalisation: IntensityNormalisation? = nil
    ) {
        self.uptake = uptake
        self.normalisation = normalisation
        self.planar = planar
        self.spacingMM = spacingMM
        self.interpolation = interpolation
        self.rounding = rounding
        self.ringDefinition = ringDefinition
        self.filter = filter
        self.features = features
    }

    /// The same settings with another way to draw rings.
    public func with(ringDefinition: RingDefinition) -> ProcessingSettings {
        var copy = self
        copy.ringDefinition = ringDefinition
        return copy
    }

    /// The same settings with standardised uptake values.
    public func with(uptake: UptakeMeasure) -> ProcessingSettings {
        var copy = self
        copy.uptake = uptake
        return copy
    }

    /// The settings for a picture of one slice, where nobody chose others: planar, and aggregations and filter by slices.
    func followingPicture() -> ProcessingSettings {
        ProcessingSettings(
            planar: true, spacingMM: spacingMM, interpolation: interpolation, rounding: rounding,
            ringDefinition: ringDefinition,
            filter: filter.map { FilterStep($0.filter, dimensionality: .slices, boundary: $0.boundary) },
            features: ExtractionSettings(
                families: features.families, aggregations: [.slicesMerged], discretisation: features.discretisation,
                resegmentation: features.resegmentation,
                intensityVolumeHistogram: features.intensityVolumeHistogram,
                dependenceCoarseness: features.dependenceCoarseness,
                spatialAutocorrelation: features.spatialAutocorrelation,
                minimumVoxelCount: features.minimumVoxelCount), uptake: uptake, normalisation: normalisation)
    }

    /// The same settings with another filter.
    public func with(filter: FilterStep) -> ProcessingSettings {
        var copy = self
        copy.filter = filter
        return copy
    }
}

/// A filter with how it is applied, between interpolation and features (IBSI 2).
public struct FilterStep: Codable, Hashable, Sendable {
    /// What is computed.
    public let filter: Filter
    /// Whether slices are filtered one by one.
    public let dimensionality: Dimensionality
    /// How the image continues beyond its border.
    public let boundary: Boundary

    /// Creates a step.
    public init(_ filter: Filter, dimensionality: Dimensionality, boundary: Boundary) {
        self.filter = filter
        self.dimensionality = dimensionality
        self.boundary = boundary
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

extension ProcessingSettings {
    /// The settings of a name: those of `Preset`, and `ibsi2-` with the name of a test of IBSI 2 (`ibsi2-3.B`).
    ///
    /// The configurations of IBSI 2 phase 2 (`2.A` to `9.B`) describe the response on the CT phantom by statistics; those of
    /// phase 1 (`1.a.1` to `8.a.3`) are meant for the response maps of the digital phantoms.
    ///
    /// - Returns: nil for an unknown name.
    public init?(preset name: String) {
        if let preset = Preset(rawValue: name) {
            self = preset.settings
            return
        }
        guard name.hasPrefix("ibsi2-") else { return nil }
        let id = name.dropFirst(6)
        let statistics = FeatureFamily.statistics
        if let test = IBSI2Test.phase2.first(where: { $0.id == id }) {
            let isVolume = test.dimensionality == .volume
            self.init(
                planar: !isVolume, spacingMM: isVolume ? [1, 1, 1] : nil, interpolation: .cubicSpline, rounding: true,
                filter: FilterStep(test.filter, dimensionality: test.dimensionality, boundary: test.boundary),
                features: ExtractionSettings(
                    families: [statistics], resegmentation: Resegmentation(lower: -1000, upper: 400)))
        } else if let test = IBSI2Test.phase1.first(where: { $0.id == id }) {
            self.init(
                filter: FilterStep(test.filter, dimensionality: test.dimensionality, boundary: test.boundary),
                features: ExtractionSettings(families: [statistics]))
        } else {
            return nil
        }
    }

    /// Every name that `init(preset:)` knows.
    public static var presetNames: [String] {
        Preset.allCases.map(\.rawValue) + (IBSI2Test.phase1 + IBSI2Test.phase2).map { "ibsi2-\($0.id)" }
    }
}
