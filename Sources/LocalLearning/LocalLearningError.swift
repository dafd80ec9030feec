/// Why a model cannot be fitted or applied, beyond what `LearningError` and `TableError` say.
public enum LocalLearningError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The table has no row, or no feature.
    case empty(file: String)
    /// A cell of the outcome is not 0 or 1.
    case notBinary(file: String, column: String, row: Int)
    /// A feature is infinite.
    case infinite(file: String, column: String, row: Int)
    /// The options have no meaning together.
    case options(String)
    /// Text that is no model file, or one that was changed.
    case badModel(String)

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .empty(let file): "\(file): has no row, or no column that can be a feature"
        case .notBinary(let file, let column, let row):
            "\(file): row \(row), column '\(column)' is not 0 or 1; leave the row out"
        case .infinite(let file, let column, let row): "\(file): row \(row), column '\(column)' is infinite"
        case .options(let text): text
        case .badModel(let reason): "the model file cannot be used: \(reason)"
        }
    }
}
