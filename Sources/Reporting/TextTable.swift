/// A table for a terminal: columns padded to their widest cell, two spaces between, no lines.
public struct TextTable: Sendable, Equatable {
    /// Titles of the columns.
    public let columns: [String]
    /// Cells of each row.
    public let rows: [[String]]

    /// Creates a table.
    public init(columns: [String], rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }

    /// The table as text, a line a row.
    public var text: String {
        let all = [columns] + rows
        let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return line
        }.joined(separator: "\n") + "\n"
    }
}

/// How numbers are printed for people. JSON always has full precision.
public enum NumberFormat {
    /// Fixed number of decimals, rounded half away from zero; no exponent.
    public static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "n/e" }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e18 else { return "\(value)" }
        let whole = Int64(scaled)
        let divisor = Int64(scale)
        let sign = value < 0 && whole != 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let fraction = String(whole % divisor)
        return "\(sign)\(whole / divisor)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}
