/// An image as read from a file or a folder.
public struct LoadedImage: Sendable, Equatable {
    /// The voxels on their grid; planar images have one slice.
    public let volume: Volume
    /// How the image was made: DICOM keywords and values, none of which identifies a patient. Empty for other formats.
    public let tags: [String: String]
    /// Boxes of an ultrasound picture that the file calls image, none for the whole of it; nil for other images.
    let pictureBoxes: [UltrasoundFan.Box]?

    /// Whether the file holds whole numbers, by their type and not by chance.
    public let holdsIntegers: Bool
    /// How the intensities became standardised uptake values; nil for intensities as they were stored.
    public let uptake: UptakeConversion?

    /// Part of an ultrasound picture that is image, by its brightness; nil for other images, and where all is black.
    public var fanMask: Mask? { pictureBoxes.flatMap { UltrasoundFan.mask(volume, boxes: $0) } }

    /// Whether the spacing of the voxels is a measurement and not a placeholder.
    public var spacingKnown: Bool { volume.geometry.spacingKnown }

    init(
        volume: Volume, tags: [String: String] = [:], pictureBoxes: [UltrasoundFan.Box]? = nil,
        holdsIntegers: Bool = false, uptake: UptakeConversion? = nil
    ) {
        self.uptake = uptake
        self.volume = volume
        self.tags = tags
        self.pictureBoxes = pictureBoxes
        self.holdsIntegers = holdsIntegers
    }

    /// The same image with other tags.
    public func with(tags: [String: String]) -> LoadedImage {
        LoadedImage(
            volume: volume, tags: tags, pictureBoxes: pictureBoxes, holdsIntegers: holdsIntegers, uptake: uptake)
    }

    /// The same image with a spacing that the user states, in millimetres.
    ///
    /// - Throws: `ImagingError.invalidParameter` when the spacing is not positive and finite.
    public func stating(spacing: Vector3) throws(ImagingError) -> LoadedImage {
        LoadedImage(
            volume: try volume.stating(spacing: spacing), tags: tags, pictureBoxes: pictureBoxes,
            holdsIntegers: holdsIntegers, uptake: uptake)
    }
}
