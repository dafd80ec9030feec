import Federation
import Harmonisation

extension HarmonisationFile {
    /// Rows that a model has not seen: those with a value in a column.
    public struct HeldOut: Codable, Sendable, Equatable {
        /// Column of the fold.
        public let column: String
        /// The fold.
        public let fold: String
    }

    /// One document for each fold, fitted to the rows outside it; all from one upload of sums.
    ///
    /// - Parameters:
    ///   - plan: what is fitted: no reference batch, CovBat, random intercepts or missing values.
    ///   - sites: the rows of each site.
    ///   - folds: fold of each row, site by site.
    ///   - column: column of the folds.
    /// - Returns: folds in the order of their names, each with its document.
    /// - Throws: `LocalHarmonisationError.batchInOneFold`, or what `fit` throws.
    public static func fitFolds(
        _ plan: HarmonisationPlan, sites: [HarmonisationRows], folds: [[String]], column: String
    ) throws -> [(fold: String, file: HarmonisationFile)] {
        guard plan.reference == nil, !plan.hasCovariance, plan.subjectColumn == nil else {
            throw LocalHarmonisationError.options(
                "--folds goes with ComBat of complete features; leave the reference, CovBat and random intercepts out")
        }
        let names = Set(folds.joined()).sorted()
        guard names.count > 1 else { throw LocalHarmonisationError.oneFold(column: column) }
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let tables = try sites.map { try plan.transforms?.transformed($0.table) ?? $0.table }
        let shards = zip(tables, folds).map { table, fold in
            FoldedRows(table: table, fold: fold.map { places[$0, default: 0] })
        }
        for (fold, name) in names.enumerated() {
            for shard in shards {
                for batch in Set(shard.table.batch) {
                    let left = shard.fold.indices.count {
                        shard.table.batch[$0] == batch && shard.fold[$0] != fold
                    }
                    guard left > 0 else { throw LocalHarmonisationError.batchInOneFold(batch: batch, fold: name) }
                }
            }
        }
        let (features, covariates) = (tables[0].featureNames, tables[0].covariateNames)
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(on: tables).result
        let fitted = try FoldedComBatFit(
            ComBatFit(
                features: features, covariates: covariates, exponents: exponents, method: plan.method,
                smooth: plan.design.smoothGroups),
            folds: names.count
        ).run(on: shards).result
        return try names.enumerated().map { fold, name in
            let model = try plan.classified(fitted.without[fold])
            let estimates = try shards.flatMap { shard in
                try model.harmonise(
                    shard.table.selecting(rows: shard.fold.indices.filter { shard.fold[$0] != fold }),
                    minimumBatchSize: 1
                ).estimates
            }
            let file = try HarmonisationFile(
                plan: plan, model: model, batches: estimates, heldOut: HeldOut(column: column, fold: name))
            return (name, file)
        }
    }

    /// Refuses rows that fitted the model: a number computed on them would not be a validation.
    ///
    /// - Parameter folds: cells of the fold's column.
    /// - Throws: `LocalHarmonisationError.fittedRows`.
    public func requireHeldOut(_ folds: [String]) throws(LocalHarmonisationError) {
        guard let heldOut else { throw .noHeldOut }
        if let row = folds.firstIndex(where: { $0 != heldOut.fold }) {
            throw .fittedRows(row: row + 1, column: heldOut.column, fold: heldOut.fold)
        }
    }
}
