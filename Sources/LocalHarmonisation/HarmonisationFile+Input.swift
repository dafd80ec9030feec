public import Federation
public import Harmonisation
import Tables

extension HarmonisationFile {
    /// What harmonises the rows of an input, a range of them at a time.
    public typealias Rows = (_ rows: Range<Int>) throws -> CaseTable

    /// Fits the rows of an input, in memory that does not grow with their number; with CovBat it grows with the square of the
    /// number of features.
    ///
    /// - Returns: the document, and the harmonised rows.
    /// - Throws: `HarmonisationError`, `FederationError`, `TableError` or `LocalHarmonisationError`.
    public static func fit(
        _ plan: HarmonisationPlan, input: HarmonisationInput
    ) throws -> (file: HarmonisationFile, harmonised: Rows) {
        let rows = try input.spooled(batches: plan.batchColumns, design: plan.design, subject: plan.subjectColumn)
        let file = try fit(plan, rows: [rows], incomplete: rows.incompleteFeatures)
        let harmoniser = try file.fittedHarmoniser(of: rows, plan.transforms)
        return (file, { try harmoniser.apply(Array($0), of: rows) })
    }

    /// The documents without each fold of the rows of an input, in memory that does not grow with their number.
    ///
    /// - Parameter column: column of the folds.
    /// - Throws: what `fitFolds(_:sites:folds:column:)` throws, and `TableError`.
    public static func fitFolds(
        _ plan: HarmonisationPlan, input: HarmonisationInput, column: String
    ) throws -> [(fold: String, file: HarmonisationFile)] {
        let rows = try input.spooled(batches: plan.batchColumns, design: plan.design, subject: plan.subjectColumn)
        return try fitFolds(
            plan, rows: [rows], folds: [try input.meta.texts(column)], column: column,
            incomplete: rows.incompleteFeatures)
    }

    /// Harmonises the rows of an input, in memory that does not grow with their number.
    ///
    /// - Parameter minimum: a new batch with fewer rows is refused.
    /// - Returns: the harmonised rows, the estimates of new batches, and new combinations of several batch columns.
    /// - Throws: what `apply(to:newBatchMinimum:)` throws, and `TableError`.
    public func apply(
        to input: HarmonisationInput, newBatchMinimum minimum: Int
    ) throws -> (harmonised: Rows, new: [BatchEstimate], fallbacks: [FactorComBatModel.Fallback]) {
        let rows = try input.spooled(batches: batchColumns, design: design, subject: subjects?.column)
        let harmoniser = try harmoniser(of: rows, newBatchMinimum: minimum)
        return ({ try harmoniser.apply(Array($0), of: rows) }, harmoniser.new, harmoniser.fallbacks)
    }
}
