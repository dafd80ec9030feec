/// What can be wrong with the readings of an agreement study.
public enum AgreementError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A category is not one of the declared ones.
    case unknownCategory(position: Int, categories: Int)
    /// A case has another number of readings than the study has readers.
    case wrongReaders(expected: Int, found: Int)
    /// A reader's measurement is NaN or infinite.
    case notFinite(reader: Int)
    /// The tables of all pairs of readers would have too many cells.
    case tooManyCells(readers: Int, categories: Int, limit: Int)
    /// The values of the categories are not as many as the categories, or not in ascending order.
    case wrongValues(categories: Int)

    /// One sentence: what and remedy.
    public var description: String {
        switch self {
        case .unknownCategory(let position, let categories):
            "reading \(position + 1) is not one of the \(categories) declared categories; correct the readings table"
        case .wrongReaders(let expected, let found):
            "the readings table has \(found) readers where the study has \(expected); give one column a reader, "
                + "empty where a reading is missing"
        case .notFinite(let reader):
            "reader \(reader + 1): a measurement is NaN or infinite; correct it or leave the cell empty"
        case .tooManyCells(let readers, let categories, let limit):
            "\(readers) readers and \(categories) categories make more than \(limit) cells; join categories or "
                + "leave readers out"
        case .wrongValues(let categories):
            "values of categories: give one finite value for each of the \(categories) categories, in ascending order"
        }
    }
}
