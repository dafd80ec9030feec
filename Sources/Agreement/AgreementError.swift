/// What can be wrong with the readings of an agreement study.
public enum AgreementError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A category is not one of the declared ones.
    case unknownCategory(position: Int, categories: Int)

    /// One sentence: what and remedy.
    public var description: String {
        switch self {
        case .unknownCategory(let position, let categories):
            "reading \(position + 1) is not one of the \(categories) declared categories; correct the readings table"
        }
    }
}
