public import Federation
public import Harmonisation

extension HarmonisationFile {
    /// Harmonised rows, estimates of new batches, and new combinations of levels.
    public typealias Applied = (
        harmonised: CaseTable, new: [BatchEstimate], fallbacks: [FactorComBatModel.Fallback]
    )

    /// Harmonises rows: batches that fitted the model with their estimates, others with estimates from their own rows.
    ///
    /// - Parameter minimum: a new batch with fewer rows is refused.
    /// - Returns: the rows, the estimates of the new batches, and new combinations of several batch columns with what they
    ///   are taken as.
    /// - Throws: `HarmonisationError`, `FederationError`, or `LocalHarmonisationError` for a new batch with random
    ///   intercepts.
    public func apply(
        to rows: HarmonisationRows, newBatchMinimum minimum: Int
    ) throws -> Applied {
        guard let transforms else { return try applyTransformed(to: rows, newBatchMinimum: minimum) }
        let before = HarmonisationRows(table: try transforms.transformed(rows.table), subject: rows.subject)
        var applied = try applyTransformed(to: before, newBatchMinimum: minimum)
        applied.harmonised = try transforms.restored(applied.harmonised, before: before.table, original: rows.table)
        return applied
    }

    private func applyTransformed(
        to rows: HarmonisationRows, newBatchMinimum minimum: Int
    ) throws -> Applied {
        if let factors {
            let (table, fallbacks) = try factors.model(model).apply(to: rows.table)
            return (table, [], fallbacks)
        }
        let known = Set(batches.map(\.batch) + [model.reference].compactMap { $0 })
        let fresh = (0..<rows.table.count).filter { !known.contains(rows.table.batch[$0]) }
        if let subjects {
            if let row = fresh.first { throw LocalHarmonisationError.newBatchWithSubjects(rows.table.batch[row]) }
            guard let subject = rows.subject else { throw LocalHarmonisationError.noSubjects }
            let shard = LongitudinalTable(table: rows.table, subject: subject)
            let fitted = RandomInterceptModel(combat: model, ratio: subjects.ratio)
            let own = try fitted.subjectIntercepts(shard, batches: subjects.batches)
            return (try model.apply(batches, to: rows.table.adding(own, factor: -1)).adding(own, factor: 1), [], [])
        }
        var estimates: [BatchEstimate] = []
        var scores = scoreBatches ?? []
        if !fresh.isEmpty {
            let found = try model.harmonise(rows.table.selecting(rows: fresh), minimumBatchSize: minimum)
            estimates = found.estimates
            if let covariance {
                scores += try covariance.estimates(found.table, after: model, minimumBatchSize: minimum)
            }
        }
        let table = try model.apply(batches + estimates, to: rows.table)
        guard let covariance else { return (table, estimates, []) }
        return (try covariance.apply(scores, to: table, after: model), estimates, [])
    }
}

extension HarmonisationFile.FactorPart {
    /// The part together with the pooled regression.
    func model(_ combat: ComBatModel) -> FactorComBatModel {
        FactorComBatModel(combat: combat, factors: effects, combinations: combinations)
    }
}
