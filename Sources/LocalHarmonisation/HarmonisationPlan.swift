public import Harmonisation

/// What is to be fitted.
public struct HarmonisationPlan: Sendable {
    /// Column that names the batch, or several whose effects add up, the coarsest first.
    public let batchColumns: [String]
    /// Covariates whose effects are kept.
    public let design: [DesignColumn]
    /// How the weights of smooth terms' penalties are chosen; nil for the lowest generalised cross-validation score, or
    /// restricted maximum likelihood beside random intercepts.
    public let penalty: PenaltyChoice?
    /// Location and scale of batches.
    public let method: ComBatMethod
    /// Batch that the others are brought to; of several columns a combination of levels (`BatchCombination`).
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
    /// A site with fewer rows of a combination of several batch columns refuses to sum them; one site sends nothing.
    public let combinationMinimum: Int
    /// What becomes of a batch of one row.
    public let singletons: Singletons

    /// What becomes of features with missing values beside CovBat.
    public let incomplete: Incomplete

    /// What becomes of features with missing values beside CovBat, which moves the scores of whole rows.
    public enum Incomplete: String, Sendable, CaseIterable {
        /// The fit is refused.
        case refuse
        /// They keep ComBat's values; correlations are harmonised of the other features.
        case combat
    }

    /// What becomes of a batch of one row, whose scale cannot be told; of several batch columns a level of the first.
    public enum Singletons: String, Sendable, CaseIterable {
        /// The fit is refused.
        case refuse
        /// It gets a location only, the other batches keep their scale.
        case location
    }

    /// Whether a batch of one row is fitted: by itself, or as all batches where no batch gets a scale.
    var takesSingletons: Bool {
        switch method {
        case .meanOnly, .meanOnlySVA, .nonparametricMeanOnly: true
        default: singletons == .location
        }
    }

    /// Creates a plan.
    ///
    /// - Throws: `LocalHarmonisationError.options` for parts that have no meaning together.
    public init(
        batchColumns: [String], design: [DesignColumn] = [], method: ComBatMethod = .parametric,
        reference: String? = nil, hasCovariance: Bool = false, subjectColumn: String? = nil,
        missing: MissingValues = .values, classes: FeatureClasses? = nil, transforms: FeatureTransforms? = nil,
        combinationMinimum: Int = 1, singletons: Singletons = .refuse, penalty: PenaltyChoice? = nil,
        incomplete: Incomplete = .refuse
    ) throws(LocalHarmonisationError) {
        if singletons == .location, method == .withoutEB {
            throw .options(
                "--singletons location: without empirical Bayes nothing of a batch of one row but the mean would be left; "
                    + "take --method parametric")
        }
        if incomplete == .combat, !hasCovariance {
            throw .options("--incomplete combat says what becomes of gaps beside --covbat; leave it out")
        }
        if let penalty {
            guard !design.smoothGroups.isEmpty else {
                throw .options("--penalty: no covariate is smooth; name one with --smooth, or leave the option out")
            }
            guard subjectColumn == nil || penalty == .restrictedLikelihood else {
                throw .options(
                    "--penalty \(penalty.name): beside random intercepts penalties are of restricted maximum likelihood; "
                        + "take reml, or leave the option out")
            }
        }
        guard !batchColumns.isEmpty, Set(batchColumns).count == batchColumns.count else {
            throw .options("--batch: give one column, or several different ones")
        }
        if batchColumns.count > 1 {
            if let reference {
                let levels = BatchCombination.levels(of: reference)
                guard levels.count == batchColumns.count else {
                    throw .options(
                        "--reference: '\(levels.joined(separator: ","))' is not one level of each of "
                            + "\(batchColumns.joined(separator: ","))")
                }
            }
            guard !method.isOfPackage, missing == .values else {
                throw .options(
                    "no package fits several batch columns in one model, so that there is nothing to be compatible with; "
                        + "leave --compat out")
            }
        }
        self.batchColumns = batchColumns
        self.combinationMinimum = combinationMinimum
        self.singletons = singletons
        self.incomplete = incomplete
        self.design = design
        self.penalty = penalty
        self.method = method
        self.reference = reference
        self.hasCovariance = hasCovariance
        self.subjectColumn = subjectColumn
        self.missing = missing
        self.classes = classes
        self.transforms = transforms
    }

    /// How the weights are chosen where no patient has an intercept.
    var chosenPenalty: PenaltyChoice { penalty ?? .generalisedCrossValidation }

    /// The model with the classes of its features.
    func classified(_ model: ComBatModel) throws -> ComBatModel {
        guard let classes else { return model }
        return model.grouping(try classes.classes(of: model.features))
    }
}
