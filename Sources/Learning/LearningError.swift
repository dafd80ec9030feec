import Federation

/// What stops a training, with the name of the culprit.
public enum LearningError: Error, Equatable, Sendable, CustomStringConvertible {
    /// All cases have the same outcome, or a class has too few cases for its spread.
    case oneClass
    /// There is no case to add up.
    case noCases
    /// An outcome is neither 0 nor 1.
    case unknownOutcome
    /// Features have missing or infinite values.
    case missingValues(features: [String])
    /// The column is constant (`with` is empty), or follows from the ones listed.
    case collinear(column: String, with: [String])
    /// The maximum likelihood is at infinity: the classes can be separated. The column is the one that moves most.
    case separated(column: String)
    /// A case is in a fold that there is not.
    case badFold
    /// A model of a path does not come to its optimum: the feature that is farthest from it (none for the intercept), and how far.
    case noOptimum(feature: String?, lambda: Double, violation: Double, rounds: Int)
    /// No feature has a relation to the outcome, so that there is no path of penalties.
    case noPenalty
    /// The scores do not vary, or one is no number.
    case constantScore
    /// A bin of the feature is beyond the number of its bins.
    case badBin(feature: String)
    /// The table, or the broadcast, does not have the model's columns.
    case columnsDiffer(String)
    /// A broadcast asks for models or features that there are not.
    case badRequest
    /// Cases are to be drawn, but have no keys.
    case noCaseKeys
    /// The trees are so deep that a background would be more counts than this.
    case tooManyPatterns(limit: Int)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .oneClass: return "all training cases have the same outcome; check its column and which value is the event"
        case .noCases: return "there is no case; give a table with rows, or fewer folds"
        case .unknownOutcome: return "a case has no outcome; leave it out"
        case .missingValues(let features):
            let names = features.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
            let rest = features.count > 5 ? " and \(features.count - 5) more" : ""
            return "missing or infinite values in \(names)\(rest); leave the features out or complete them"
        case .collinear(let column, let others) where others.isEmpty:
            return "column '\(column)' does not vary; leave it out"
        case .collinear(let column, let others):
            return "column '\(column)' follows from \(others.map { "'\($0)'" }.joined(separator: ", ")); "
                + "lower selection.maximum-correlation or raise model.lambda"
        case .separated(let column):
            return "the columns separate the classes ('\(column)' above all), so that coefficients grow without bound; "
                + "raise model.lambda"
        case .badFold: return "a case is in a fold beyond the number of folds"
        case .noOptimum(let feature, let lambda, let violation, let rounds):
            let place =
                feature.map { "above all for '\($0)'; leave that feature out, transform it (logarithm, ranks) or" }
                ?? "above all for its intercept;"
            return "the model of penalty \(lambda) is \(violation) from its optimum after \(rounds) rounds, \(place) "
                + "end the path at a larger penalty"
        case .noPenalty: return "no penalised feature varies with the outcome; give the penalties, or other features"
        case .constantScore: return "the scores do not vary, or one is missing; complete them or use another model"
        case .badBin(let feature):
            return "feature '\(feature)' has a bin beyond its edges; code it with the study's edges"
        case .columnsDiffer(let column): return "the table and the model differ in column '\(column)'"
        case .badRequest:
            return
                "the coordinator asks for models or features that there are not; use one version of the software everywhere"
        case .noCaseKeys:
            return "cases are to be drawn by their names, but the table has none; name the column of the cases"
        case .tooManyPatterns(let limit):
            return
                "the trees have more than \(limit) combinations of conditions; explain them along their covers, or grow fewer levels"
        }
    }

    /// Position of an outcome in class blocks: 0 no event, 1 event.
    package static func group(of outcome: Double) throws(LearningError) -> Int {
        switch outcome {
        case 0: return 0
        case 1: return 1
        default: throw .unknownOutcome
        }
    }
}

extension CaseTable {
    /// Throws the names of all features with a value that is not finite.
    package func requireFiniteFeatures() throws(LearningError) {
        let p = featureCount
        let culprits = (0..<p).filter { column in !(0..<count).allSatisfy { features[$0 * p + column].isFinite } }
        guard culprits.isEmpty else { throw .missingValues(features: culprits.map { featureNames[$0] }) }
    }

    /// Throws unless the feature columns are those named, in that order.
    func requireColumns(_ columns: [String]) throws(LearningError) {
        guard featureNames != columns else { return }
        let pair = zip(featureNames, columns).first { $0 != $1 }
        throw .columnsDiffer(
            pair?.0 ?? (featureCount > columns.count ? featureNames[columns.count] : columns[featureCount]))
    }
}
