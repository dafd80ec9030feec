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
        try fitFolds(
            plan, rows: sites, folds: folds, column: column, incomplete: sites.flatMap(\.incompleteFeatures))
    }

    /// The same of rows that need not be in memory.
    static func fitFolds(
        _ plan: HarmonisationPlan, rows sites: [some SiteRows], folds: [[String]], column: String, incomplete: [String]
    ) throws -> [(fold: String, file: HarmonisationFile)] {
        let names = Set(folds.joined()).sorted()
        guard names.count > 1 else { throw LocalHarmonisationError.oneFold(column: column) }
        try requireRowsOutside(plan, names, sites: sites, folds: folds)
        let isPlain =
            plan.reference == nil && !plan.hasCovariance && plan.subjectColumn == nil && plan.batchColumns.count == 1
        guard isPlain, incomplete.isEmpty else {
            return try names.map { name in
                let rest = zip(sites, folds).map { site, fold in
                    site.selecting(rows: fold.indices.filter { fold[$0] != name })
                }
                let file = try fit(plan, rows: rest, incomplete: incomplete)
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
        _ plan: HarmonisationPlan, _ names: [String], sites: [some SiteRows], folds: [[String]]
    ) throws(LocalHarmonisationError) {
        var rows: [String: [String: Int]] = [:]
        for (site, fold) in zip(sites, folds) {
            for (batch, name) in zip(site.batch, fold) {
                rows[BatchCombination.levels(of: batch)[0], default: [:]][name, default: 0] += 1
            }
        }
        for (batch, own) in rows.sorted(by: { $0.key < $1.key }) {
            let all = own.values.reduce(0, +)
            // A batch of one row is refused as such.
            if own.count == 1, all > 1 || plan.takesSingletons, let fold = own.keys.first {
                throw .batchInOneFold(batch: batch, fold: fold)
            }
            if all == 1 { throw .singleton(batch: batch, column: plan.batchColumns[0]) }
            guard !plan.takesSingletons else { continue }
            if let fold = names.first(where: { all - own[$0, default: 0] == 1 }) {
                throw .singletonWithout(batch: batch, fold: fold)
            }
        }
    }

    private static func fitPlainFolds(
        _ plan: HarmonisationPlan, sites: [some SiteRows], folds: [[String]], names: [String]
    ) throws -> [(fold: String, file: HarmonisationFile)] {
        let whole = try sites.map { try $0.source(plan.transforms) }
        let without = try names.map { name in
            try zip(sites, folds).map { site, fold in
                try site.selecting(rows: fold.indices.filter { fold[$0] != name }).source(plan.transforms)
            }
        }
        let (features, covariates) = (whole[0].featureNames, whole[0].covariateNames)
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(chunksOf: whole)
        let fitted = try FoldedComBatFit(
            ComBatFit(
                features: features, covariates: covariates, exponents: exponents, method: plan.method,
                smooth: plan.design.smoothGroups, penalty: plan.chosenPenalty),
            folds: names.count
        ).fit(sites.indices.map { site in [whole[site]] + without.map { $0[site] } })
        return try zip(names, zip(fitted.without, without)).map { name, fold in
            let model = try plan.classified(fold.0)
            let estimates = try fold.1.flatMap { try model.estimates($0, minimumBatchSize: 1) }
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
