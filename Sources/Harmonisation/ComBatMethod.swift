/// What a site does with the pooled model.
public enum ComBatMethod: String, Sendable, Equatable, Codable, CaseIterable {
    /// Parametric empirical Bayes, per-feature fixed point to 1e-10 with absolute denominators.
    case parametric
    /// Parametric empirical Bayes with the stop rule of R `sva` and `neuroCombat` (signed denominators, 1e-4, all
    /// features of a batch together).
    case parametricSVA = "parametric-sva"
    /// Location and scale of the batch as they are.
    case withoutEB = "without-eb"
    /// Location only, shrunk by the batch's number of cases.
    case meanOnly = "mean-only"
    /// Location only with the rule of R `sva`, which shrinks as if each batch had one case and hardly harmonises.
    case meanOnlySVA = "mean-only-sva"

    var isLocationOnly: Bool { self == .meanOnly || self == .meanOnlySVA }
}
