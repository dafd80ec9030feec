import Learning
import LinearAlgebra
import Validation

/// Correlations of a study's features with its covariates, by rounds of sums.
extension CovariateCorrelation {
    /// What is correlated.
    public struct Request: Sendable, Equatable {
        /// Which correlation.
        public let kind: SelectionStep.Correlation
        /// Names of the covariates.
        public let covariates: [String]

        /// Names covariates.
        public init(_ kind: SelectionStep.Correlation, covariates: [String]) {
            (self.kind, self.covariates) = (kind, covariates)
        }
    }

    /// Matrix of all columns, and what is known of them.
    private struct Found: Codable {
        let binned: SymmetricMatrix
        let angles: [Double]?
        let varies: [Bool]
    }

    /// Correlates over a cohort, in a study with ranks in bins for Spearman's.
    ///
    /// A feature or covariate whose pooled cases, cut at their median, make no two bins of the floor of cases is suppressed, and nothing
    /// more is asked of it: it has a rare value, whose few cases' other values the correlation would tell.
    ///
    /// - Parameters:
    ///   - features: names of the features.
    ///   - gaps: those of them that have missing values, of which there is no number.
    /// - Throws: what the computations throw.
    init(_ request: Request, _ cohort: Cohort, features: [String], gaps: [String]) throws {
        let there = Set(cohort.features).subtracting(gaps)
        let (known, wanted) = (features.filter(there.contains), request.covariates.filter(there.contains))
        let classes = try cohort.classes()
        let n = classes.others + classes.events
        guard !known.isEmpty, !wanted.isEmpty else {
            self.init(
                kind: request.kind,
                rows: request.covariates.flatMap { covariate in
                    features.map { Row(feature: $0, covariate: covariate, n, .notEstimable) }
                })
            return
        }
        let all = known + wanted
        let halves = try cohort.once("halves") {
            try RankedFeatures(try cohort.selecting(features: all), bins: 2).edges.map { !$0.edges.isEmpty }
        }
        let told = n >= cohort.minimumCell ? all.indices.filter { halves[$0] }.map { all[$0] } : []
        let found = try cohort.once("correlations") {
            try Self.found(request.kind, try cohort.selecting(features: told))
        }
        let bounds = found.angles.map { RankedCorrelation(found.binned, angles: $0) }
        let places = Dictionary(told.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let rows = request.covariates.flatMap { covariate in
            features.map { feature in
                guard there.contains(feature), there.contains(covariate) else {
                    return Row(feature: feature, covariate: covariate, n, .notEstimable)
                }
                guard let i = places[feature], let j = places[covariate] else {
                    return Row(feature: feature, covariate: covariate, n, .suppressed)
                }
                guard found.varies[i], found.varies[j] else {
                    return Row(feature: feature, covariate: covariate, n, .notEstimable)
                }
                return Row(
                    feature: feature, covariate: covariate, n, request.kind, found.binned[i, j],
                    ranksLower: bounds?.lower[i, j], ranksUpper: bounds?.upper[i, j])
            }
        }
        self.init(kind: request.kind, rows: Self.adjusted(rows))
    }

    private static func found(_ kind: SelectionStep.Correlation, _ whole: Cohort) throws -> Found {
        guard !whole.features.isEmpty else {
            return Found(binned: SymmetricMatrix(order: 0, upper: []), angles: nil, varies: [])
        }
        guard kind == .spearman else {
            let moments = try whole.standardisation()
            return Found(
                binned: try whole.result(
                    CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations)), angles: nil,
                varies: moments.standardDeviations.map { $0 > 0 })
        }
        let ranks = try whole.once("ranks") { try RankedFeatures(whole, bins: RankedFeatures.bins) }.found
        return Found(
            binned: try RankedSelection.correlation(ranks, whole), angles: ranks.angles,
            varies: ranks.standardisation.standardDeviations.map { $0 > 0 })
    }

    /// The strongest pairs of each covariate, the strongest first.
    public func strongest(_ count: Int) -> [Row] {
        var names: [String] = []
        for row in rows where !names.contains(row.covariate) { names.append(row.covariate) }
        return names.flatMap { name in
            rows.filter { $0.covariate == name && $0.correlation != nil }
                .sorted {
                    let (a, b) = (($0.correlation ?? 0).magnitude, ($1.correlation ?? 0).magnitude)
                    return a != b ? a > b : $0.feature < $1.feature
                }.prefix(count)
        }
    }
}
