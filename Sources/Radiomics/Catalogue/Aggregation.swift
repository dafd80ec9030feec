/// How the matrices of slices and directions become one value; the raw value is the IBSI wording.
public enum Aggregation: String, CaseIterable, Codable, Hashable, Sendable {
    /// One value of the whole region, nothing to aggregate.
    case none = ""
    /// Features of every slice and direction, averaged.
    case slicesAveraged = "2D, averaged"
    /// Directions merged in every slice, features of the slices averaged.
    case slicesMerged = "2D, slice-merged"
    /// Slices merged for every in-plane direction, features of the directions averaged.
    case directionsMerged = "2.5D, direction-merged"
    /// All slices and in-plane directions merged.
    case planesMerged = "2.5D, merged"
    /// Features of the 13 directions, averaged.
    case volumeAveraged = "3D, averaged"
    /// All 13 directions merged.
    case volumeMerged = "3D, merged"
    /// Zones or neighbourhoods within slices, features of the slices averaged.
    case slices = "2D"
    /// Zones or neighbourhoods within slices, matrices of the slices merged.
    case planes = "2.5D"
    /// Zones or neighbourhoods in the volume.
    case volume = "3D"

    /// End of the IBSI tag, without the leading underscore.
    var tagSuffix: String {
        switch self {
        case .none: ""
        case .slicesAveraged: "2D_avg"
        case .slicesMerged: "2D_comb"
        case .directionsMerged: "2_5D_avg"
        case .planesMerged: "2_5D_comb"
        case .volumeAveraged: "3D_avg"
        case .volumeMerged: "3D_comb"
        case .slices: "2D"
        case .planes: "2_5D"
        case .volume: "3D"
        }
    }
}

/// The aggregations a caller may choose; zone, tone and dependence families follow the dimension of the choice.
public enum TextureAggregation: String, CaseIterable, Codable, Hashable, Sendable {
    /// 2D, averaged over slices and directions.
    case slicesAveraged = "2D_avg"
    /// 2D, directions merged within slices.
    case slicesMerged = "2D_comb"
    /// 2.5D, slices merged for every direction.
    case directionsMerged = "2_5D_avg"
    /// 2.5D, everything merged.
    case planesMerged = "2_5D_comb"
    /// 3D, averaged over directions.
    case volumeAveraged = "3D_avg"
    /// 3D, directions merged.
    case volumeMerged = "3D_comb"

    /// The aggregation of co-occurrence and run length features.
    public var matrix: Aggregation {
        switch self {
        case .slicesAveraged: .slicesAveraged
        case .slicesMerged: .slicesMerged
        case .directionsMerged: .directionsMerged
        case .planesMerged: .planesMerged
        case .volumeAveraged: .volumeAveraged
        case .volumeMerged: .volumeMerged
        }
    }

    /// The aggregation of zone, tone difference and dependence features.
    public var zone: Aggregation {
        switch self {
        case .slicesAveraged, .slicesMerged: .slices
        case .directionsMerged, .planesMerged: .planes
        case .volumeAveraged, .volumeMerged: .volume
        }
    }
}
