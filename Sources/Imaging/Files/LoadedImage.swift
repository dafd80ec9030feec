/// An image as read from a file or a folder.
public struct LoadedImage: Sendable, Equatable {
    /// The voxels on their grid; planar images have one slice.
    public let volume: Volume
    /// How the image was made: DICOM keywords and values, none of which identifies a patient. Empty for other formats.
    public let tags: [String: String]
    /// Part of an ultrasound picture that is image, or nil when the file does not say.
    public let fanMask: Mask?

    /// Whether the file holds whole numbers, by their type and not by chance.
    public let holdsIntegers: Bool
    /// How the intensities became standardised uptake values; nil for intensities as they were stored.
    public let uptake: UptakeConversion?

    /// Whether the spacing of the voxels is a measurement and not a placeholder.
    public var spacingKnown: Bool { volume.geometry.spacingKnown }

    /// Creates a loaded image.
    public init(
        volume: Volume, tags: [String: String] = [:], fanMask: Mask? = nil, holdsIntegers: Bool = false,
        uptake: UptakeConversion? = nil
    ) {
        self.uptake = uptake
        self.volume = volume
        self.tags = tags
        self.fanMask = fanMask
        self.holdsIntegers = holdsIntegers
    }

    /// The same image with a spacing that the user states, in millimetres.
    ///
    /// - Throws: `ImagingError.invalidParameter` when the spacing is not positive and finite.
    public func stating(spacing: Vector3) throws(ImagingError) -> LoadedImage {
        LoadedImage(
            volume: try volume.stating(spacing: spacing), tags: tags, fanMask: try fanMask?.stating(spacing: spacing),
            holdsIntegers: holdsIntegers, uptake: uptake)
    }
}
