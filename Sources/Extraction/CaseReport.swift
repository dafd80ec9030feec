public import Imaging
import Radiomics

/// The features of one region of one case, with everything that they depend on: what `extract` writes.
public struct CaseReport: Sendable, Codable, Equatable {
    /// Name of the case.
    public let `case`: String
    /// Pseudonym of the reader, or empty.
    public let reader: String
    /// The region: `intratumoral`, `ring:0-3`.
    public let roi: String
    /// What the values depend on.
    public let provenance: Provenance
    /// What a reader of the values has to know.
    public let warnings: [Warning]
    /// The features in catalogue order.
    public let features: [Feature]
    /// How image and masks looked on the way.
    public let diagnostics: [Feature]
    /// What part of its region a habitat is; nil of other regions.
    public let habitat: HabitatShare?

    /// The same report with other features.
    func with(features: [Feature], diagnostics: [Feature]) -> CaseReport {
        CaseReport(
            case: self.case, reader: reader, roi: roi, provenance: provenance, warnings: warnings, features: features,
            diagnostics: diagnostics, habitat: habitat)
    }

    /// A habitat within its region.
    public struct HabitatShare: Sendable, Codable, Equatable {
        /// Share of the region's voxels, on the image's own grid.
        public let fraction: Double
        /// Mean of what is divided in each class, ascending; of the first phase for `phases`.
        public let centres: [Double]
    }

    /// A warning: a stable word, a sentence, and the columns concerned.
    public struct Warning: Sendable, Codable, Equatable {
        /// Stable word for programs.
        public let code: String
        /// A sentence for people.
        public let message: String
        /// Columns concerned; empty when it is about the region as a whole.
        public let features: [String]

        init(_ warning: ExtractionWarning) {
            code = warning.code.rawValue
            message = warning.message
            features = warning.features
        }

        init(_ warning: MaskWarning) {
            switch warning {
            case .slicesWithoutContour: code = "slices_without_contour"
            case .outsideFan: code = "outside_fan"
            }
            message = warning.description
            features = []
        }
    }

    /// A value with its identity; family, aggregation, name and id as in the IBSI tables.
    public struct Feature: Sendable, Codable, Equatable {
        /// Family: `Morphology`.
        public let family: String
        /// Aggregation: `3D, merged`, or empty.
        public let aggregation: String
        /// Name: `Volume (mesh)`.
        public let name: String
        /// Permanent IBSI identifier, or empty.
        public let ibsi: String
        /// Short IBSI tag.
        public let tag: String
        /// Column in a table.
        public let column: String
        /// The value; nil where the region does not define the feature.
        public let value: Double?
        /// How the value stood the disturbances; nil without any.
        public var robustness: FeatureRobustness?
    }

    /// What the values of a case depend on. Names no file and no patient.
    public struct Provenance: Sendable, Codable, Equatable {
        /// SHA-256 of the decoded intensities, 32-bit floats, little-endian, x fastest.
        public let pixelsSHA256: String
        /// SHA-256 of the second phase's decoded intensities, or nil without one.
        public let phase2SHA256: String?
        /// SHA-256 of the tumour mask, one byte a voxel.
        public let maskSHA256: String
        /// SHA-256 of the organ mask, or nil without one.
        public let organSHA256: String?
        /// SHA-256 of all masks of what rings must not touch together, or nil without one.
        public let excludedSHA256: String?
        /// The settings in full.
        public let configuration: Dialect
        /// SHA-256 of the settings' canonical form.
        public let configurationSHA256: String
        /// Which definitions count.
        public let dialect: String
        /// Name and version of the software.
        public let software: String
        /// The chosen picture of an ultrasound clip, from 1; nil of other images.
        public let frame: Int?
        /// The pixel spacing that the site stated, since the image has none.
        public let statedSpacingMM: Double?
        /// How PET values became standardised uptake; nil for intensities as they were stored.
        public let uptake: UptakeConversion?
        /// How the image was made: DICOM keywords that do not identify a patient.
        public let acquisition: [String: String]
        /// How image and mask were disturbed; nil without. It is not part of the configuration: values do not depend on it.
        public let perturbation: AppliedPerturbation?
    }
}

/// A case that could not be extracted.
public struct CaseFailure: Error, Sendable, Codable, Equatable {
    /// Name of the case.
    public let `case`: String
    /// Pseudonym of the reader, or empty.
    public let reader: String
    /// Stable word for programs.
    public let code: String
    /// The reason and the remedy in a sentence.
    public let message: String

    /// Creates a failure.
    public init(_ source: CaseSource, code: String, message: String) {
        self.case = source.caseID
        reader = source.reader
        self.code = code
        self.message = message
    }
}
