/// The rows of one site as the computations see them: one row a case, features and covariates as numbers.
///
/// Missing values are NaN. The table carries no case identifier: what needs one (folds, commitments) derives a number
/// from it at the site.
public struct CaseTable: Sendable, Equatable, Codable {
    /// Names of the features, in column order.
    public let featureNames: [String]
    /// Feature values, row-major: case i, feature j at `i * featureNames.count + j`.
    public var features: [Double]
    /// Names of the covariates (already coded as numbers by the protocol's level table), in column order.
    public let covariateNames: [String]
    /// Covariate values, row-major.
    public var covariates: [Double]
    /// Outcome of each case: 1 event, 0 no event, NaN unknown.
    public var outcome: [Double]
    /// The ComBat batch of each case.
    public var batch: [String]

    /// Creates a table; `features` and `covariates` must be rectangular with one row for each outcome and batch.
    public init(
        featureNames: [String], features: [Double], covariateNames: [String] = [], covariates: [Double] = [],
        outcome: [Double], batch: [String]
    ) {
        precondition(features.count == featureNames.count * outcome.count, "features are rows x columns")
        precondition(covariates.count == covariateNames.count * outcome.count, "covariates are rows x columns")
        precondition(batch.count == outcome.count, "one batch for each case")
        self.featureNames = featureNames
        self.features = features
        self.covariateNames = covariateNames
        self.covariates = covariates
        self.outcome = outcome
        self.batch = batch
    }

    /// Number of cases.
    public var count: Int { outcome.count }

    /// Number of features.
    public var featureCount: Int { featureNames.count }

    /// The given rows, in the given order.
    public func selecting(rows: [Int]) -> CaseTable {
        let p = featureCount
        let q = covariateNames.count
        return CaseTable(
            featureNames: featureNames, features: rows.flatMap { features[$0 * p..<($0 + 1) * p] },
            covariateNames: covariateNames, covariates: rows.flatMap { covariates[$0 * q..<($0 + 1) * q] },
            outcome: rows.map { outcome[$0] }, batch: rows.map { batch[$0] })
    }

    /// The given features, in the given order; rows unchanged.
    ///
    /// - Throws: `CaseTableError.unknownFeature` if a name is not in the table.
    public func selecting(features names: [String]) throws(CaseTableError) -> CaseTable {
        var columns: [Int] = []
        let positions = Dictionary(uniqueKeysWithValues: featureNames.enumerated().map { ($1, $0) })
        for name in names {
            guard let column = positions[name] else { throw .unknownFeature(name) }
            columns.append(column)
        }
        let p = featureCount
        var selected: [Double] = []
        selected.reserveCapacity(count * columns.count)
        for row in 0..<count {
            for column in columns { selected.append(features[row * p + column]) }
        }
        return CaseTable(
            featureNames: names, features: selected, covariateNames: covariateNames, covariates: covariates,
            outcome: outcome, batch: batch)
    }
}

/// What can be wrong with a request to a case table.
public enum CaseTableError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The table has no such feature.
    case unknownFeature(String)

    /// One sentence: what and remedy.
    public var description: String {
        switch self {
        case .unknownFeature(let name):
            "the feature table has no column '\(name)'; extract with the protocol's settings again"
        }
    }
}
