/// Why a model cannot be fitted or applied, beyond what `LearningError` and `TableError` say.
public enum LocalLearningError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The table has no row, or no feature.
    case empty(file: String)
    /// A cell of the outcome is not 0 or 1.
    case notBinary(file: String, column: String, row: Int)
    /// The options have no meaning together.
    case options(String)
    /// No feature is left after a step of the selection.
    case nothingSelected(step: String)
    /// A part of the table, such as a training fold, has too little to fit.
    case tooFew(part: String, reason: String)
    /// Text that is no model file, or one that was changed.
    case badModel(String)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .empty(let file): "\(file): has no row, or no column that can be a feature"
        case .notBinary(let file, let column, let row):
            "\(file): row \(row), column '\(column)' is not 0 or 1; leave the row out"
        case .options(let text): text
        case .nothingSelected(let step): "selection of features: none is left after '\(step)'; give it a weaker limit"
        case .tooFew(let part, let reason): "\(part): \(reason); use fewer folds or merge sites"
        case .badModel(let reason): "the model file cannot be used: \(reason)"
        }
    }
}
