public import Filters
public import Imaging
public import Radiomics

/// What a parameter file of PyRadiomics 3 says, by its own names.
public struct PyRadiomicsParameters: Codable, Hashable, Sendable {
    /// What decides the features of one image.
    public let settings: PyRadiomicsSettings
    /// `resampledPixelSpacing` in millimetres along x, y and z; nil for the image's own grid.
    public let resampledPixelSpacing: [Double]?
    /// `interpolator`.
    public let interpolator: Interpolation
    /// `padDistance`: voxels around the region that are kept when image and mask are resampled or cropped.
    public let padDistance: Int
    /// `preCrop`: whether the image is cropped around the region before filters.
    public let preCrop: Bool
    /// `imageType`: the images whose features are wanted.
    public let imageTypes: [ImageType]
    /// What standardised uptake of PET is taken by when the image is read: not PyRadiomics', which reads what is stored.
    public private(set) var uptake: UptakeMeasure?

    /// An image whose features are wanted.
    public struct ImageType: Codable, Hashable, Sendable {
        /// Its name, which begins the names of its features.
        public let name: String
        /// What makes it, or nil for the original.
        public let filter: Filter?
        /// `binWidth` for this image alone.
        public let binWidth: Double?
        /// `binCount` for this image alone.
        public let binCount: Int?

        /// How often a wavelet's low pass comes first, nil for never (`start_level`, and `level` above 1). PyRadiomics does
        /// not spread the filters between levels.
        public let approximations: Int?

        /// Creates an image type.
        public init(
            name: String, filter: Filter?, binWidth: Double? = nil, binCount: Int? = nil, approximations: Int = 0
        ) {
            self.name = name
            self.filter = filter
            self.binWidth = binWidth
            self.binCount = binCount
            self.approximations = approximations == 0 ? nil : approximations
        }

        /// The image as it was read.
        public static let original = ImageType(name: "original", filter: nil)
    }

    /// Creates parameters; the defaults are PyRadiomics'.
    public init(
        settings: PyRadiomicsSettings = PyRadiomicsSettings(), resampledPixelSpacing: [Double]? = nil,
        interpolator: Interpolation = .cubicSpline, padDistance: Int = 5, preCrop: Bool = false,
        imageTypes: [ImageType] = [.original]
    ) {
        self.settings = settings
        self.resampledPixelSpacing = resampledPixelSpacing
        self.interpolator = interpolator
        self.padDistance = padDistance
        self.preCrop = preCrop
        self.imageTypes = imageTypes
    }

    /// The same parameters for standardised uptake values.
    public func with(uptake: UptakeMeasure) -> PyRadiomicsParameters {
        var copy = self
        copy.uptake = uptake
        return copy
    }
}
