public import Harmonisation

/// What is to be fitted.
public struct HarmonisationPlan: Sendable {
    /// Column that names the batch.
    public let batchColumn: String
    /// Covariates whose effects are kept.
    public let design: [DesignColumn]
    /// Location and scale of batches.
    public let method: ComBatMethod
    /// Batch that the others are brought to.
    public let reference: String?
    /// Whether the batches' covariance is harmonised too (CovBat).
    public let hasCovariance: Bool
    /// Column that names the patient, who gets a random intercept.
    public let subjectColumn: String?
    /// Denominator for features with missing values.
    public let missing: MissingValues
    /// Classes of features with priors of their own; nil for one prior.
    public let classes: FeatureClasses?
    /// Transforms of features; nil without.
    public let transforms: FeatureTransforms?

    /// Creates a plan.
    ///
    /// - Throws: `LocalHarmonisationError.options` for parts that have no meaning together.
    public init(
        batchColumn: String, design: [DesignColumn] = [], method: ComBatMethod = .parametric, reference: String? = nil,
        hasCovariance: Bool = false, subjectColumn: String? = nil, missing: MissingValues = .values,
        classes: FeatureClasses? = nil, transforms: FeatureTransforms? = nil
    ) throws(LocalHarmonisationError) {
        let hasSmooth = design.contains { $0.smooth != nil }
        if subjectColumn != nil, hasSmooth || reference != nil || hasCovariance {
            throw .options("a random intercept cannot be had with smooth terms, a reference batch or CovBat yet")
        }
        if reference != nil, hasCovariance {
            throw .options("CovBat moves the rows of every batch; leave the reference out")
        }
        self.batchColumn = batchColumn
        self.design = design
        self.method = method
        self.reference = reference
        self.hasCovariance = hasCovariance
        self.subjectColumn = subjectColumn
        self.missing = missing
        self.classes = classes
        self.transforms = transforms
    }

    /// The model with the classes of its features.
    func classified(_ model: ComBatModel) throws -> ComBatModel {
        guard let classes else { return model }
        return model.grouping(try classes.classes(of: model.features))
    }
}
