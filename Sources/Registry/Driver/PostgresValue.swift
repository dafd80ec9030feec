public import FoundationEssentials

/// A parameter or a cell: PostgreSQL's text format, or bytes.
public enum PostgresValue: Sendable, Equatable {
    /// SQL NULL.
    case null
    /// Text; numbers and times too, which PostgreSQL casts.
    case text(String)
    /// Bytes.
    case bytes(Data)

    /// An integer.
    public static func int(_ value: Int) -> PostgresValue { .text(String(value)) }
    /// A number, shortest form that reads back to the same bits.
    public static func double(_ value: Double?) -> PostgresValue { value.map { .text("\($0)") } ?? .null }
    /// A text or NULL.
    public static func optional(_ value: String?) -> PostgresValue { value.map { .text($0) } ?? .null }
    /// A list of texts as `text[]`.
    public static func list(_ values: [String]) -> PostgresValue {
        let quoted = values.map { value in
            "\"" + value.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined() + "\""
        }
        return .text("{" + quoted.joined(separator: ",") + "}")
    }
}

/// A statement with its parameters.
struct PostgresStatement: Sendable {
    let sql: String
    var parameters: [PostgresValue] = []
    /// Begins or ends a transaction, which is not worth preparing.
    var isControl = false

    static func control(_ sql: String) -> PostgresStatement { PostgresStatement(sql: sql, isControl: true) }
}

/// One row of a result.
public struct PostgresRow: Sendable {
    let columns: [String: Int]
    let cells: [PostgresValue?]

    /// The text of a column, or `nil` for NULL.
    public func text(_ column: String) throws(RegistryError) -> String? {
        switch try cell(column) {
        case .none, .null: return nil
        case .text(let text): return text
        case .bytes: throw .decoding("'\(column)' is bytea")
        }
    }

    private func cell(_ column: String) throws(RegistryError) -> PostgresValue? {
        guard let position = columns[column] else { throw .decoding("no column '\(column)'") }
        return cells[position]
    }

    /// The text of a column that is never NULL.
    public func string(_ column: String) throws(RegistryError) -> String {
        guard let value = try text(column) else { throw .decoding("'\(column)' is NULL") }
        return value
    }

    /// An integer that is never NULL.
    public func int(_ column: String) throws(RegistryError) -> Int {
        guard let value = Int(try string(column)) else { throw .decoding("'\(column)' is not an integer") }
        return value
    }

    /// A number, or `nil` for NULL.
    public func double(_ column: String) throws(RegistryError) -> Double? {
        guard let value = try text(column) else { return nil }
        guard let number = Double(value) else { throw .decoding("'\(column)' is not a number") }
        return number
    }

    /// Bytes that are never NULL.
    public func bytes(_ column: String) throws(RegistryError) -> Data {
        guard case .bytes(let data) = try cell(column) else { throw .decoding("'\(column)' is not bytea") }
        return data
    }

    /// A `text[]` of plain identifiers.
    public func list(_ column: String) throws(RegistryError) -> [String] {
        let value = try string(column)
        return value.dropFirst().dropLast().split(separator: ",").map { element in
            element.hasPrefix("\"") ? String(element.dropFirst().dropLast()) : String(element)
        }
    }
}
