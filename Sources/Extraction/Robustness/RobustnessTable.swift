import Agreement
import FoundationEssentials
public import Statistics

/// How features of several cases stood disturbances: one-way intraclass correlation with cases as subjects and
/// disturbances as replicates (Zwanenburg et al. 2019, Sci Rep 9:614).
public struct RobustnessTable: Sendable, Encodable {
    /// A feature of a region.
    public struct Row: Sendable, Encodable {
        /// The region.
        public let roi: String
        /// Column of the feature.
        public let column: String
        /// ICC(1,1) with its 95 % interval.
        public let icc: Estimate
        /// `poor`, `moderate`, `good` or `excellent`: the lower end of the interval below 0.5, 0.75, 0.9, or from there on
        /// (Koo and Li 2016); nil without an interval.
        public let grade: String?
        /// Median of the coefficients of variation within the cases, or nil.
        public let medianCoefficientOfVariation: Double?
        /// Cases left out, since a disturbance gave no value.
        public let incomplete: Int
    }

    /// Rows in the order of the first case.
    public let rows: [Row]

    /// Makes the table from JSON lines of `extract --perturb`.
    ///
    /// - Throws: `RobustnessError`.
    public init(jsonLines texts: [(file: String, text: String)]) throws(RobustnessError) {
        var order: [Key] = []
        var cases: [Key: [FeatureRobustness]] = [:]
        var asked: (configuration: String, perturbation: Perturbation)?
        var seen: Set<[String]> = []
        for (file, text) in texts {
            for (number, line) in text.split(separator: "\n").enumerated() {
                guard let report = try? JSONDecoder().decode(CaseReport.self, from: Data(line.utf8)) else {
                    throw .notReport(file: file, line: number + 1)
                }
                guard let perturbation = report.provenance.perturbation?.settings else {
                    throw .notDisturbed(file: file, line: number + 1)
                }
                let configuration = report.provenance.configurationSHA256
                let before = asked ?? (configuration, perturbation)
                guard before.0 == configuration, before.1 == perturbation else {
                    throw .otherConfiguration(file: file, line: number + 1)
                }
                asked = before
                guard seen.insert([report.case, report.reader, report.roi]).inserted else {
                    throw .twice(file: file, line: number + 1)
                }
                for feature in report.features {
                    guard let robustness = feature.robustness else { continue }
                    let key = Key(roi: report.roi, column: feature.column)
                    if cases[key] == nil { order.append(key) }
                    cases[key, default: []].append(robustness)
                }
            }
        }
        guard !order.isEmpty else { throw .empty }
        rows = order.map { Self.row($0, cases[$0] ?? []) }
    }

    private struct Key: Hashable {
        let roi: String
        let column: String
    }

    private static func row(_ key: Key, _ cases: [FeatureRobustness]) -> Row {
        let complete = cases.compactMap { found -> [Double]? in
            let values = found.values.compactMap { $0 }
            return values.count == found.values.count ? values : nil
        }
        let icc: Estimate
        if complete.count >= 2, let repeats = complete.first?.count {
            let centre = complete.joined().reduce(0, +) / Double(complete.count * repeats)
            icc = IntraclassCorrelation.estimate(ReadingSums(rows: complete, centre: centre), model: .oneWay)
        } else {
            icc = .notEstimable("needs two cases whose disturbances all gave a value")
        }
        var grade: String?
        if case .value(let value) = icc, let lower = value.lower {
            grade = lower < 0.5 ? "poor" : lower < 0.75 ? "moderate" : lower < 0.9 ? "good" : "excellent"
        }
        let variations = cases.compactMap(\.coefficientOfVariation).sorted()
        return Row(
            roi: key.roi, column: key.column, icc: icc, grade: grade,
            medianCoefficientOfVariation: variations.isEmpty ? nil : Quantile.linear(variations, 0.5),
            incomplete: cases.count - complete.count)
    }

    /// The table as CSV.
    public var csv: String {
        RobustnessCSV.text(
            ["roi", "column", "icc", "lower", "upper", "cases", "grade", "median_cv", "incomplete", "reason"],
            rows.map { row in
                let cells = RobustnessCSV.cells(row.icc)
                return [row.roi, row.column] + cells.numbers
                    + [
                        row.grade ?? "", row.medianCoefficientOfVariation.map { "\($0)" } ?? "", "\(row.incomplete)",
                        cells.reason,
                    ]
            })
    }
}
