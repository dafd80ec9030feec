public import Federation
import Harmonisation

extension HarmonisationFile {
    /// Fits all batches of the rows of one or several sites; several exchange the sums that a study would.
    ///
    /// - Parameters:
    ///   - plan: what is fitted.
    ///   - sites: the rows of each site; a batch, and a patient, lies within one.
    /// - Returns: the document and the harmonised rows of each site.
    /// - Throws: `HarmonisationError`, `FederationError` or `LocalHarmonisationError`.
    public static func fit(
        _ plan: HarmonisationPlan, sites: [HarmonisationRows]
    ) throws -> (file: HarmonisationFile, harmonised: [CaseTable]) {
        let file = try fit(plan, rows: sites, incomplete: sites.flatMap(\.incompleteFeatures))
        return (
            file,
            try sites.map { site in
                let harmoniser = try file.fittedHarmoniser(of: site, plan.transforms)
                return try harmoniser.apply(Array(0..<site.table.count), of: site)
            }
        )
    }

    /// The document of rows that need not be in memory.
    ///
    /// - Parameter incomplete: features of which these or other rows of the table miss values.
    static func fit(
        _ plan: HarmonisationPlan, rows sites: [some SiteRows], incomplete: [String]
    ) throws -> HarmonisationFile {
        if !incomplete.isEmpty { try requireMissingAllowed(plan, incomplete) }
        let sources = try sites.map { try $0.source(plan.transforms) }
        guard plan.batchColumns.count == 1 else {
            return try fitFactors(plan, sources: sources, isIncomplete: !incomplete.isEmpty)
        }
        try requireBatches(plan, sources: sources)
        if plan.subjectColumn != nil { return try fitWithSubjects(plan, sites: sites) }
        let model = try plan.classified(pooled(plan, sources: sources, isIncomplete: !incomplete.isEmpty))
        let estimates = try sources.flatMap { try model.estimates($0, minimumBatchSize: 1) }
        guard plan.hasCovariance else { return try HarmonisationFile(plan: plan, model: model, batches: estimates) }
        let covariance = try CovarianceModel.fit(
            after: model, to: sources.map { model.harmonised($0, by: estimates) })
        return try HarmonisationFile(
            plan: plan, model: model, batches: estimates, covariance: covariance.model,
            scoreBatches: covariance.estimates)
    }

    private static func requireMissingAllowed(
        _ plan: HarmonisationPlan, _ incomplete: [String]
    ) throws(LocalHarmonisationError) {
        let isPlain = plan.reference == nil && !plan.hasCovariance && plan.subjectColumn == nil
        guard isPlain, plan.design.smoothGroups.isEmpty else {
            throw .missingWith(features: Set(incomplete).sorted())
        }
    }

    /// Refuses one batch, an unknown reference, and a batch with rows in several sites.
    private static func requireBatches(
        _ plan: HarmonisationPlan, sources: [any RowSource]
    ) throws(LocalHarmonisationError) {
        var seen: Set<String> = []
        for name in sources.flatMap({ $0.batches.map(\.name) }).sorted() {
            guard seen.insert(name).inserted else { throw .sharedBatch(name) }
        }
        guard seen.count > 1 else { throw .oneBatch(column: plan.batchColumns[0]) }
        if let reference = plan.reference, !seen.contains(reference) {
            throw .noReference(reference, batches: seen.sorted())
        }
    }

    /// The pooled part.
    private static func pooled(
        _ plan: HarmonisationPlan, sources: [any RowSource], isIncomplete: Bool
    ) throws -> ComBatModel {
        let (features, covariates) = (sources[0].featureNames, sources[0].covariateNames)
        let census = ExponentCensus(columns: features.count + covariates.count, allowsMissing: isIncomplete)
        let exponents = try census.run(chunksOf: sources)
        guard !isIncomplete else {
            return try IncompleteComBatFit(
                features: features, covariates: covariates, exponents: exponents, method: plan.method,
                missing: plan.missing
            ).fit(sources)
        }
        let model = try ComBatFit(
            features: features, covariates: covariates, exponents: exponents, method: plan.method,
            smooth: plan.design.smoothGroups
        ).fit(sources)
        guard let reference = plan.reference else { return model }
        return try ReferenceBatchFit(model, reference: reference).run(chunksOf: sources)
    }

    private static func fitWithSubjects(
        _ plan: HarmonisationPlan, sites: [some SiteRows]
    ) throws -> HarmonisationFile {
        let patients = try sites.map { try $0.patients(plan.transforms) }
        var seen: Set<String> = []
        for site in patients {
            let own = Set(site.subject)
            guard seen.isDisjoint(with: own) else { throw LocalHarmonisationError.sharedSubject }
            seen.formUnion(own)
        }
        let (features, covariates) = (patients[0].featureNames, patients[0].covariateNames)
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(chunksOf: patients)
        let fitted = try RandomInterceptFit(
            features: features, covariates: covariates, exponents: exponents, method: plan.method
        ).fit(patients)
        let combat = try plan.classified(fitted.combat)
        let intercepts = try patients.flatMap { try fitted.batchIntercepts($0, exponents: exponents) }
        let estimates = try patients.flatMap {
            try combat.estimates(fitted.subjectIntercepts($0, batches: intercepts).rest, minimumBatchSize: 1)
        }
        return try HarmonisationFile(
            plan: plan, model: combat, batches: estimates,
            subjects: SubjectPart(column: plan.subjectColumn ?? "", ratio: fitted.ratio, batches: intercepts))
    }

    private static func fitFactors(
        _ plan: HarmonisationPlan, sources: [any RowSource], isIncomplete: Bool
    ) throws -> HarmonisationFile {
        let (features, covariates) = (sources[0].featureNames, sources[0].covariateNames)
        let minimum = sources.count > 1 ? plan.combinationMinimum : 1
        for site in sources {
            // Here and not chunk by chunk: a chunk's few rows are not the site's.
            if let sparse = site.batches.first(where: { $0.rows < minimum }) {
                throw HarmonisationError.sparseCombination(
                    levels: BatchCombination.levels(of: sparse.name), cases: sparse.rows, minimum: minimum)
            }
        }
        let names = sources.flatMap { $0.batches.map(\.name) }
        if let reference = plan.reference, !names.contains(reference) {
            throw LocalHarmonisationError.noReference(
                BatchCombination.shown(reference), batches: Set(names).sorted().map(BatchCombination.shown))
        }
        let census = ExponentCensus(columns: features.count + covariates.count, allowsMissing: isIncomplete)
        let factors = BatchFactor.all(plan.batchColumns, in: names)
        let model = try FactorComBatFit(
            features: features, covariates: covariates, exponents: try census.run(chunksOf: sources), factors: factors,
            method: plan.method, smooth: plan.design.smoothGroups, classes: try plan.classes?.classes(of: features),
            reference: plan.reference.map(BatchCombination.levels), allowsMissing: isIncomplete
        ).run(chunksOf: sources)
        guard plan.hasCovariance else {
            return try HarmonisationFile(plan: plan, model: model.combat, batches: [], factors: FactorPart(model))
        }
        let estimates = model.composed(model.combinations.map { BatchCombination.name($0.levels) })
        let covariance = try CovarianceModel.fit(
            after: model.combat, to: sources.map { model.combat.harmonised($0, by: estimates) }, factors: factors)
        return try HarmonisationFile(
            plan: plan, model: model.combat, batches: [], covariance: covariance.model,
            factors: FactorPart(model), scoreFactors: covariance.factors.map { FactorPart($0) })
    }
}

extension ComBatModel {
    /// Rows of a source with the batches' location and scale taken off.
    func harmonised(_ source: any RowSource, by estimates: [BatchEstimate]) -> MappedRows {
        MappedRows(source, features: features, covariates: covariates) { try apply(estimates, to: $0) }
    }
}
