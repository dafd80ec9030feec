/// What a site does with the pooled model.
public enum ComBatMethod: String, Sendable, Equatable, Codable, CaseIterable {
    /// Parametric empirical Bayes, per-feature fixed point to 1e-10 with absolute denominators.
    case parametric
    /// Parametric empirical Bayes with the stop rule of R `sva` and `neuroCombat` (signed denominators, 1e-4, all
    /// features of a batch together).
    case parametricSVA = "parametric-sva"
    /// As `parametricSVA`, and a feature that is constant within a batch stays in the priors with scale 1, as in R
    /// `neuroCombat`.
    case parametricNeuroCombat = "parametric-neurocombat"
    /// Non-parametric empirical Bayes: the posterior mean over the estimates of all other features (Johnson 2007, section
    /// 3.3), in logarithms, so that large batches do not underflow.
    case nonparametric
    /// Location and scale of the batch as they are.
    case withoutEB = "without-eb"
    /// Location only, shrunk by the batch's number of cases.
    case meanOnly = "mean-only"
    /// Location only with the rule of R `sva`, which shrinks as if each batch had one case and hardly harmonises.
    case meanOnlySVA = "mean-only-sva"

    /// Location only, non-parametric.
    case nonparametricMeanOnly = "nonparametric-mean-only"

    /// Whether it follows a rule of a published package.
    public var isOfPackage: Bool { hasSignedStop || self == .meanOnlySVA }

    var isLocationOnly: Bool { self == .meanOnly || self == .meanOnlySVA || self == .nonparametricMeanOnly }
    /// Whether the iteration stops by the signed rule of the packages.
    var hasSignedStop: Bool { self == .parametricSVA || self == .parametricNeuroCombat }
    var isNonparametric: Bool { self == .nonparametric || self == .nonparametricMeanOnly }
}
