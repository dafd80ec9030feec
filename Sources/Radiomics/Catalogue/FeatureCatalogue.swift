/// One line of the catalogue, without the aggregation.
struct FeatureEntry: Sendable {
    let name: String
    let ibsiID: String?
    let tag: String
    let unit: String?

    init(_ name: String, _ ibsiID: String?, _ tag: String, unit: String? = nil) {
        self.name = name
        self.ibsiID = ibsiID
        self.tag = tag
        self.unit = unit
    }
}

/// Every feature this module can give, in the fixed order of results.
public enum FeatureCatalogue {
    /// All definitions: the 487 of IBSI 1 and those of planar shape.
    public static let all: [FeatureDefinition] = FeatureFamily.allCases.flatMap { family in
        aggregations(of: family).flatMap { definitions(family, $0) }
    }

    /// The definitions of a family and aggregation, in the order of their values; empty when they do not go together.
    public static func definitions(_ family: FeatureFamily, _ aggregation: Aggregation) -> [FeatureDefinition] {
        guard aggregations(of: family).contains(aggregation) else { return [] }
        return entries(of: family).map { entry in
            FeatureDefinition(
                family: family, aggregation: aggregation, name: entry.name, ibsiID: entry.ibsiID,
                tag: aggregation == .none ? entry.tag : entry.tag + "_" + aggregation.tagSuffix, unit: entry.unit)
        }
    }

    /// The aggregations that exist for a family.
    public static func aggregations(of family: FeatureFamily) -> [Aggregation] {
        switch family {
        case .morphology, .planarShape, .localIntensity, .statistics, .intensityHistogram, .intensityVolumeHistogram:
            [.none]
        case .cooccurrence, .runLength:
            [.slicesAveraged, .slicesMerged, .directionsMerged, .planesMerged, .volumeAveraged, .volumeMerged]
        case .sizeZone, .distanceZone, .neighbourhoodDifference, .neighbouringDependence:
            [.slices, .planes, .volume]
        }
    }

    private static func entries(of family: FeatureFamily) -> [FeatureEntry] {
        switch family {
        case .morphology: morphology
        case .planarShape: planarShape
        case .localIntensity: localIntensity
        case .statistics: statistics
        case .intensityHistogram: intensityHistogram
        case .intensityVolumeHistogram: intensityVolumeHistogram
        case .cooccurrence: cooccurrence
        case .runLength: runLength
        case .sizeZone: sizeZone
        case .distanceZone: distanceZone
        case .neighbourhoodDifference: neighbourhoodDifference
        case .neighbouringDependence: neighbouringDependence
        }
    }
}
