/// Why a filter was refused.
public enum FilterError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The support of a mean filter is even, not positive or wider than `Limits.reach` allows.
    case invalidSupport(Int)
    /// A number is out of its range.
    case invalidParameter(name: String, remedy: String)
    /// No Laws kernel has the name.
    case unknownKernel(String)
    /// No wavelet family has the name.
    case unknownWavelet(String)
    /// The number of kernels or sub-band letters is not the number of axes.
    case wrongAxisCount(name: String, found: Int, needed: Int)
    /// A 3D filter was asked of an image with one slice.
    case needsVolume
    /// An axis has fewer voxels than the filter can be defined on.
    case imageTooSmall(axis: Int, voxels: Int, needed: Int)
    /// A filter in the Fourier domain was asked for with another boundary.
    case boundaryNotPeriodic(Boundary)
    /// The filter needs millimetres, but the spacing of the image is not known.
    case spacingUnknown
    /// A spacing of the grid is zero, negative or not finite.
    case invalidSpacing
    /// Voxels hold NaN or infinity, which a filter would spread.
    case nonFiniteIntensities(count: Int)

    /// A sentence that names the cause and the remedy.
    public var description: String {
        switch self {
        case .invalidSupport(let support):
            "A mean filter cannot have a support of \(support) voxels; use an odd number from 1 to \(2 * Limits.reach + 1)."
        case .invalidParameter(let name, let remedy):
            "The filter parameter \(name) has no meaning; \(remedy)."
        case .unknownKernel(let name):
            "There is no Laws kernel \(name); use \(LawsKernel.names)."
        case .unknownWavelet(let name):
            "There is no wavelet \(name); use \(WaveletFamily.allCases.map(\.rawValue).joined(separator: ", "))."
        case .wrongAxisCount(let name, let found, let needed):
            "\(name) names \(found) axes; name \(needed), x first, or change the dimensionality."
        case .needsVolume:
            "The image has one slice; filter it by slices."
        case .imageTooSmall(let axis, let voxels, let needed):
            "The image has \(voxels) voxels along axis \(axis); this filter needs \(needed) or more."
        case .boundaryNotPeriodic(let boundary):
            "The Simoncelli wavelet is periodic by definition, not \(boundary.rawValue); use the periodic boundary."
        case .spacingUnknown:
            "The filter is in millimetres, but the image has no calibration; give its spacing first."
        case .invalidSpacing:
            "The spacing of the image is not positive and finite; correct the geometry."
        case .nonFiniteIntensities(let count):
            "\(count) voxels are NaN or infinite; repair the image before filtering."
        }
    }
}
