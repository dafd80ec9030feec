import Federation
import Learning
import LinearAlgebra
import Statistics

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Correlations of features with covariates, such as mutations or findings of pathology, over the cases of all sites, from sums.
///
/// A pair is of the cases that have the covariate and the feature. Pearson's interval is by Fisher's z; Spearman's by Bonett and Wright
/// (Psychometrika 2000;65:23), with variance (1 + r^2 / 2) / (n - 3) of z; p is that of t = r sqrt((n - 2) / (1 - r^2)), q the
/// p adjusted over all pairs by Benjamini and Hochberg (1995).
public struct CovariateCorrelation: Codable, Sendable, Equatable {
    /// Why a pair has no number.
    public enum Status: String, Codable, Sendable {
        /// It has one.
        case estimated
        /// Fewer pooled cases than the floor, or fewer on one side of any cut of the feature's or the covariate's values.
        case suppressed
        /// The feature or the covariate does not vary; in a study also: it has gaps.
        case notEstimable = "not estimable"
    }

    /// One pair.
    public struct Row: Codable, Sendable, Equatable {
        /// The feature.
        public let feature: String
        /// The covariate.
        public let covariate: String
        /// Whether there is a number, or why not.
        public let status: Status
        /// Pooled cases; nil where suppressed.
        public let cases: Int?
        /// The correlation.
        public let correlation: Double?
        /// Lower end of its 95 % interval.
        public let lower: Double?
        /// Upper end.
        public let upper: Double?
        /// Two-sided p of no correlation.
        public let pValue: Double?
        /// The p adjusted over all pairs.
        public let qValue: Double?
        /// Smallest Spearman's correlation that the exact ranks can have, where a study knows ranks in bins; nil where they were exact.
        public var ranksLower: Double?
        /// Largest.
        public var ranksUpper: Double?
    }

    /// Which correlation.
    public let kind: String
    /// Pairs by covariates, then by features, as given.
    public let rows: [Row]

    /// Fewest pooled cases of a number, and on either side of a cut of a column.
    public static let minimumCases = 5

    /// Correlates.
    ///
    /// - Parameters:
    ///   - parts: the cases of each site; their features are features and covariates, NaN where missing. Outcomes do not matter.
    ///   - features: names of the features.
    ///   - covariates: names of the covariates.
    /// - Throws: `CaseTableError.unknownFeature`, `LearningError.missingValues` for an infinite value.
    public init(
        _ kind: SelectionStep.Correlation, _ parts: [TrainingCases], features: [String], covariates: [String]
    ) throws {
        self.kind = kind.rawValue
        let pairs = try covariates.flatMap { covariate in
            try Self.batches(features, parts).flatMap { names in
                try Self.rows(kind, parts, features: names, covariate: covariate)
            }.sorted { features.firstIndex(of: $0.feature) ?? 0 < features.firstIndex(of: $1.feature) ?? 0 }
        }
        rows = Self.adjusted(pairs)
    }

    /// Pairs with the p adjusted over all of them.
    static func adjusted(_ pairs: [Row]) -> [Row] {
        zip(pairs, adjusted(pairs.map(\.pValue))).map { row, qValue in
            Row(
                feature: row.feature, covariate: row.covariate, status: row.status, cases: row.cases,
                correlation: row.correlation, lower: row.lower, upper: row.upper, pValue: row.pValue, qValue: qValue,
                ranksLower: row.ranksLower, ranksUpper: row.ranksUpper)
        }
    }

    init(kind: SelectionStep.Correlation, rows: [Row]) { (self.kind, self.rows) = (kind.rawValue, rows) }

    /// Features with a gap by themselves, all others together.
    private static func batches(_ features: [String], _ parts: [TrainingCases]) throws -> [[String]] {
        let own = try parts.selecting(features: features)
        let p = features.count
        let gaps = (0..<p).map { column in
            own.contains { part in (0..<part.count).contains { part.table.features[$0 * p + column].isNaN } }
        }
        let whole = features.indices.filter { !gaps[$0] }.map { features[$0] }
        return (whole.isEmpty ? [] : [whole]) + features.indices.filter { gaps[$0] }.map { [features[$0]] }
    }

    private static func rows(
        _ kind: SelectionStep.Correlation, _ parts: [TrainingCases], features: [String], covariate: String
    ) throws -> [Row] {
        let width = features.count + 1
        let complete = try parts.selecting(features: features + [covariate]).map { part in
            let rows = (0..<part.count).filter { row in
                !part.table.features[row * width..<(row + 1) * width].contains { $0.isNaN }
            }
            var table = part.table.selecting(rows: rows)
            table.outcome = table.outcome.map { _ in 0 }
            return TrainingCases(table: table, names: rows.map { part.names[$0] })
        }.filter { $0.count > 0 }
        let n = complete.caseCount
        let floors = (0..<width).map { holdsFloor(complete, column: $0) }
        guard n >= minimumCases, floors[width - 1] else {
            return features.map { Row(feature: $0, covariate: covariate, n, .suppressed) }
        }
        let matrix = try FeatureSelection.correlation(kind, complete)
        let varies = complete.distinctValues().map { $0.count > 1 }
        return features.indices.map { place in
            guard floors[place] || !varies[place] else {
                return Row(feature: features[place], covariate: covariate, n, .suppressed)
            }
            guard varies[place], varies[width - 1] else {
                return Row(feature: features[place], covariate: covariate, n, .notEstimable)
            }
            return Row(feature: features[place], covariate: covariate, n, kind, matrix[place, width - 1])
        }
    }

    /// Whether the pooled cases of a column can be cut into two parts of enough, or it does not vary: a rare value's few cases would
    /// tell of themselves.
    private static func holdsFloor(_ parts: [TrainingCases], column: Int) -> Bool {
        let values = parts.flatMap { part in
            (0..<part.count).map { part.table.features[$0 * part.table.featureCount + column] }
        }.sorted()
        guard let first = values.first, first != values.last else { return true }
        return (minimumCases..<max(minimumCases, values.count - minimumCases + 1)).contains {
            values[$0 - 1] < values[$0]
        }
    }

    /// p adjusted by Benjamini and Hochberg; pairs without one stay without.
    private static func adjusted(_ values: [Double?]) -> [Double?] {
        let order = values.indices.filter { values[$0] != nil }.sorted { (values[$0] ?? 1) > (values[$1] ?? 1) }
        var output = [Double?](repeating: nil, count: values.count)
        var least = 1.0
        for (place, index) in order.enumerated() {
            least = min(least, (values[index] ?? 1) * Double(order.count) / Double(order.count - place))
            output[index] = least
        }
        return output
    }
}

extension CovariateCorrelation.Row {
    /// A pair without a number.
    init(feature: String, covariate: String, _ cases: Int, _ status: CovariateCorrelation.Status) {
        self.init(
            feature: feature, covariate: covariate, status: status, cases: status == .suppressed ? nil : cases,
            correlation: nil, lower: nil, upper: nil, pValue: nil, qValue: nil)
    }

    /// A pair with a correlation.
    init(
        feature: String, covariate: String, _ cases: Int, _ kind: SelectionStep.Correlation, _ r: Double,
        ranksLower: Double? = nil, ranksUpper: Double? = nil
    ) {
        let z = atanh(r)
        let spread = (kind == .spearman ? 1 + r * r / 2 : 1) / Double(cases - 3)
        let reach = NormalDistribution.quantile(0.975) * spread.squareRoot()
        let t = r * (Double(cases - 2) / (1 - r * r)).squareRoot()
        self.init(
            feature: feature, covariate: covariate, status: .estimated, cases: cases, correlation: r,
            lower: tanh(z - reach), upper: tanh(z + reach),
            pValue: t.isFinite ? StudentDistribution.twoSided(t, df: Double(cases - 2)) : 0, qValue: nil,
            ranksLower: ranksLower, ranksUpper: ranksUpper)
    }
}
