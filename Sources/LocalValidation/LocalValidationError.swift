/// Why a table cannot be analysed, beyond what `TableError` says.
public enum LocalValidationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The table has no row.
    case noRows(file: String)
    /// A cell is empty where a number is needed.
    case missing(file: String, column: String, row: Int)
    /// An outcome is not 0 or 1.
    case notBinary(file: String, column: String, row: Int)
    /// No column has one of the names.
    case noColumn(file: String, names: [String])
    /// A standard error is not above 0.
    case badError(file: String, row: Int)
    /// A number is not in the range that its meaning has.
    case outside(file: String, row: Int, column: String, value: Double, range: String)
    /// A rating is no number where its level needs one.
    case notNumeric(column: String, row: Int)
    /// The model of some of the cases cannot be fitted.
    case noModel(of: String, reason: String)
    /// The options have no meaning together.
    case options(String)

    /// Checks numbers that were given as options.
    ///
    /// - Throws: `.options` naming the first that is not finite.
    public static func requireFinite(_ options: [(name: String, value: Double?)]) throws(LocalValidationError) {
        for (name, value) in options {
            if let value, !value.isFinite { throw .options("\(name): \(value) is no finite number") }
        }
    }

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .noRows(let file): "\(file): has no row"
        case .missing(let file, let column, let row):
            "\(file): row \(row), column '\(column)' is empty; complete it, or leave the row out"
        case .notBinary(let file, let column, let row):
            "\(file): row \(row), column '\(column)' is not 0 or 1"
        case .noColumn(let file, let names): "\(file): needs a column \(names.joined(separator: " or "))"
        case .badError(let file, let row): "\(file): row \(row): the standard error is not above 0"
        case .outside(let file, let row, let column, let value, let range):
            "\(file): row \(row), column '\(column)' is \(value), not \(range)"
        case .notNumeric(let column, let row):
            "row \(row), column '\(column)' is no number; give --level nominal or ordinal"
        case .noModel(let what, let reason):
            "the model of \(what) cannot be fitted: \(reason) (the penalty model.lambda is --ridge here)"
        case .options(let text): text
        }
    }
}
