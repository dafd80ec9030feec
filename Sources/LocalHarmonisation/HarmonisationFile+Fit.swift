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
        try fit(plan, sites: sites, incomplete: sites.flatMap(\.table.incompleteFeatures))
    }

    /// The same where other rows than these may miss values of `incomplete` features.
    static func fit(
        _ plan: HarmonisationPlan, sites: [HarmonisationRows], incomplete: [String]
    ) throws -> (file: HarmonisationFile, harmonised: [CaseTable]) {
        guard let transforms = plan.transforms else {
            return try fitTransformed(plan, sites: sites, incomplete: incomplete)
        }
        let before = try sites.map {
            HarmonisationRows(table: try transforms.transformed($0.table), subject: $0.subject)
        }
        let (file, harmonised) = try fitTransformed(plan, sites: before, incomplete: incomplete)
        return (
            file,
            try sites.indices.map {
                try transforms.restored(harmonised[$0], before: before[$0].table, original: sites[$0].table)
            }
        )
    }

    private static func fitTransformed(
        _ plan: HarmonisationPlan, sites: [HarmonisationRows], incomplete: [String]
    ) throws -> (file: HarmonisationFile, harmonised: [CaseTable]) {
        let tables = sites.map(\.table)
        if plan.needsRows(incomplete: incomplete) == nil {
            let file = try fit(plan, sources: tables.map(TableRows.init))
            return (file, try tables.map { try file.harmoniser().apply(to: $0) })
        }
        try requireBatches(plan, sources: tables.map(TableRows.init))
        if plan.subjectColumn != nil { return try fitWithSubjects(plan, sites: sites) }
        guard plan.hasCovariance, incomplete.isEmpty else { return try fitIncomplete(plan, tables: tables) }
        let model = try plan.classified(pooled(plan, sources: tables.map(TableRows.init)))
        let found = try tables.map { try model.harmonise($0, minimumBatchSize: 1) }
        let covariance = try CovarianceModel.fit(after: model, to: found.map(\.table))
        let file = try HarmonisationFile(
            plan: plan, model: model, batches: found.flatMap(\.estimates), covariance: covariance.model,
            scoreBatches: covariance.estimates)
        return (
            file,
            try found.map { try covariance.model.apply(covariance.estimates, to: $0.table, after: model) }
        )
    }

    private static func fitIncomplete(
        _ plan: HarmonisationPlan, tables: [CaseTable]
    ) throws -> (file: HarmonisationFile, harmonised: [CaseTable]) {
        guard plan.reference == nil, !plan.hasCovariance, plan.design.smoothGroups.isEmpty else {
            throw LocalHarmonisationError.missingWith(features: tables.flatMap(\.incompleteFeatures))
        }
        let (features, covariates) = (tables[0].featureNames, tables[0].covariateNames)
        let census = ExponentCensus(columns: features.count + covariates.count, allowsMissing: true)
        let model = try plan.classified(
            IncompleteComBatFit(
                features: features, covariates: covariates, exponents: try census.run(on: tables).result,
                method: plan.method, missing: plan.missing
            ).run(on: tables).result)
        let found = try tables.map { try model.harmonise($0, minimumBatchSize: 1) }
        let file = try HarmonisationFile(plan: plan, model: model, batches: found.flatMap(\.estimates))
        return (file, found.map(\.table))
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
