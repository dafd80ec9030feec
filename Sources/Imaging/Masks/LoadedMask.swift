/// A mask on the grid of its image, and what its user should know about it.
public struct LoadedMask: Sendable, Equatable {
    /// The region on the grid of the image, 1 inside.
    public let mask: Mask
    /// What is unusual; empty for most masks.
    public let warnings: [MaskWarning]

    /// Creates a loaded mask.
    public init(mask: Mask, warnings: [MaskWarning] = []) {
        self.mask = mask
        self.warnings = warnings
    }
}

/// Something unusual about a mask that does not prevent its use.
public enum MaskWarning: Sendable, Equatable, CustomStringConvertible {
    /// Slices of the image, from 0, that lie between contours and have none; they were left empty.
    case slicesWithoutContour([Int])
    /// Voxels in what surrounds the image of an ultrasound picture.
    case outsideFan(voxels: Int)

    /// The warning in a sentence.
    public var description: String {
        switch self {
        case .slicesWithoutContour(let slices):
            "\(slices.count) slices between the first and the last contour have no contour and stay empty, the first "
                + "is slice \(slices.first ?? 0) of the image; draw the region on every slice."
        case .outsideFan(let voxels):
            "\(voxels) voxels of the mask lie outside of the image in the ultrasound picture, in the black or the text around it; "
                + "check the mask."
        }
    }
}
