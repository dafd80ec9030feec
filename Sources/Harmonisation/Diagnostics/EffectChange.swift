public import Federation

/// How much harmonisation changed what covariates do to features: the same fit of `ComBatFit`, before and after.
public enum EffectChange {
    /// Largest change of a covariate's effect within batches, in standard deviations of the feature (pooled within batches,
    /// before) per standard deviation of the covariate within batches; nil without covariates.
    ///
    /// - Parameters:
    ///   - before: rows of each site.
    ///   - after: the same rows after harmonisation.
    /// - Throws: what `ComBatFit` throws.
    public static func largest(before: [any RowSource], after: [any RowSource]) throws -> Double? {
        guard let first = before.first, !first.covariateNames.isEmpty else { return nil }
        let covariates = before.map { site in
            MappedRows(site, features: first.covariateNames, covariates: []) { $0.covariatesAsFeatures() }
        }
        return try largest(
            before: SourcesAtHand(before), after: SourcesAtHand(after), covariates: SourcesAtHand(covariates))
    }

    /// The same of rows that only sums are known of.
    ///
    /// - Parameter covariates: rows whose features are the coded covariates.
    /// - Throws: what `ComBatFit` throws.
    public static func largest(
        before: some SiteSums, after: some SiteSums, covariates: some SiteSums
    ) throws -> Double? {
        let q = before.covariateNames.count
        guard q > 0 else { return nil }
        let (old, new) = (try fit(before), try fit(after))
        let deviations = try fit(covariates).pooledStandardDeviation
        var largest = 0.0
        for column in old.features.indices where old.pooledStandardDeviation[column] > 0 {
            for i in 0..<q {
                let change = new.beta[column * q + i] - old.beta[column * q + i]
                largest = max(largest, change.magnitude * deviations[i] / old.pooledStandardDeviation[column])
            }
        }
        return largest
    }

    private static func fit(_ sums: some SiteSums) throws -> ComBatModel {
        let (features, covariates) = (sums.featureNames, sums.covariateNames)
        let exponents = try sums.result(ExponentCensus(columns: features.count + covariates.count))
        return try sums.result(whole: ComBatFit(features: features, covariates: covariates, exponents: exponents))
    }
}

extension CaseTable {
    /// The coded covariates as features, of the same rows.
    public func covariatesAsFeatures() -> CaseTable {
        CaseTable(featureNames: covariateNames, features: covariates, outcome: outcome, batch: batch)
    }
}
