public import FoundationEssentials

/// A parameter or a cell, in PostgreSQL's text format (bytes as `\x` hexadecimal).
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

/// One row of a result.
public struct PostgresRow: Sendable {
    let columns: [String: Int]
    let cells: [String?]

    /// The text of a column, or `nil` for NULL.
    public func text(_ column: String) throws(RegistryError) -> String? {
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
        let value = Array(try string(column).utf8)
        guard value.count >= 2, value.count % 2 == 0, value[0] == 0x5C, value[1] == 0x78 else {
            throw .decoding("'\(column)' is not bytea")
        }
        var bytes = Data(capacity: value.count / 2)
        func digit(_ byte: UInt8) -> UInt8 { byte < 0x3A ? byte &- 0x30 : byte &- 0x57 }
        for index in stride(from: 2, to: value.count, by: 2) {
            bytes.append(digit(value[index]) << 4 | digit(value[index + 1]))
        }
        return bytes
    }

    /// A `text[]` of plain identifiers.
    public func list(_ column: String) throws(RegistryError) -> [String] {
        let value = try string(column)
        return value.dropFirst().dropLast().split(separator: ",").map { element in
            element.hasPrefix("\"") ? String(element.dropFirst().dropLast()) : String(element)
        }
    }
}
