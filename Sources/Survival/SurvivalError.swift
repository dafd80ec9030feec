/// What stops a survival analysis.
public enum SurvivalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The table does not have the covariates of the broadcast.
    case columnsDiffer
    /// A covariate has a value that is not finite.
    case notFinite(covariate: String)
    /// A time is negative or not finite.
    case badTime
    /// No event is compared with another case.
    case noEvents
    /// The likelihood has no maximum: a covariate orders the events perfectly, is constant, or follows from others.
    case noMaximum

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .columnsDiffer: "the table and the Cox model differ in their covariates"
        case .notFinite(let name): "covariate '\(name)' has missing or infinite values; complete it or leave cases out"
        case .badTime: "a time is negative or not finite"
        case .noEvents: "there is no event that can be compared with another case"
        case .noMaximum:
            "the Cox likelihood has no maximum: a covariate is constant, follows from others or orders the events "
                + "perfectly; leave it out or give a ridge"
        }
    }
}
