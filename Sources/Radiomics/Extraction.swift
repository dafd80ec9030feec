public import Imaging

/// Computes the features of one region.
///
/// The image is taken as it is: resampling, rounding and masks on the resampled grid are made before. The intensity
/// mask (by default the morphological mask) is re-segmented here and may be smaller or larger than the morphological
/// one. Values do not depend on the number of threads: everything runs in one, in a fixed order.
///
/// - Parameters:
///   - image: Intensities; a size of 1 along z makes it planar (see `ExtractionSettings.definitions(planar:)`).
///   - morphologicalMask: Where the region is, for shape and distances to the border.
///   - intensityMask: Which voxels contribute intensities, before re-segmentation; nil for the morphological mask.
///   - settings: Everything else that decides the values.
/// - Returns: Values in the order of `settings.definitions(planar:)`, NaN where a feature is not defined, with warnings.
/// - Throws: `RadiomicsError` when grids differ, a mask is empty or a setting has no meaning.
public func extract(
    image: Volume, morphologicalMask: Mask, intensityMask: Mask? = nil, settings: ExtractionSettings
) throws(RadiomicsError) -> ExtractionResult {
    let planar = image.geometry.size.z == 1
    if planar, let first = settings.aggregations.first(where: { $0.zone != .slices }) {
        throw .aggregationNeedsVolume(aggregation: first.matrix.rawValue)
    }
    guard (0...Limits.dependenceCoarseness).contains(settings.dependenceCoarseness) else {
        throw .invalidSetting(
            field: "dependenceCoarseness", remedy: "use a number from 0 to \(Limits.dependenceCoarseness)")
    }
    var region = try Region(
        image: image, morphologicalMask: morphologicalMask, intensityMask: intensityMask)
    try region.resegment(settings.resegmentation)
    return try RegionExtraction(image: image, region: region, settings: settings, planar: planar).result()
}

/// The families of one region, computed from shared intermediate results.
struct RegionExtraction {
    let image: Volume
    let region: Region
    let settings: ExtractionSettings
    let planar: Bool
    let grid: LevelGrid
    let histogram: [Int]
    let sorted: SortedIntensities
    let zones: (sizes: [Aggregation: [Double]], distances: [Aggregation: [Double]])

    init(image: Volume, region: Region, settings: ExtractionSettings, planar: Bool) throws(RadiomicsError) {
        self.init(
            image: image, region: region, settings: settings, planar: planar, levels: try region.levels(settings))
    }

    /// Creates an extraction with levels that are known, one for each voxel of the intensity mask.
    init(
        image: Volume, region: Region, settings: ExtractionSettings, planar: Bool,
        levels discretised: (levels: [UInt16], count: Int)
    ) {
        self.image = image
        self.region = region
        self.settings = settings
        self.planar = planar
        grid = LevelGrid(region: region, levels: discretised.levels, levelCount: discretised.count)
        var histogram = [Int](repeating: 0, count: discretised.count)
        for level in discretised.levels { histogram[Int(level) - 1] += 1 }
        self.histogram = histogram
        let families = settings.families
        sorted = SortedIntensities(
            families.contains(.statistics) || families.contains(.intensityVolumeHistogram) ? region.inside : [])
        let zoned = families.contains(.sizeZone) || families.contains(.distanceZone)
        let aggregations = zoned ? settings.aggregations.map(\.zone) : []
        zones = ZoneMatrices(region: region, grid: grid, withDistances: families.contains(.distanceZone))
            .values(aggregations)
    }

    func result() throws(RadiomicsError) -> ExtractionResult {
        let features = try features()
        return ExtractionResult(
            features: features, warnings: warnings(features), morphologicalVoxels: region.morphologicalCount,
            intensityVoxels: region.inside.count, greyLevels: grid.levelCount, resegmented: region.summary)
    }

    /// The values of all families, in the order of `settings.definitions(planar:)`; NaN where one is not defined.
    func features() throws(RadiomicsError) -> [FeatureValue] {
        var features: [FeatureValue] = []
        for family in settings.families {
            let values = try compute(family)
            for definition in settings.definitions(of: family, planar: planar) {
                let value = values[definition.aggregation]?[definition.position] ?? .nan
                features.append(FeatureValue(definition: definition.feature, value: value.isFinite ? value : .nan))
            }
        }
        return features
    }

    /// The values of a family by aggregation, in the order of the catalogue.
    func compute(_ family: FeatureFamily) throws(RadiomicsError) -> [Aggregation: [Double]] {
        let chosen = FeatureCatalogue.aggregations(of: family)
        let matrix = settings.aggregations.map(\.matrix).filter(chosen.contains)
        let zone = settings.aggregations.map(\.zone).filter(chosen.contains)
        switch family {
        case .morphology: return [.none: shape()]
        case .planarShape: return planar ? [.none: PlanarShape(region: region).values()] : [:]
        case .localIntensity:
            return planar ? [:] : [.none: LocalIntensity(image: image, region: region).values()]
        case .statistics:
            return [.none: IntensityStatistics.values(region.inside, sorted: sorted)]
        case .intensityHistogram: return [.none: IntensityHistogram.values(histogram)]
        case .intensityVolumeHistogram:
            return [
                .none: try IntensityVolumeHistogram.values(
                    sorted, steps: settings.intensityVolumeHistogram,
                    lower: settings.resegmentation.lower, upper: settings.resegmentation.upper)
            ]
        case .cooccurrence: return CooccurrenceMatrix(grid: grid).values(matrix)
        case .runLength: return RunLengthMatrix(grid: grid).values(matrix)
        case .sizeZone: return zones.sizes
        case .distanceZone: return zones.distances
        case .neighbourhoodDifference: return NeighbourhoodDifference(grid: grid).values(zone)
        case .neighbouringDependence:
            return NeighbouringDependence(grid: grid, coarseness: settings.dependenceCoarseness).values(zone)
        }
    }

    private func shape() -> [Double] {
        var values: [Double]
        if planar {
            values = [Double](repeating: .nan, count: 27)
            values[9] = CentreOfMass.shift(region: region, centre: PrincipalAxes(region: region).centre)
        } else {
            values = Morphology(region: region).values()
        }
        let possible = settings.spatialAutocorrelation && region.values.count <= Limits.autocorrelationVoxels
        return values + (possible ? SpatialAutocorrelation(region: region).values() : [.nan, .nan])
    }

    private func warnings(_ features: [FeatureValue]) -> [ExtractionWarning] {
        var warnings: [ExtractionWarning] = []
        let fewest = min(region.morphologicalCount, region.inside.count)
        if fewest < settings.minimumVoxelCount {
            warnings.append(
                ExtractionWarning(
                    code: .tooFewVoxels,
                    message: "A mask has \(fewest) voxels, fewer than \(settings.minimumVoxelCount)."))
        }
        if histogram.count(where: { $0 > 0 }) < 2 {
            warnings.append(
                ExtractionWarning(
                    code: .constantIntensity, message: "All voxels of the intensity mask have the same grey level."))
        }
        let parts = Components.count(region: region)
        if parts > 1 {
            warnings.append(
                ExtractionWarning(
                    code: .severalComponents,
                    message: "The morphological mask has \(parts) separate parts; shape features mix them."))
        }
        if settings.spatialAutocorrelation && region.values.count > Limits.autocorrelationVoxels {
            warnings.append(
                ExtractionWarning(
                    code: .tooManyVoxels,
                    message: "The bounding box is too large for Moran's I and Geary's C."))
        }
        let undefined = features.filter(\.value.isNaN).map(\.definition.column)
        if !undefined.isEmpty {
            warnings.append(
                ExtractionWarning(
                    code: .undefinedFeatures, message: "\(undefined.count) features are not defined for this region.",
                    features: undefined))
        }
        return warnings
    }
}
