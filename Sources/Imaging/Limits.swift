/// What the readers and region operations accept. A file beyond a limit is refused before memory is taken for it.
public enum Limits {
    /// Largest file read, in bytes.
    public static let fileBytes = 4 << 30
    /// Largest number of voxels of one image.
    public static let voxels = 1 << 29
    /// Largest number of voxels along one axis.
    public static let axisVoxels = 65_535
    /// Largest number of files looked at in a DICOM folder.
    public static let seriesFiles = 20_000
    /// Largest number of frames of a DICOM segmentation.
    public static let segmentationFrames = 1 << 14
    /// Largest number of segments of a DICOM segmentation, and of regions of a structure set.
    public static let maskRegions = 4_096
    /// Largest number of contours of a DICOM structure set.
    public static let contours = 1 << 18
    /// Largest number of points of all contours of a DICOM structure set.
    public static let contourPoints = 1 << 24
    /// Longest NRRD header, in bytes.
    public static let textHeaderBytes = 1 << 16
    /// Largest expansion of compressed data that deflate can reach (1032, RFC 1951), with a margin.
    public static let compressionRatio = 1_100
    /// Smallest and largest accepted voxel spacing, in millimetres.
    public static let spacingMM = 1e-4...1e4
    /// Largest coordinate of an image origin, in millimetres.
    public static let originMM = 1e7
    /// By default, the largest displacement in millimetres between a voxel of the image and the same voxel of the mask.
    public static let geometryToleranceMM = 0.01
    /// Largest distance between contours of one slice, in slice spacings; above it they were drawn on other slices.
    public static let contourDepthSpread = 0.1
    /// Largest ring distance, in millimetres.
    public static let ringMM = 200.0
    /// By default, the smallest number of voxels of a ring.
    public static let ringVoxels = 10
    /// Largest number of points of the sub-voxel grid of a ring.
    public static let ringGridPoints = 1 << 26
    /// Largest resampled image, in voxels.
    public static let resampledVoxels = 1 << 28
}
