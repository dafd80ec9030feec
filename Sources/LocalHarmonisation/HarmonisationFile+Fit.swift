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
        // Scores of a row that lacks features would rest on values that somebody put in their place.
        if plan.hasCovariance, plan.incomplete == .refuse, !incomplete.isEmpty {
            throw LocalHarmonisationError.missingWith(features: Set(incomplete).sorted())
        }
        if plan.hasCovariance, !incomplete.isEmpty, sites[0].featureNames.count - Set(incomplete).count < 2 {
            throw LocalHarmonisationError.options(
                "--covbat: fewer than two features are without missing values; complete some, or leave the option out")
        }
        let isIncomplete = !incomplete.isEmpty
        let sources = try sites.map { try $0.source(plan.transforms) }
        try requireRowsOfBatches(plan, sources: sources)
        guard plan.batchColumns.count == 1 else {
            guard plan.subjectColumn != nil else {
                return try fitFactors(plan, sources: sources, incomplete: incomplete)
            }
            let found = try randomIntercepts(plan, sites: sites, isIncomplete: isIncomplete)
            return try fitFactors(plan, sources: found.rest, incomplete: incomplete, after: found)
        }
        try requireBatches(plan, sources: sources)
        guard plan.subjectColumn != nil else {
            let model = try pooled(plan, sources: sources, isIncomplete: isIncomplete)
            return try fitBatches(plan, model: plan.classified(model), sources: sources, incomplete: incomplete)
        }
        let found = try randomIntercepts(plan, sites: sites, isIncomplete: isIncomplete)
        return try fitBatches(
            plan, model: found.combat, sources: found.rest, incomplete: incomplete, subjects: found.part)
    }

    /// What follows the pooled regression: the reference, the batches, CovBat.
    private static func fitBatches(
        _ plan: HarmonisationPlan, model: ComBatModel, sources: [any RowSource], incomplete: [String],
        subjects: SubjectPart? = nil
    ) throws -> HarmonisationFile {
        let model =
            try plan.reference.map { try ReferenceBatchFit(model, reference: $0).run(chunksOf: sources) } ?? model
        let estimates = try sources.flatMap { try model.estimates($0, minimumBatchSize: 1) }
        guard plan.hasCovariance else {
            return try HarmonisationFile(plan: plan, model: model, batches: estimates, subjects: subjects)
        }
        let covariance = try CovarianceModel.fit(
            after: model, to: sources.map { model.harmonised($0, by: estimates) }, leavingOut: Set(incomplete))
        return try HarmonisationFile(
            plan: plan, model: model, batches: estimates, covariance: covariance.model,
            scoreBatches: covariance.estimates, subjects: subjects)
    }

    /// Refuses a batch of one row, of several batch columns a level of the first, unless the plan takes it.
    private static func requireRowsOfBatches(
        _ plan: HarmonisationPlan, sources: [any RowSource]
    ) throws(LocalHarmonisationError) {
        guard !plan.takesSingletons else { return }
        var rows: [String: Int] = [:]
        for batch in sources.flatMap(\.batches) {
            let name = plan.batchColumns.count > 1 ? BatchCombination.levels(of: batch.name)[0] : batch.name
            rows[name, default: 0] += batch.rows
        }
        if let single = rows.filter({ $0.value == 1 }).keys.min() {
            throw .singleton(batch: single, column: plan.batchColumns[0])
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
                missing: plan.missing, smooth: plan.design.smoothGroups, penalty: plan.chosenPenalty
            ).fit(sources)
        }
        return try ComBatFit(
            features: features, covariates: covariates, exponents: exponents, method: plan.method,
            smooth: plan.design.smoothGroups, penalty: plan.chosenPenalty
        ).fit(sources)
    }

    /// What random intercepts of patients leave, site by site, and the model that they are of.
    private typealias RandomIntercepts = (combat: ComBatModel, part: SubjectPart, rest: [any RowSource])

    /// The regression with a random intercept of each patient; with several batch columns each combination of levels has an
    /// intercept of its own in it.
    private static func randomIntercepts(
        _ plan: HarmonisationPlan, sites: [some SiteRows], isIncomplete: Bool
    ) throws -> RandomIntercepts {
        let patients = try sites.map { try $0.patients(plan.transforms) }
        var (subjects, batches): (Set<String>, Set<String>) = ([], [])
        for site in patients {
            guard subjects.isDisjoint(with: site.subject) else { throw LocalHarmonisationError.sharedSubject }
            subjects.formUnion(site.subject)
            for batch in site.batches where !batches.insert(batch.name).inserted {
                throw LocalHarmonisationError.sharedBatch(BatchCombination.shown(batch.name))
            }
        }
        let (features, covariates) = (patients[0].featureNames, patients[0].covariateNames)
        let census = ExponentCensus(columns: features.count + covariates.count, allowsMissing: isIncomplete)
        let exponents = try census.run(chunksOf: patients)
        let fitted = try RandomInterceptFit(
            features: features, covariates: covariates, exponents: exponents, method: plan.method,
            smooth: plan.design.smoothGroups, allowsMissing: isIncomplete
        ).fit(patients)
        let intercepts = try patients.flatMap { try fitted.batchIntercepts($0, exponents: exponents) }
        return (
            try plan.classified(fitted.combat),
            SubjectPart(column: plan.subjectColumn ?? "", ratio: fitted.ratio, batches: intercepts),
            patients.map { fitted.subjectIntercepts($0, batches: intercepts).rest }
        )
    }

    /// Refuses a combination of levels with fewer rows, and a feature of which fewer of its rows have a value.
    ///
    /// Here and not chunk by chunk: a chunk's few rows are not the site's.
    private static func requireRows(_ site: any RowSource, minimum: Int) throws {
        guard minimum > 1 else { return }
        for (place, batch) in site.batches.enumerated() {
            var counts = [Int](repeating: 0, count: site.featureNames.count)
            try site.forEachChunk(of: place) { table, rows in
                for row in rows {
                    for column in counts.indices where !table.features[row * counts.count + column].isNaN {
                        counts[column] += 1
                    }
                }
            }
            if let sparse = ([batch.rows] + counts.filter { $0 > 0 }).min(), sparse < minimum {
                throw HarmonisationError.sparseCombination(
                    levels: BatchCombination.levels(of: batch.name), cases: sparse, minimum: minimum)
            }
        }
    }

    private static func fitFactors(
        _ plan: HarmonisationPlan, sources: [any RowSource], incomplete: [String],
        after subjects: RandomIntercepts? = nil
    ) throws -> HarmonisationFile {
        let (features, covariates) = (sources[0].featureNames, sources[0].covariateNames)
        let minimum = sources.count > 1 ? plan.combinationMinimum : 1
        for site in sources { try requireRows(site, minimum: minimum) }
        let names = sources.flatMap { $0.batches.map(\.name) }
        if let reference = plan.reference, !names.contains(reference) {
            throw LocalHarmonisationError.noReference(
                BatchCombination.shown(reference), batches: Set(names).sorted().map(BatchCombination.shown))
        }
        let census = ExponentCensus(columns: features.count + covariates.count, allowsMissing: !incomplete.isEmpty)
        let factors = BatchFactor.all(plan.batchColumns, in: names)
        let model = try FactorComBatFit(
            features: features, covariates: covariates, exponents: try census.run(chunksOf: sources), factors: factors,
            method: plan.method, smooth: plan.design.smoothGroups, penalty: plan.chosenPenalty,
            classes: try plan.classes?.classes(of: features),
            reference: plan.reference.map(BatchCombination.levels), pooled: subjects?.combat,
            allowsMissing: !incomplete.isEmpty
        ).run(chunksOf: sources)
        guard plan.hasCovariance else {
            return try HarmonisationFile(
                plan: plan, model: model.combat, batches: [], subjects: subjects?.part, factors: FactorPart(model))
        }
        let estimates = model.composed(model.combinations.map { BatchCombination.name($0.levels) })
        let covariance = try CovarianceModel.fit(
            after: model.combat, to: sources.map { model.combat.harmonised($0, by: estimates) }, factors: factors,
            leavingOut: Set(incomplete))
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
