/// A feature and its value.
public struct FeatureValue: Hashable, Sendable, Codable {
    /// What the feature is.
    public let definition: FeatureDefinition
    /// The value; NaN when it is not defined for this region, and then a warning says so.
    public let value: Double

    /// Creates a value.
    public init(definition: FeatureDefinition, value: Double) {
        self.definition = definition
        self.value = value
    }
}

/// Something a reader of the values has to know.
public struct ExtractionWarning: Hashable, Sendable, Codable {
    /// Machine-readable kinds of warnings.
    public enum Code: String, Hashable, Sendable, Codable, CaseIterable {
        /// All voxels of the intensity mask have one intensity, or fall into one grey level.
        case constantIntensity = "constant_intensity"
        /// A mask has fewer voxels than `ExtractionSettings.minimumVoxelCount`.
        case tooFewVoxels = "too_few_voxels"
        /// The morphological mask consists of several 26-connected (planar: 8-connected) parts.
        case severalComponents = "several_components"
        /// The bounding box is too large for Moran's I and Geary's C (`Limits.autocorrelationVoxels`).
        case tooManyVoxels = "too_many_voxels"
        /// Some features are not defined for this region; `features` names their columns.
        case undefinedFeatures = "undefined_features"
    }

    /// What kind of warning it is.
    public let code: Code
    /// A sentence for people.
    public let message: String
    /// Columns concerned; empty when the warning is about the region as a whole.
    public let features: [String]

    /// Creates a warning.
    public init(code: Code, message: String, features: [String] = []) {
        self.code = code
        self.message = message
        self.features = features
    }
}

/// The features of one region.
public struct ExtractionResult: Hashable, Sendable, Codable {
    /// Values in the order of `ExtractionSettings.definitions(planar:)`.
    public let features: [FeatureValue]
    /// Warnings; every NaN among the values is named by one of them.
    public let warnings: [ExtractionWarning]
    /// Voxels in the morphological mask.
    public let morphologicalVoxels: Int
    /// Voxels in the intensity mask after re-segmentation.
    public let intensityVoxels: Int
    /// Number of grey levels after discretisation.
    public let greyLevels: Int
    /// The masks after re-segmentation.
    public let resegmented: MaskSummary

    /// Creates a result.
    public init(
        features: [FeatureValue], warnings: [ExtractionWarning], morphologicalVoxels: Int, intensityVoxels: Int,
        greyLevels: Int, resegmented: MaskSummary
    ) {
        self.features = features
        self.warnings = warnings
        self.morphologicalVoxels = morphologicalVoxels
        self.intensityVoxels = intensityVoxels
        self.greyLevels = greyLevels
        self.resegmented = resegmented
    }
}
