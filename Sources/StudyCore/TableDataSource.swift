import Federation
public import StudyProtocol

/// A site whose features come as a table.
public struct TableDataSource: SiteDataSource, Sendable {
    let site: String
    let study: StudyProtocol
    let clinical: ClinicalRows
    let features: FeatureColumns?

    /// Creates a source from tables that are already read.
    ///
    /// - Parameters:
    ///   - site: the site, the prefix of its batches.
    ///   - features: `nil` for a study on scores or ratings alone.
    public init(site: String, study: StudyProtocol, clinical: ClinicalRows, features: FeatureColumns?) {
        self.site = site
        self.study = study
        self.clinical = clinical
        self.features = features
    }

    /// Cohort sizes; a table has no acquisition parameters.
    public func census() throws -> CensusData {
        CensusData(
            cases: clinical.cases.count, events: clinical.outcome.count { $0 == 1 }, acquisition: [:], scanners: [:])
    }

    /// The rows that have both features and clinical data.
    public func extraction() throws -> ExtractionData {
        var failures = clinical.failures
        var kept: [Int] = []
        var values: [Double] = []
        for row in clinical.cases.indices {
            if let features {
                guard let row = features.values[clinical.cases[row]] else {
                    failures["missing_features", default: 0] += 1
                    continue
                }
                values += row
            }
            kept.append(row)
        }
        let q = clinical.covariateNames.count
        let table = CaseTable(
            featureNames: features?.names ?? [], features: values, covariateNames: clinical.covariateNames,
            covariates: kept.flatMap { clinical.covariates[$0 * q..<($0 + 1) * q] },
            outcome: kept.map { clinical.outcome[$0] },
            batch: kept.map { clinical.batch.isEmpty ? site : "\(site)/\(clinical.batch[$0])" })
        return ExtractionData(
            table: table, names: kept.map { "\(site)/\(clinical.cases[$0])" }, ratings: clinical.ratings,
            scores: clinical.scores, failures: failures)
    }
}
