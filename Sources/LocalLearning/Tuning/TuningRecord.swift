/// What folds within the training cases said of each combination of settings, and which was taken.
public struct TuningRecord: Codable, Sendable, Equatable {
    /// One combination.
    public struct Row: Codable, Sendable, Equatable {
        /// Value of each setting by its name.
        public let settings: [String: Double]
        /// Mean over the folds.
        public let score: Double
        /// Standard error of the mean; nil for one fold.
        public let standardError: Double?
    }

    /// What the scores are.
    public let criterion: TuningGrid.Criterion
    /// Number of folds with a score.
    public let folds: Int
    /// The combinations in the order of the grid.
    public let rows: [Row]
    /// Place of the one that was taken: the best, of equal ones the first.
    public let chosen: Int

    /// Compares combinations.
    ///
    /// - Parameter scores: of each combination on each fold; nil where the fold has one class only, or no pair.
    /// - Throws: `LocalLearningError.tooFew` where no fold has a score.
    init(criterion: TuningGrid.Criterion, settings: [[String: Double]], scores: [[Double?]]) throws {
        let rows = try zip(settings, scores).map { settings, scores in
            let values = scores.compactMap(\.self)
            let count = Double(values.count)
            guard !values.isEmpty, scores.count > 1 else {
                throw LocalLearningError.tooFew(
                    part: "the folds of the tuning", reason: "fewer than two have cases, or none has both classes")
            }
            let mean = values.reduce(0, +) / count
            let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return Row(
                settings: settings, score: mean,
                standardError: values.count > 1 ? (squares / (count - 1) / count).squareRoot() : nil)
        }
        let sign = criterion == .deviance ? -1.0 : 1
        chosen = rows.indices.reduce(0) { sign * rows[$1].score > sign * rows[$0].score ? $1 : $0 }
        folds = scores[0].count { $0 != nil }
        (self.criterion, self.rows) = (criterion, rows)
    }

    /// Whether the parts fit together.
    var isSound: Bool { rows.indices.contains(chosen) && rows.allSatisfy { $0.settings.keys == rows[0].settings.keys } }

    /// The values that were taken.
    public var settings: [String: Double] { rows[chosen].settings }

    /// A combination in words, the settings by name.
    public static func text(_ settings: [String: Double]) -> String {
        settings.sorted { $0.key < $1.key }.map { "\($0.key) \(number($0.value))" }.joined(separator: ", ")
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e9 ? "\(Int(value))" : "\(value)"
    }

    /// What was taken, in a line.
    var fact: String {
        let row = rows[chosen]
        let error = row.standardError.map { ", standard error \($0)" } ?? ""
        return
            "\(Self.text(row.settings)): the best of \(rows.count) by \(criterion.rawValue) in \(folds) folds, \(row.score)\(error)"
    }

    /// The combinations as a table.
    ///
    /// - Parameter number: writes a number.
    public func table(_ number: (Double) -> String) -> (columns: [String], rows: [[String]]) {
        let names = rows[0].settings.keys.sorted()
        return (
            names + ["mean \(criterion.rawValue)", "standard error", "taken"],
            rows.enumerated().map { place, row in
                names.map { Self.number(row.settings[$0] ?? .nan) }
                    + [number(row.score), row.standardError.map(number) ?? "", place == chosen ? "yes" : ""]
            }
        )
    }
}
