import Federation
import Learning

/// What stands in for missing values: the pooled median of the training cases, and for features that were missing there a feature
/// of its own that says so.
public struct Imputation: Codable, Sendable, Equatable {
    /// How missing values are treated.
    public enum Rule: String, Codable, Sendable, CaseIterable {
        /// They are refused, except by trees.
        case none
        /// The median of the training cases.
        case median
        /// The median, and a feature that is 1 where it stands in.
        case medianIndicator = "median-indicator"
    }

    /// The stand-in of one feature.
    public struct Value: Codable, Sendable, Equatable {
        /// Name of the feature.
        public let column: String
        /// Median of the training cases.
        public let median: Double
        /// Name of the feature that is 1 where the value is missing; nil without one.
        public let indicator: String?
    }

    /// The features with a stand-in.
    public let values: [Value]

    /// What an indicator's name ends with.
    static let suffix = "=missing"

    /// Medians over all parts.
    ///
    /// - Throws: `LocalLearningError.tooFew` for a feature without a value.
    package static func fit(_ rule: Rule, _ parts: [TrainingCases]) throws -> Imputation {
        try fit(rule, Cohort(parts))
    }

    /// Nothing stands in.
    static let none = Imputation(values: [])

    static func fit(_ rule: Rule, _ cohort: Cohort) throws -> Imputation {
        guard rule != .none else { return .none }
        let classes = try cohort.classes()
        let medians = try cohort.result(PooledMedian(columns: cohort.features))
        return Imputation(
            values: try zip(cohort.features, medians).map { column, median in
                guard let value = median.value else {
                    throw LocalLearningError.tooFew(part: "feature '\(column)'", reason: "no training case has a value")
                }
                let isMissing = median.present < classes.others + classes.events
                return Value(
                    column: column, median: value,
                    indicator: rule == .medianIndicator && isMissing ? column + suffix : nil)
            })
    }

    /// The table without missing values, indicators last.
    func apply(_ table: CaseTable) -> CaseTable {
        guard !values.isEmpty else { return table }
        let own = Dictionary(values.map { ($0.column, $0) }, uniquingKeysWith: { first, _ in first })
        let standIns = table.featureNames.map { own[$0] }
        let indicated = standIns.indices.filter { standIns[$0]?.indicator != nil }
        let p = table.featureCount
        var features: [Double] = []
        features.reserveCapacity(table.count * (p + indicated.count))
        for row in 0..<table.count {
            for column in 0..<p {
                let value = table.features[row * p + column]
                features.append(value.isNaN ? standIns[column]?.median ?? value : value)
            }
            for column in indicated { features.append(table.features[row * p + column].isNaN ? 1 : 0) }
        }
        return CaseTable(
            featureNames: table.featureNames + indicated.compactMap { standIns[$0]?.indicator }, features: features,
            outcome: table.outcome, batch: table.batch)
    }

    /// The stand-ins that the given features need.
    func restricted(to columns: [String]) -> Imputation {
        let wanted = Set(columns)
        return Imputation(
            values: values.compactMap { value in
                let isIndicated = value.indicator.map(wanted.contains) ?? false
                guard isIndicated || wanted.contains(value.column) else { return nil }
                return Value(column: value.column, median: value.median, indicator: isIndicated ? value.indicator : nil)
            })
    }

    /// Columns of a table that features need.
    func inputs(of columns: [String]) -> [String] {
        var sources: [String: String] = [:]
        for value in values {
            if let indicator = value.indicator { sources[indicator] = value.column }
        }
        var output: [String] = []
        var seen: Set<String> = []
        for column in columns {
            let source = sources[column] ?? column
            if seen.insert(source).inserted { output.append(source) }
        }
        return output
    }
}
