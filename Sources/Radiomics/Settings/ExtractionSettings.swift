/// How intensities become grey levels (IBSI 2.7).
public enum Discretisation: Codable, Hashable, Sendable {
    /// The intensities are grey levels already: integers from 1 upwards; others are refused.
    case none
    /// FBN: so many bins between the minimum and maximum of the intensity mask.
    case fixedBinNumber(count: Int)
    /// FBS: bins of this width from `origin`; without one, from the lower end of the re-segmentation range, and
    /// without that from the minimum of the intensity mask (which makes bins differ between patients).
    case fixedBinSize(width: Double, origin: Double?)
}

/// Which voxels leave the intensity mask (IBSI 2.6); the morphological mask never changes.
public struct Resegmentation: Codable, Hashable, Sendable {
    /// Lowest intensity that stays; nil for no bound.
    public let lower: Double?
    /// Highest intensity that stays; nil for no bound.
    public let upper: Double?
    /// Intensities further than this many standard deviations from the mean leave; nil for no outlier filter.
    public let outlierSigma: Double?

    /// Creates a rule; outliers are judged on the mask before the range is applied, and both results intersect.
    public init(lower: Double? = nil, upper: Double? = nil, outlierSigma: Double? = nil) {
        self.lower = lower
        self.upper = upper
        self.outlierSigma = outlierSigma
    }
}

/// The grey levels of the intensity-volume histogram (IBSI 3.6).
public enum IntensityVolumeHistogramSteps: Codable, Hashable, Sendable {
    /// Definite units: levels every `step` from the lower end of the range, intensities as they are (CT: 1 HU).
    case calibrated(step: Double)
    /// Definite units, continuous (PET): bins of this width, represented by their centres.
    case fixedBinSize(width: Double)
    /// Arbitrary units (MR, ultrasound): so many bins (IBSI recommends 1000).
    case fixedBinNumber(count: Int)
}

/// Everything that decides the values of an extraction, apart from image and masks.
public struct ExtractionSettings: Codable, Hashable, Sendable {
    /// Families to compute, in catalogue order without repeats.
    public let families: [FeatureFamily]
    /// Aggregations of the texture families, in catalogue order without repeats.
    public let aggregations: [TextureAggregation]
    /// Grey levels of histogram and texture.
    public let discretisation: Discretisation
    /// Which voxels the intensity mask loses.
    public let resegmentation: Resegmentation
    /// Levels of the intensity-volume histogram.
    public let intensityVolumeHistogram: IntensityVolumeHistogramSteps
    /// Largest grey level difference that counts as dependence (NGLDM), normally 0.
    public let dependenceCoarseness: Int
    /// Whether Moran's I and Geary's C are computed (a Fourier transform of the bounding box).
    public let spatialAutocorrelation: Bool
    /// Fewer voxels than this in a mask give the warning `too_few_voxels`.
    public let minimumVoxelCount: Int

    /// Creates settings; lists are put into catalogue order, so equal choices are equal settings.
    public init(
        families: [FeatureFamily] = FeatureFamily.allCases, aggregations: [TextureAggregation] = [.volumeMerged],
        discretisation: Discretisation = .fixedBinNumber(count: 32), resegmentation: Resegmentation = Resegmentation(),
        intensityVolumeHistogram: IntensityVolumeHistogramSteps = .fixedBinNumber(count: 1_000),
        dependenceCoarseness: Int = 0, spatialAutocorrelation: Bool = true, minimumVoxelCount: Int = 64
    ) {
        self.families = FeatureFamily.allCases.filter(families.contains)
        self.aggregations = TextureAggregation.allCases.filter(aggregations.contains)
        self.discretisation = discretisation
        self.resegmentation = resegmentation
        self.intensityVolumeHistogram = intensityVolumeHistogram
        self.dependenceCoarseness = dependenceCoarseness
        self.spatialAutocorrelation = spatialAutocorrelation
        self.minimumVoxelCount = minimumVoxelCount
    }

    /// The same settings for an intensity mask that is re-segmented already.
    public var withoutResegmentation: ExtractionSettings {
        ExtractionSettings(
            families: families, aggregations: aggregations, discretisation: discretisation,
            intensityVolumeHistogram: intensityVolumeHistogram, dependenceCoarseness: dependenceCoarseness,
            spatialAutocorrelation: spatialAutocorrelation, minimumVoxelCount: minimumVoxelCount)
    }

    /// Reads settings; a key that is left out has the default of the initialiser.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let standard = ExtractionSettings()
        self.init(
            families: try values.decodeIfPresent([FeatureFamily].self, forKey: .families) ?? standard.families,
            aggregations: try values.decodeIfPresent([TextureAggregation].self, forKey: .aggregations)
                ?? standard.aggregations,
            discretisation: try values.decodeIfPresent(Discretisation.self, forKey: .discretisation)
                ?? standard.discretisation,
            resegmentation: try values.decodeIfPresent(Resegmentation.self, forKey: .resegmentation)
                ?? standard.resegmentation,
            intensityVolumeHistogram: try values.decodeIfPresent(
                IntensityVolumeHistogramSteps.self, forKey: .intensityVolumeHistogram)
                ?? standard.intensityVolumeHistogram,
            dependenceCoarseness: try values.decodeIfPresent(Int.self, forKey: .dependenceCoarseness)
                ?? standard.dependenceCoarseness,
            spatialAutocorrelation: try values.decodeIfPresent(Bool.self, forKey: .spatialAutocorrelation)
                ?? standard.spatialAutocorrelation,
            minimumVoxelCount: try values.decodeIfPresent(Int.self, forKey: .minimumVoxelCount)
                ?? standard.minimumVoxelCount)
    }

    /// The definitions these settings give for a volume or a planar image, in the order of the result.
    ///
    /// Rule for planar images (one slice): of Morphology only centre of mass shift, Moran's I and Geary's C remain,
    /// the other 26 need a volume and are replaced by Planar shape; Local intensity (a sphere of 1 cm^3) is left out.
    /// For volumes Planar shape is left out.
    public func definitions(planar: Bool) -> [FeatureDefinition] {
        families.flatMap { family in definitions(of: family, planar: planar).map(\.feature) }
    }

    /// The definitions of one family, each with its place among the values of its aggregation.
    func definitions(
        of family: FeatureFamily, planar: Bool
    ) -> [(feature: FeatureDefinition, aggregation: Aggregation, position: Int)] {
        let existing = FeatureCatalogue.aggregations(of: family)
        let wanted = aggregations.map { existing.contains(.slices) ? $0.zone : $0.matrix }
        let used = existing == [.none] ? existing : existing.filter(wanted.contains)
        return used.flatMap { aggregation in
            FeatureCatalogue.definitions(family, aggregation).enumerated().compactMap { position, feature in
                exists(feature, planar: planar) ? (feature, aggregation, position) : nil
            }
        }
    }

    private func exists(_ feature: FeatureDefinition, planar: Bool) -> Bool {
        if !spatialAutocorrelation && (feature.ibsiID == "N365" || feature.ibsiID == "NPT7") { return false }
        return switch feature.family {
        case .morphology: !planar || ["KLMA", "N365", "NPT7"].contains(feature.ibsiID)
        case .planarShape: planar
        case .localIntensity: !planar
        default: true
        }
    }
}
