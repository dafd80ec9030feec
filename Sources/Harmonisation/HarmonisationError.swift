/// What stops a harmonisation, with the name of the culprit. NaN never comes out.
public enum HarmonisationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no case.
    case noCases
    /// A feature has missing or infinite values.
    case missingValues(feature: String)
    /// A covariate has missing or infinite values.
    case missingCovariate(String)
    /// The covariate is constant within every batch, or follows from the ones before it.
    case confounded(covariate: String)
    /// More unknowns than cases.
    case tooFewCases(cases: Int, needed: Int)
    /// A batch has too few cases to estimate its location and scale.
    case batchTooSmall(cases: Int, minimum: Int)
    /// The table does not have the model's columns.
    case columnsDiffer(String)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .noCases: "there is no case to harmonise"
        case .missingValues(let feature):
            "feature '\(feature)' has missing or infinite values; leave the feature out or complete it"
        case .missingCovariate(let name):
            "covariate '\(name)' has missing or infinite values; complete it or leave the cases out"
        case .confounded(let covariate):
            "covariate '\(covariate)' does not vary within the batches, or follows from the other covariates; "
                + "remove it from harmonisation.covariates"
        case .tooFewCases(let cases, let needed): "\(cases) cases where the design needs more than \(needed)"
        case .batchTooSmall(let cases, let minimum):
            "a batch has \(cases) cases, fewer than the minimum of \(minimum); merge it with another or leave it out"
        case .columnsDiffer(let column): "the table and the ComBat model differ in column '\(column)'"
        }
    }
}
