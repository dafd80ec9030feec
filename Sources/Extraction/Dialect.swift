public import Imaging

/// Whose definitions count, with the settings.
public enum Dialect: Sendable, Hashable, Codable {
    /// The Image Biomarker Standardisation Initiative.
    case ibsi(ProcessingSettings)
    /// PyRadiomics 3.
    case pyradiomics(PyRadiomicsParameters)

    /// Its name in a provenance.
    public var name: String {
        switch self {
        case .ibsi: "ibsi"
        case .pyradiomics: "pyradiomics"
        }
    }

    /// What standardised uptake of PET is taken by when the image is read, or nil for stored values.
    public var uptake: UptakeMeasure? {
        switch self {
        case .ibsi(let settings): settings.uptake
        case .pyradiomics(let parameters): parameters.uptake
        }
    }

    private enum CodingKeys: String, CodingKey {
        case ibsi, pyradiomics
    }

    /// Reads `{"ibsi": settings}` or `{"pyradiomics": settings}`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let settings = try container.decodeIfPresent(ProcessingSettings.self, forKey: .ibsi) {
            self = .ibsi(settings)
        } else {
            self = .pyradiomics(try container.decode(PyRadiomicsParameters.self, forKey: .pyradiomics))
        }
    }

    /// Writes what `init` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .ibsi(let settings): try container.encode(settings, forKey: .ibsi)
        case .pyradiomics(let settings): try container.encode(settings, forKey: .pyradiomics)
        }
    }

    /// What becomes of image and mask before the features.
    var processing: ProcessingSettings {
        switch self {
        case .ibsi(let settings): settings
        // PyRadiomics has no ring of its own; ours is drawn on the image's own grid.
        case .pyradiomics: ProcessingSettings()
        }
    }
}
