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

    /// Creates a plan.
    ///
    /// - Throws: `LocalHarmonisationError.options` for parts that have no meaning together.
    public init(
        batchColumn: String, design: [DesignColumn] = [], method: ComBatMethod = .parametric, reference: String? = nil,
        hasCovariance: Bool = false, subjectColumn: String? = nil, missing: MissingValues = .values
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
    }
}
