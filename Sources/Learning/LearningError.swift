/// What stops a training, with the name of the culprit.
public enum LearningError: Error, Equatable, Sendable, CustomStringConvertible {
    /// All cases have the same outcome.
    case oneClass
    /// An outcome is neither 0 nor 1.
    case unknownOutcome
    /// The information matrix has no inverse.
    case collinear(column: String)
    /// Newton's method does not converge: the classes can be separated and there is no penalty.
    case separated
    /// The table does not have the model's columns.
    case columnsDiffer(String)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .oneClass: "all training cases have the same outcome; check outcome.column and outcome.event"
        case .unknownOutcome: "a case has no outcome; leave it out"
        case .collinear(let column):
            "column '\(column)' follows from the others; lower selection.maximum-correlation or raise model.lambda"
        case .separated:
            "the columns separate the classes, so that coefficients grow without bound; raise model.lambda"
        case .columnsDiffer(let column): "the table and the model differ in column '\(column)'"
        }
    }

    /// Position of an outcome in class blocks: 0 no event, 1 event.
    static func group(of outcome: Double) throws(LearningError) -> Int {
        switch outcome {
        case 0: return 0
        case 1: return 1
        default: throw .unknownOutcome
        }
    }
}
