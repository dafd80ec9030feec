/// What stops a survival analysis.
public enum SurvivalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The table does not have the covariates of the broadcast.
    case columnsDiffer
    /// A covariate has a value that is not finite.
    case notFinite(covariate: String)
    /// A time is negative or not finite.
    case badTime
    /// Scores or events are not one a case.
    case lengthsDiffer(field: String)
    /// A score is NaN or infinite.
    case scoreNotFinite
    /// The points of a grid are none, not finite or not ascending.
    case badGrid(String)
    /// The grids of censoring and of the pairs do not end with the same time.
    case gridsEndApart
    /// Numbers at risk and of events do not belong together.
    case badTable
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
        case .lengthsDiffer(let field): "the field '\(field)' must have one value for each time"
        case .scoreNotFinite: "a score is NaN or infinite; exclude the case or correct its features"
        case .badGrid(let name): "the \(name) must be finite, ascending and at least one"
        case .gridsEndApart:
            "the times of the censoring and those of the grid must end with the same time, up to which events count"
        case .badTable: "more cases have the event than leave; all sites must count on the same grid"
        case .noEvents: "there is no event that can be compared with another case"
        case .noMaximum:
            "the Cox likelihood has no maximum: a covariate is constant, follows from others or orders the events "
                + "perfectly; leave it out or give a ridge"
        }
    }
}
