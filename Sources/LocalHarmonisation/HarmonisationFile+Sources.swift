import Federation
import Harmonisation

extension HarmonisationFile {
    /// Fits all batches of sites whose rows need not be in memory: ComBat of complete features, with a reference batch, smooth
    /// terms, classes or several batch columns.
    ///
    /// - Parameters:
    ///   - plan: what is fitted.
    ///   - sources: the rows of each site, their features transformed; a batch lies within one site unless there are several
    ///     batch columns.
    /// - Throws: `HarmonisationError`, `FederationError` or `LocalHarmonisationError`.
    static func fit(_ plan: HarmonisationPlan, sources: [any RowSource]) throws -> HarmonisationFile {
        guard plan.batchColumns.count == 1 else { return try fitFactors(plan, sources: sources) }
        try requireBatches(plan, sources: sources)
        let model = try plan.classified(pooled(plan, sources: sources))
        let estimates = try sources.flatMap { try model.estimates($0, minimumBatchSize: 1) }
        return try HarmonisationFile(plan: plan, model: model, batches: estimates)
    }

    /// Refuses one batch, an unknown reference, and a batch with rows in several sites.
    static func requireBatches(_ plan: HarmonisationPlan, sources: [any RowSource]) throws(LocalHarmonisationError) {
        var seen: Set<String> = []
        for name in sources.flatMap({ $0.batches.map(\.name) }).sorted() {
            guard seen.insert(name).inserted else { throw .sharedBatch(name) }
        }
        guard seen.count > 1 else { throw .oneBatch(column: plan.batchColumns[0]) }
        if let reference = plan.reference, !seen.contains(reference) {
            throw .noReference(reference, batches: seen.sorted())
        }
    }

    /// The pooled part of complete features.
    static func pooled(_ plan: HarmonisationPlan, sources: [any RowSource]) throws -> ComBatModel {
        let (features, covariates) = (sources[0].featureNames, sources[0].covariateNames)
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(chunksOf: sources)
        let model = try ComBatFit(
            features: features, covariates: covariates, exponents: exponents, method: plan.method,
            smooth: plan.design.smoothGroups
        ).fit(sources)
        guard let reference = plan.reference else { return model }
        return try ReferenceBatchFit(model, reference: reference).run(chunksOf: sources)
    }

    private static func fitFactors(_ plan: HarmonisationPlan, sources: [any RowSource]) throws -> HarmonisationFile {
        let (features, covariates) = (sources[0].featureNames, sources[0].covariateNames)
        let minimum = sources.count > 1 ? plan.combinationMinimum : 1
        for site in sources {
            // Here and not chunk by chunk: a chunk's few rows are not the site's.
            if let sparse = site.batches.first(where: { $0.rows < minimum }) {
                throw HarmonisationError.sparseCombination(
                    levels: BatchCombination.levels(of: sparse.name), cases: sparse.rows, minimum: minimum)
            }
        }
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(chunksOf: sources)
        let model = try FactorComBatFit(
            features: features, covariates: covariates, exponents: exponents,
            factors: BatchFactor.all(plan.batchColumns, in: sources.flatMap { $0.batches.map(\.name) }),
            method: plan.method, smooth: plan.design.smoothGroups, classes: try plan.classes?.classes(of: features)
        ).run(chunksOf: sources)
        return try HarmonisationFile(
            plan: plan, model: model.combat, batches: [],
            factors: FactorPart(effects: model.factors, combinations: model.combinations))
    }
}

extension HarmonisationPlan {
    /// Why the rows must be in memory together; nil if they need not.
    func needsRows(incomplete: [String]) -> String? {
        if hasCovariance { return "CovBat" }
        if subjectColumn != nil { return "random intercepts" }
        // Refused with a name by the fit of sources.
        return incomplete.isEmpty || batchColumns.count > 1 ? nil : "missing values"
    }
}
