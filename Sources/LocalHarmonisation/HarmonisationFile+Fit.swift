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
        guard let transforms = plan.transforms else { return try fitTransformed(plan, sites: sites) }
        let before = try sites.map {
            HarmonisationRows(table: try transforms.transformed($0.table), subject: $0.subject)
        }
        let (file, harmonised) = try fitTransformed(plan, sites: before)
        return (
            file,
            try sites.indices.map {
                try transforms.restored(harmonised[$0], before: before[$0].table, original: sites[$0].table)
            }
        )
    }

    private static func fitTransformed(
        _ plan: HarmonisationPlan, sites: [HarmonisationRows]
    ) throws -> (file: HarmonisationFile, harmonised: [CaseTable]) {
        let tables = sites.map(\.table)
        if plan.batchColumns.count > 1 { return try fitFactors(plan, tables: tables) }
        let names = Set(tables.flatMap(\.batch)).sorted()
        guard names.count > 1 else { throw LocalHarmonisationError.oneBatch(column: plan.batchColumns[0]) }
        if let reference = plan.reference, !names.contains(reference) {
            throw LocalHarmonisationError.noReference(reference, batches: names)
        }
        for name in names where tables.count(where: { $0.batch.contains(name) }) > 1 {
            throw LocalHarmonisationError.sharedBatch(name)
        }
        if plan.subjectColumn != nil { return try fitWithSubjects(plan, sites: sites) }
        let model = try plan.classified(pooled(plan, tables: tables))
        let found = try tables.map { try model.harmonise($0, minimumBatchSize: 1) }
        let estimates = found.flatMap(\.estimates)
        guard plan.hasCovariance else {
            let file = try HarmonisationFile(plan: plan, model: model, batches: estimates)
            return (file, found.map(\.table))
        }
        let covariance = try CovarianceModel.fit(after: model, to: found.map(\.table))
        let file = try HarmonisationFile(
            plan: plan, model: model, batches: estimates, covariance: covariance.model,
            scoreBatches: covariance.estimates)
        return (
            file,
            try found.map { try covariance.model.apply(covariance.estimates, to: $0.table, after: model) }
        )
    }

    /// The pooled part without random intercepts.
    private static func pooled(_ plan: HarmonisationPlan, tables: [CaseTable]) throws -> ComBatModel {
        let (features, covariates) = (tables[0].featureNames, tables[0].covariateNames)
        let columns = features.count + covariates.count
        guard tables.contains(where: { $0.features.contains(where: \.isNaN) }) else {
            let exponents = try ExponentCensus(columns: columns).run(on: tables).result
            let model = try ComBatFit(
                features: features, covariates: covariates, exponents: exponents, method: plan.method,
                smooth: plan.design.smoothGroups
            ).run(on: tables).result
            guard let reference = plan.reference else { return model }
            return try ReferenceBatchFit(model, reference: reference).run(on: tables).result
        }
        guard plan.reference == nil, !plan.hasCovariance, plan.design.smoothGroups.isEmpty else {
            throw LocalHarmonisationError.missingWith(features: tables.flatMap(\.incompleteFeatures))
        }
        let exponents = try ExponentCensus(columns: columns, allowsMissing: true).run(on: tables).result
        return try IncompleteComBatFit(
            features: features, covariates: covariates, exponents: exponents, method: plan.method,
            missing: plan.missing
        ).run(on: tables).result
    }

    private static func fitWithSubjects(
        _ plan: HarmonisationPlan, sites: [HarmonisationRows]
    ) throws -> (file: HarmonisationFile, harmonised: [CaseTable]) {
        let shards = try sites.map { site in
            guard let subject = site.subject else { throw LocalHarmonisationError.noSubjects }
            return LongitudinalTable(table: site.table, subject: subject)
        }
        for (place, shard) in shards.enumerated() {
            let others = Set(shards.dropFirst(place + 1).flatMap(\.subject))
            if !others.isDisjoint(with: shard.subject) { throw LocalHarmonisationError.sharedSubject }
        }
        let tables = sites.map(\.table)
        let columns = tables[0].featureCount + tables[0].covariateNames.count
        let exponents = try ExponentCensus(columns: columns).run(on: tables).result
        let fitted = try RandomInterceptFit(
            features: tables[0].featureNames, covariates: tables[0].covariateNames, exponents: exponents,
            method: plan.method
        ).run(on: shards).result
        let combat = try plan.classified(fitted.combat)
        let intercepts = try shards.flatMap { try fitted.batchIntercepts($0) }
        var estimates: [BatchEstimate] = []
        var harmonised: [CaseTable] = []
        for shard in shards {
            let own = try fitted.subjectIntercepts(shard, batches: intercepts)
            let found = try combat.harmonise(shard.table.adding(own, factor: -1), minimumBatchSize: 1)
            estimates += found.estimates
            harmonised.append(found.table.adding(own, factor: 1))
        }
        let file = try HarmonisationFile(
            plan: plan, model: combat, batches: estimates,
            subjects: SubjectPart(column: plan.subjectColumn ?? "", ratio: fitted.ratio, batches: intercepts))
        return (file, harmonised)
    }
}

extension CaseTable {
    /// Features with a missing value.
    var incompleteFeatures: [String] {
        (0..<featureCount).filter { column in (0..<count).contains { features[$0 * featureCount + column].isNaN } }
            .map { featureNames[$0] }
    }

    /// The table with a multiple of other values added to its features; where these are 0 the bits stay.
    func adding(_ values: [Double], factor: Double) -> CaseTable {
        var output = self
        for index in values.indices where values[index] != 0 { output.features[index] += factor * values[index] }
        return output
    }
}
