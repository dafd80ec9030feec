/// What PostgreSQL, or the way to it, says. Classes by SQLSTATE, never by text.
public enum RegistryError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The connection is gone or cannot be made; nothing was committed, the same call may succeed later.
    case connectionLost(String)
    /// The connection broke while COMMIT was under way: it may or may not have been carried out.
    case commitUnknown
    /// A primary key or unique constraint holds.
    case uniqueViolation(constraint: String)
    /// The role may not do that, or a trigger protects what is final.
    case insufficientPrivilege(String)
    /// A row lacks a column, or a value has another type: the schema is not the software's.
    case decoding(String)
    /// A migration that was applied has another text than this software's.
    case migrationChanged(String)
    /// Anything else.
    case other(sqlstate: String, message: String)

    /// Whether the same call may succeed later.
    public var isRetryable: Bool {
        switch self {
        case .connectionLost, .commitUnknown: true
        case .other(let state, _): ["40001", "40P01", "55P03", "57P01", "57P02", "57P03"].contains(state)
        default: false
        }
    }

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .connectionLost(let reason): "PostgreSQL cannot be reached: \(reason)"
        case .commitUnknown: "the connection to PostgreSQL broke during COMMIT"
        case .uniqueViolation(let constraint): "there is already such a row (\(constraint))"
        case .insufficientPrivilege(let message): "PostgreSQL refuses: \(message)"
        case .decoding(let what): "the database is not as expected: \(what); run `concord-coordinator migrate`"
        case .migrationChanged(let name):
            "migration \(name) was applied with another text; this database belongs to another version of Concord"
        case .other(let sqlstate, let message): "PostgreSQL \(sqlstate): \(message)"
        }
    }
}
