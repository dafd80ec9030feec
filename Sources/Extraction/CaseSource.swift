/// The files of one case, or of one reading of it.
public struct CaseSource: Hashable, Sendable, Codable {
    /// Name of the case in the output.
    public let caseID: String
    /// Pseudonym of the reader, or empty.
    public let reader: String
    /// Image: a file, or the folder of a DICOM series.
    public let image: String
    /// Mask of the tumour.
    public let mask: String
    /// Label of the tumour in the mask; nil for every voxel that is not 0.
    public let label: Int?
    /// Name of the segment or region of interest in a DICOM mask, or nil.
    public let name: String?
    /// Mask of the organ in which rings must lie, or nil.
    public let organ: String?
    /// Masks of what rings must not touch: vessels, air, other lesions.
    public let excluded: [String]
    /// Image of a second phase on the same grid, for habitats by enhancement, or nil.
    public let phase2: String?
    /// Which picture of an ultrasound clip counts, from 1, or nil.
    public let frame: Int?
    /// Pixel spacing in millimetres that the site states for images that carry none.
    public let spacingMM: Double?

    /// Creates a source.
    public init(
        caseID: String = "case", reader: String = "", image: String, mask: String, label: Int? = nil,
        name: String? = nil, organ: String? = nil, excluded: [String] = [], phase2: String? = nil,
        frame: Int? = nil, spacingMM: Double? = nil
    ) {
        self.caseID = caseID
        self.reader = reader
        self.image = image
        self.mask = mask
        self.label = label
        self.name = name
        self.organ = organ
        self.excluded = excluded
        self.phase2 = phase2
        self.frame = frame
        self.spacingMM = spacingMM
    }
}
