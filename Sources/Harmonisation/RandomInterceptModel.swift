import Federation

/// ComBat with a random intercept of each subject: what is pooled.
public struct RandomInterceptModel: Sendable, Equatable, Codable {
    /// Effects of covariates, grand means and residual standard deviations.
    public let combat: ComBatModel
    /// Variance of the subjects' intercepts over the residual variance, for each feature.
    public let ratio: [Double]

    /// Creates the model from its parts, a ratio for each feature.
    public init(combat: ComBatModel, ratio: [Double]) {
        precondition(ratio.count == combat.features.count, "a ratio for each feature")
        self.combat = combat
        self.ratio = ratio
    }
}

/// Intercept of one batch for each feature, in the feature's units, before shrinkage. It stays at the site.
public struct BatchIntercept: Sendable, Equatable, Codable {
    /// The batch.
    public let batch: String
    /// Intercept of each feature of the model, at covariates 0.
    public let effect: [Double]
}

extension RandomInterceptModel {
    /// Intercepts of a site's batches, in the order of their names, by generalised least squares at the model's ratios.
    ///
    /// - Throws: `HarmonisationError` or `FederationError` naming the column.
    public func batchIntercepts(_ shard: LongitudinalTable) throws -> [BatchIntercept] {
        let (p, q) = (combat.features.count, combat.covariates.count)
        let exponents = try ExponentCensus(columns: p + q).run(on: [shard.table]).result
        let units = exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        let moments = try BatchwiseMoments(shard, scales: units.map { 1 / $0 })
        let names = shard.table.rowsByBatch().map { shard.table.batch[$0[0]] }
        var effects = [[Double]](repeating: [], count: names.count)
        for feature in 0..<p {
            let beta = (0..<q).map { combat.beta[feature * q + $0] * units[p + $0] / units[feature] }
            let found = try moments.effects(feature, ratio: ratio[feature], beta: beta)
            for batch in names.indices { effects[batch].append(found[batch] * units[feature]) }
        }
        return zip(names, effects).map { BatchIntercept(batch: $0, effect: $1) }
    }

    /// Predicted intercept of each row's subject (best linear unbiased prediction), rows x features, in the features' units; 0 for a
    /// feature that is not adjusted.
    ///
    /// - Throws: `HarmonisationError.unknownBatch`, or the column that the table does not have.
    public func subjectIntercepts(
        _ shard: LongitudinalTable, batches: [BatchIntercept]
    ) throws(HarmonisationError) -> [Double] {
        let table = shard.table
        let (p, q) = (combat.features.count, combat.covariates.count)
        try table.requireColumns(features: combat.features, covariates: combat.covariates)
        var byBatch: [String: [Double]] = [:]
        for batch in batches { byBatch[batch.batch] = batch.effect }
        var output = [Double](repeating: 0, count: table.count * p)
        let active = combat.activeColumns
        for rows in shard.rowsBySubject() {
            for feature in active {
                var sum = 0.0
                for row in rows {
                    guard let effects = byBatch[table.batch[row]] else { throw .unknownBatch(table.batch[row]) }
                    sum += table.features[row * p + feature] - effects[feature]
                    for i in 0..<q { sum -= table.covariates[row * q + i] * combat.beta[feature * q + i] }
                }
                let intercept = ratio[feature] / (1 + Double(rows.count) * ratio[feature]) * sum
                for row in rows { output[row * p + feature] = intercept }
            }
        }
        return output
    }
}
