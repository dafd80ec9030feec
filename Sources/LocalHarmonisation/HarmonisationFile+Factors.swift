import Federation
import Harmonisation

extension HarmonisationFile {
    /// Fits several batch columns whose effects add up.
    ///
    /// - Throws: `HarmonisationError` naming columns and levels, `LocalHarmonisationError.missingWith`.
    static func fitFactors(
        _ plan: HarmonisationPlan, tables: [CaseTable]
    ) throws -> (file: HarmonisationFile, harmonised: [CaseTable]) {
        let incomplete = tables.flatMap(\.incompleteFeatures)
        guard incomplete.isEmpty else { throw LocalHarmonisationError.missingWith(features: incomplete) }
        let (features, covariates) = (tables[0].featureNames, tables[0].covariateNames)
        let exponents = try ExponentCensus(columns: features.count + covariates.count).run(on: tables).result
        let model = try FactorComBatFit(
            features: features, covariates: covariates, exponents: exponents,
            factors: BatchFactor.all(plan.batchColumns, in: tables.flatMap(\.batch)), method: plan.method,
            smooth: plan.design.smoothGroups, classes: try plan.classes?.classes(of: features),
            caseMinimum: tables.count > 1 ? plan.combinationMinimum : 1
        ).run(on: tables).result
        let file = try HarmonisationFile(
            plan: plan, model: model.combat, batches: [],
            factors: FactorPart(effects: model.factors, combinations: model.combinations))
        return (file, try tables.map { try model.apply(to: $0).table })
    }
}
