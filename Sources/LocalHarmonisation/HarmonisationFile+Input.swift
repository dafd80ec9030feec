public import Federation
public import Harmonisation

extension HarmonisationFile {
    /// What harmonises the rows of an input, a range of them at a time.
    public typealias Rows = (_ rows: Range<Int>) throws -> CaseTable

    /// Fits the rows of an input, in memory that does not grow with their number where the plan allows it: not with CovBat,
    /// random intercepts and missing values.
    ///
    /// - Returns: the document, and the harmonised rows.
    /// - Throws: `HarmonisationError`, `FederationError`, `TableError` or `LocalHarmonisationError`.
    public static func fit(
        _ plan: HarmonisationPlan, input: HarmonisationInput
    ) throws -> (file: HarmonisationFile, harmonised: Rows) {
        guard plan.needsRows(incomplete: input.incompleteFeatures) == nil else {
            let rows = try input.loaded(
                batches: plan.batchColumns, design: plan.design, subject: plan.subjectColumn)
            let (file, harmonised) = try fit(plan, sites: [rows])
            return (file, { harmonised[0].selecting(rows: Array($0)) })
        }
        let rows = try input.spooled(batches: plan.batchColumns, design: plan.design)
        let file = try fit(plan, sources: [rows.transformed(plan.transforms)])
        var harmoniser = file.harmoniser()
        harmoniser.transforms = plan.transforms
        let ready = harmoniser
        return (file, { try ready.apply(to: rows.table(Array($0))) })
    }

    /// Harmonises the rows of an input, in memory that does not grow with their number but with CovBat and random intercepts.
    ///
    /// - Parameter minimum: a new batch with fewer rows is refused.
    /// - Returns: the harmonised rows, the estimates of new batches, and new combinations of several batch columns.
    /// - Throws: what `apply(to:newBatchMinimum:)` throws, and `TableError`.
    public func apply(
        to input: HarmonisationInput, newBatchMinimum minimum: Int
    ) throws -> (harmonised: Rows, new: [BatchEstimate], fallbacks: [FactorComBatModel.Fallback]) {
        guard subjects == nil, covariance == nil else {
            let rows = try input.loaded(batches: batchColumns, design: design, subject: subjects?.column)
            let applied = try apply(to: rows, newBatchMinimum: minimum)
            return ({ applied.harmonised.selecting(rows: Array($0)) }, applied.new, applied.fallbacks)
        }
        let rows = try input.spooled(batches: batchColumns, design: design)
        let source = rows.transformed(transforms)
        let unknown = Set(unknown(source))
        let harmoniser = try harmoniser(
            of: source, new: source.filtered(unknown.contains), newBatchMinimum: minimum)
        return ({ try harmoniser.apply(to: rows.table(Array($0))) }, harmoniser.new, harmoniser.fallbacks)
    }
}
