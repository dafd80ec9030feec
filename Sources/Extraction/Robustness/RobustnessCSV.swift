import Statistics
import Tables

/// Cells of estimates.
enum RobustnessCSV {
    static func text(_ columns: [String], _ rows: [[String]]) -> String {
        CSVTable(file: "", columns: columns, rows: rows).csv
    }

    /// Value, lower, upper and number of cases; empty where there is none, and then the reason.
    static func cells(_ estimate: Estimate) -> (numbers: [String], reason: String) {
        guard case .value(let value) = estimate else { return (["", "", "", ""], estimate.reason) }
        return (
            ["\(value.value)", value.lower.map { "\($0)" } ?? "", value.upper.map { "\($0)" } ?? "", "\(value.n)"], ""
        )
    }
}
