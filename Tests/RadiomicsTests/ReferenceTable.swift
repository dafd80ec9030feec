import Foundation
import Radiomics

/// A table of IBSI reference values.
struct ReferenceTable {
    struct Row {
        let family: String
        let aggregation: String
        let feature: String
        let ibsiID: String
        let tag: String
        let value: Double?
        let tolerance: Double

        /// The pass rule of IBSI: within the tolerance, which covers at least the rounding of the printed value to
        /// three significant digits.
        func accepts(_ candidate: Double) -> Bool {
            guard let value, candidate.isFinite else { return false }
            let scale = value == 0 ? 1e-3 : pow(10, floor(log10(abs(value))) - 2)
            return abs(candidate - value) <= max(tolerance, scale / 2 * (1 + 1e-6))
        }
    }

    let rows: [Row]

    init(contentsOf url: URL) throws {
        let text = try String(contentsOf: url, encoding: .utf8)
        rows = text.split(whereSeparator: \.isNewline).dropFirst().map { line in
            let fields = Self.fields(String(line))
            return Row(
                family: fields[1], aggregation: fields[2], feature: fields[3], ibsiID: fields[4], tag: fields[5],
                value: Double(fields[6]), tolerance: Double(fields[7]) ?? 0)
        }
    }

    private static func fields(_ line: String) -> [String] {
        var fields = [""]
        var quoted = false
        for character in line {
            switch character {
            case "\"": quoted.toggle()
            case "," where !quoted: fields.append("")
            default: fields[fields.count - 1].append(character)
            }
        }
        return fields
    }

    /// Rows with a consensus value that a result misses, and the number of those it meets.
    func compare(_ result: ExtractionResult) -> (passed: Int, missed: [String]) {
        let values = Dictionary(uniqueKeysWithValues: result.features.map { ($0.definition.tag, $0.value) })
        var passed = 0
        var missed: [String] = []
        for row in rows where row.value != nil && !row.family.hasPrefix("Diagnostics") {
            if let value = values[row.tag], row.accepts(value) {
                passed += 1
            } else {
                let found = values[row.tag].map { "\($0)" } ?? "nothing"
                missed.append("\(row.tag): \(found) instead of \(row.value ?? .nan) +- \(row.tolerance)")
            }
        }
        return (passed, missed)
    }
}

/// Where data for tests is.
enum TestData {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let fixtures = root.appendingPathComponent("Tests/RadiomicsTests/Fixtures")

    /// The folder of shared data sets; tests that need it are skipped where it does not exist.
    static let shared =
        ProcessInfo.processInfo.environment["CONCORD_SHARED"].map { URL(fileURLWithPath: $0) }
        ?? root.deletingLastPathComponent().appendingPathComponent("shared")

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: shared.appendingPathComponent(path).path)
    }
}
