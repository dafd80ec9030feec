/// Denominator of the residual variance of a feature with missing values: m values of N rows.
public enum MissingValues: String, Sendable, Equatable, Codable, CaseIterable {
    /// m, as R `neuroCombat` and as without missing values.
    case values = "m"
    /// m - 1, as R `sva`; features without missing values keep N only where no feature misses any.
    case valuesLessOne = "m-1"
}
