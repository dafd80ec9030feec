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

    /// One document for each fold, fitted to the rows outside it: of ComBat of complete features all from one upload of sums,
    /// of the other variants from the uploads of a fit for each fold.
    ///
    /// - Parameters:
    ///   - plan: what is fitted.
    ///   - sites: the rows of each site.
    ///   - folds: fold of each row, site by site.
    ///   - column: column of the folds.
    /// - Returns: folds in the order of their names, each with its document.
    /// - Throws: `LocalHarmonisationError.batchInOneFold`, or what `fit` throws.
    public static func fitFolds(
        _ plan: HarmonisationPlan, sites: [HarmonisationRows], folds: [[String]], column: String
    ) throws -> [(fold: String, file: HarmonisationFile)] {
        let names = Set(folds.joined()).sorted()
        guard names.count > 1 else { throw LocalHarmonisationError.oneFold(column: column) }
        try requireRowsOutside(names, sites: sites, folds: folds)
        let incomplete = sites.flatMap(\.table.incompleteFeatures)
        let isPlain = plan.needsRows(incomplete: []) == nil && plan.reference == nil && plan.batchColumns.count == 1
        guard isPlain, incomplete.isEmpty else {
            return try names.map { name in
                let rest = zip(sites, folds).map { site, fold in
                    site.selecting(rows: fold.indices.filter { fold[$0] != name })
                }
                let file = try fit(plan, sites: rest, incomplete: incomplete).file
                return (name, try file.holdingOut(HeldOut(column: column, fold: name)))
            }
        }
        return try fitPlainFolds(plan, sites: sites, folds: folds, names: names).map { name, file in
            (name, try file.holdingOut(HeldOut(column: column, fold: name)))
        }
    }

    /// What applies to held-out rows must have been fitted outside of every fold: each batch, or of several batch columns each
    /// level of the first.
    private static func requireRowsOutside(
        _ names: [String], sites: [HarmonisationRows], folds: [[String]]
    ) throws(LocalHarmonisationError) {
        var seen: [String: Set<String>] = [:]
        for (site, fold) in zip(sites, folds) {
            for (batch, name) in zip(site.table.batch, fold) {
                seen[BatchCombination.levels(of: batch)[0], default: []].insert(name)
            }
        }
        for (batch, own) in seen.sorted(by: { $0.key < $1.key }) {
            if own.count == 1, let fold = own.first { throw .batchInOneFold(batch: batch, fold: fold) }
        }
    }

    private static func fitPlainFolds(
        _ plan: HarmonisationPlan, sites: [HarmonisationRows], folds: [[String]], names: [String]
    ) throws -> [(fold: String, file: HarmonisationFile)] {
        let places = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        let tables = try sites.map { try plan.transforms?.transformed($0.table) ?? $0.table }
        let shards = zip(tables, folds).map { table, fold in
            FoldedRows(table: table, fold: fold.map { places[$0, default: 0] })
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
            return (name, try HarmonisationFile(plan: plan, model: model, batches: estimates))
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
