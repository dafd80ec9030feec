import Foundation
import Reporting

/// Prints a listing of the coordinator: an array of flat JSON objects.
enum ListingPrinter {
    /// - Parameter columns: columns of the table, in order; JSON and CSV have all.
    static func print(_ bytes: Data, columns: [String], format: OutputFormat) throws {
        guard format != .json else { return Terminal.data(String(decoding: bytes, as: UTF8.self)) }
        let rows = try JSONSerialization.jsonObject(with: bytes) as? [[String: Any]] ?? []
        switch format {
        case .json: break
        case .jsonl:
            for row in rows {
                let line = try JSONSerialization.data(
                    withJSONObject: row, options: [.sortedKeys, .withoutEscapingSlashes])
                Terminal.data(String(decoding: line, as: UTF8.self) + "\n")
            }
        case .csv:
            let all = Set(rows.flatMap(\.keys)).sorted()
            Terminal.data(
                ([all] + rows.map { row in all.map { quoted(text(row[$0])) } })
                    .map { $0.joined(separator: ",") + "\n" }.joined())
        case .table:
            Terminal.data(
                TextTable(columns: columns, rows: rows.map { row in columns.map { text(row[$0]) } }).text)
        }
    }

    static func text(_ value: Any?) -> String {
        switch value {
        case nil, is NSNull: return ""
        case let text as String:
            return text.count == 64 && text.allSatisfy(\.isHexDigit) ? String(text.prefix(16)) : text
        case let number as NSNumber:
            let value = number.doubleValue
            return value == value.rounded() && value.magnitude < 1e15
                ? "\(Int(value))" : NumberFormat.fixed(value, 4)
        default: return "\(value ?? "")"
        }
    }

    private static func quoted(_ cell: String) -> String {
        cell.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline })
            ? "\"" + cell.replacingOccurrences(of: "\"", with: "\"\"") + "\"" : cell
    }
}
