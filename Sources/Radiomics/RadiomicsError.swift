/// Why an extraction was refused.
public enum RadiomicsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The named mask does not lie on the grid of the image.
    case geometryMismatch(mask: String)
    /// The morphological mask has no voxel.
    case emptyRegion
    /// No voxel is left in the intensity mask after re-segmentation.
    case emptyIntensityMask
    /// Voxels of the intensity mask hold NaN or infinity.
    case nonFiniteIntensities(count: Int)
    /// The discretisation gives more grey levels than `Limits.greyLevels`.
    case tooManyGreyLevels(count: Int, limit: Int)
    /// The intensity-volume histogram has more steps than `Limits.histogramSteps`.
    case tooManyHistogramSteps(count: Int, limit: Int)
    /// The bounding box of the region exceeds `Limits.boxVoxels` or `Limits.boxEdge`.
    case regionTooLarge(voxels: Int)
    /// A 2.5D or 3D aggregation was asked of an image with one slice.
    case aggregationNeedsVolume(aggregation: String)
    /// A setting has no meaning.
    case invalidSetting(field: String, remedy: String)
    /// A spacing of the grid is zero, negative or not finite.
    case invalidSpacing

    /// A sentence that names the field and the remedy.
    public var description: String {
        switch self {
        case .geometryMismatch(let mask):
            "The \(mask) mask is not on the grid of the image; resample it onto the image first."
        case .emptyRegion:
            "The morphological mask is empty; give a mask with at least one voxel inside."
        case .emptyIntensityMask:
            "No voxel is left after re-segmentation; widen resegmentation.range or drop resegmentation.outlierSigma."
        case .nonFiniteIntensities(let count):
            "\(count) voxels of the intensity mask are NaN or infinite; repair the image or cut them from the mask."
        case .tooManyGreyLevels(let count, let limit):
            "discretisation gives \(count) grey levels, more than \(limit); use a wider bin or a re-segmentation range."
        case .tooManyHistogramSteps(let count, let limit):
            "intensityVolumeHistogram has \(count) steps, more than \(limit); use a larger step."
        case .regionTooLarge(let voxels):
            "The bounding box of the region has \(voxels) voxels, more than the limit; resample to larger voxels."
        case .aggregationNeedsVolume(let aggregation):
            "aggregations asks for \(aggregation) of an image with one slice; choose a 2D aggregation."
        case .invalidSetting(let field, let remedy):
            "The setting \(field) has no meaning; \(remedy)."
        case .invalidSpacing:
            "The spacing of the image is not positive and finite; correct the geometry."
        }
    }
}
