/// Which images a phantom cohort has.
public enum PhantomStudy: String, CaseIterable, Hashable, Sendable, Codable {
    /// Planar B-mode images of a liver lesion: 8-bit grey, one slice.
    case ultrasound
    /// Small CT volumes of a liver lesion, in Hounsfield units.
    case ct
}
