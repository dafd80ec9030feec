public import Imaging

/// One case of a phantom cohort.
public struct PhantomCase: Sendable, Equatable {
    /// Clinical row.
    public let patient: PhantomPatient
    /// Image: one slice of 8-bit grey (ultrasound) or a volume in HU (CT).
    public let image: Volume
    /// Contours of the first and of the second reader, on the grid of the image.
    public let readerMasks: [Mask]
    /// The lesion as it is, on the grid of the image.
    public let truthMask: Mask
    /// Acquisition parameters: DICOM keyword to value, as DICOM writes it.
    public let acquisition: [String: String]

    /// Identifier within the cohort (`H1-0007`).
    public var caseID: String { patient.caseID }
    /// Microvascular invasion: 1 present, 0 absent.
    public var outcome: Int { patient.outcome }
    /// Age in years.
    public var age: Double { patient.age }
    /// Alpha-fetoprotein in ng/mL.
    public var afp: Double { patient.afp }
    /// Sex.
    public var sex: PhantomPatient.Sex { patient.sex }
}
