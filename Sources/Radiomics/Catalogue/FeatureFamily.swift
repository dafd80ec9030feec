/// A family of features, named as in the IBSI reference manual; the raw value is the manual's title.
public enum FeatureFamily: String, CaseIterable, Codable, Hashable, Sendable {
    /// Shape of the morphological mask in three dimensions.
    case morphology = "Morphology"
    /// Shape of the morphological mask of a planar image (no IBSI family; definitions as in PyRadiomics' shape2D).
    case planarShape = "Planar shape"
    /// Mean intensity in a sphere of one cubic centimetre.
    case localIntensity = "Local intensity"
    /// Statistics of the intensities as they are.
    case statistics = "Statistics"
    /// Statistics of the discretised intensities.
    case intensityHistogram = "Intensity histogram"
    /// Volume above an intensity, and intensity above a volume.
    case intensityVolumeHistogram = "Intensity volume histogram"
    /// Grey level co-occurrence (GLCM).
    case cooccurrence = "Co-occurrence matrix"
    /// Grey level run length (GLRLM).
    case runLength = "Run length matrix"
    /// Grey level size zone (GLSZM).
    case sizeZone = "Size zone matrix"
    /// Grey level distance zone (GLDZM).
    case distanceZone = "Distance zone matrix"
    /// Neighbourhood grey tone difference (NGTDM).
    case neighbourhoodDifference = "Neighbourhood grey tone difference matrix"
    /// Neighbouring grey level dependence (NGLDM).
    case neighbouringDependence = "Neighbouring grey level dependence matrix"

    /// First part of a column name.
    public var prefix: String {
        switch self {
        case .morphology: "morphology"
        case .planarShape: "planar"
        case .localIntensity: "local"
        case .statistics: "statistics"
        case .intensityHistogram: "histogram"
        case .intensityVolumeHistogram: "ivh"
        case .cooccurrence: "glcm"
        case .runLength: "glrlm"
        case .sizeZone: "glszm"
        case .distanceZone: "gldzm"
        case .neighbourhoodDifference: "ngtdm"
        case .neighbouringDependence: "ngldm"
        }
    }
}
