public import Disclosure

/// Why a site's data cannot answer. Names columns and reasons, never a case.
public enum SiteDataError: Error, Equatable, Sendable, CustomStringConvertible {
    /// All cases of a training site have the same outcome.
    case oneClass(column: String, event: String)
    /// No case is left; reason codes with their counts stay at the site.
    case noUsableCase([String: Int])
    /// The values of a statistic's columns cannot be used.
    case statistic(String, reason: String)
    /// The site's policy does not let a class of its numbers be shown, without which the stage has nothing.
    case noConsent(ReleaseClass)
    /// A fold of the site has too few cases or one class: sums with it and without would tell what is in it.
    case foldTooSmall(folds: Int, minimum: Int)

    /// One sentence with the remedy; it may travel.
    public var description: String {
        switch self {
        case .oneClass(let column, let event):
            "all cases of the site have the same outcome, which its sums would tell; check column '\(column)' (event is '\(event)')"
        case .noConsent(let releaseClass):
            "the protocol's report shows numbers of the class '\(releaseClass.rawValue)', which the site's policy.releases lacks"
        case .foldTooSmall(let folds, let minimum):
            "one of the \(folds) folds of the site has fewer than \(minimum) cases or one class only, which sums without it would tell; "
                + "lower validation.folds"
        case .statistic(let subject, let reason): "statistic '\(subject)': \(reason)"
        case .noUsableCase(let failures):
            "no case of the site can be used (\(failures.keys.sorted().joined(separator: ", ")))"
        }
    }
}
