/// One thing that PyRadiomics does in another way than the IBSI settings say, in the order in which they are exchanged.
public enum DialectCause: String, Codable, Sendable, CaseIterable {
    /// Intensities are not rounded.
    case rounding
    /// Intensities become z-scores of the whole image.
    case normalisation
    /// The kernel of the interpolation of intensities.
    case interpolation
    /// The grid: corners coincide, not centres; another spacing; the border.
    case grid
    /// Fractions of an image of integers are cut off after interpolation.
    case integers
    /// The mask is sampled by the nearest voxel, not linearly and inside from one half.
    case mask
    /// Which intensities count: range, outliers.
    case resegmentation
    /// The edges of the bins.
    case greyLevels = "grey-levels"
    /// The largest difference of levels that is dependence.
    case dependence
    /// How directions and slices are merged or averaged.
    case aggregation
    /// The formula.
    case definition
    /// What is left although the formula is the same: never, unless this program is wrong.
    case unexplained

    /// What was changed, in a sentence for people.
    public var sentence: String {
        switch self {
        case .rounding: "intensities are not rounded to whole numbers"
        case .normalisation: "intensities are z-scores of the whole image"
        case .interpolation: "intensities are interpolated by PyRadiomics' interpolator"
        case .grid: "PyRadiomics' grid: corners coincide, not centres"
        case .integers: "fractions of interpolated integers are cut off"
        case .mask: "the mask is sampled by the nearest voxel, not linearly and inside from one half"
        case .resegmentation: "PyRadiomics' range of intensities decides which voxels count"
        case .greyLevels: "PyRadiomics' bins: edges at multiples of the width, or its number"
        case .dependence: "dependence needs equal grey levels"
        case .aggregation: "PyRadiomics' aggregation of directions and slices"
        case .definition: "the definitions differ"
        case .unexplained: "not explained"
        }
    }
}
