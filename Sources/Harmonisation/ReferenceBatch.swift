public import Federation

extension ComBatModel {
    /// The model that brings all batches to one of them (R `sva` `ref.batch`): effects of the covariates from all batches, grand
    /// mean and residual variance from the rows of the reference batch, which stay unchanged.
    ///
    /// - Parameter table: a table with all rows of the reference batch.
    /// - Throws: `HarmonisationError.unknownBatch`, `.batchTooSmall`, or what the columns are at fault for.
    public func anchored(at reference: String, in table: CaseTable) throws -> ComBatModel {
        let rows = table.selecting(rows: (0..<table.count).filter { table.batch[$0] == reference })
        guard rows.count > 0 else { throw HarmonisationError.unknownBatch(reference) }
        guard rows.count > 1 else { throw HarmonisationError.batchTooSmall(cases: rows.count, minimum: 2) }
        try rows.requireColumns(features: features, covariates: covariates)
        let p = features.count
        let q = covariates.count
        var remainder = rows.features
        for row in 0..<rows.count {
            for column in 0..<p {
                for i in 0..<q {
                    remainder[row * p + column] -= rows.covariates[row * q + i] * beta[column * q + i]
                }
            }
        }
        // Scaled by the pooled deviation, so that exact sums have their range.
        let scales = pooledStandardDeviation.map { $0 > 0 ? $0 : 1 }
        let means = try exactMeans(width: p, rows: rows.count) { row, column in
            (remainder[row * p + column] - grandMean[column]) / scales[column]
        }
        let squares = try exactMeans(width: p, rows: rows.count) { row, column in
            let deviation = (remainder[row * p + column] - grandMean[column]) / scales[column] - means[column]
            return deviation * deviation
        }
        let skipped = Set(passedThrough)
        let still = (0..<p).filter { !skipped.contains(features[$0]) && !(squares[$0] > 0) }.map { features[$0] }
        return ComBatModel(
            features: features, covariates: covariates, method: method, cases: cases, beta: beta,
            grandMean: (0..<p).map { grandMean[$0] + means[$0] * scales[$0] },
            pooledStandardDeviation: (0..<p).map { squares[$0].squareRoot() * scales[$0] }, reference: reference,
            passedThrough: passedThrough + still)
    }
}
