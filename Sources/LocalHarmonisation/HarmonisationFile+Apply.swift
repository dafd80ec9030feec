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
    public func apply(to rows: HarmonisationRows, newBatchMinimum minimum: Int) throws -> Applied {
        let before = try transforms?.transformed(rows.table) ?? rows.table
        let source = TableRows(before)
        if let subjects {
            if let name = unknown(source).first { throw LocalHarmonisationError.newBatchWithSubjects(name) }
            guard let subject = rows.subject else { throw LocalHarmonisationError.noSubjects }
            let shard = LongitudinalTable(table: before, subject: subject)
            let fitted = RandomInterceptModel(combat: model, ratio: subjects.ratio)
            let own = try fitted.subjectIntercepts(shard, batches: subjects.batches)
            let after = try model.apply(batches, to: before.adding(own, factor: -1)).adding(own, factor: 1)
            return (try transforms?.restored(after, before: before, original: rows.table) ?? after, [], [])
        }
        let unknown = Set(unknown(source))
        let fresh = before.selecting(rows: before.batch.indices.filter { unknown.contains(before.batch[$0]) })
        let harmoniser = try harmoniser(of: source, new: TableRows(fresh), newBatchMinimum: minimum)
        guard let covariance else {
            return (try harmoniser.apply(to: rows.table), harmoniser.new, harmoniser.fallbacks)
        }
        var scores = scoreBatches ?? []
        if fresh.count > 0 {
            let found = try model.apply(harmoniser.new, to: fresh)
            scores += try covariance.estimates(found, after: model, minimumBatchSize: minimum)
        }
        let table = try covariance.apply(scores, to: model.apply(harmoniser.estimates, to: before), after: model)
        return (
            try transforms?.restored(table, before: before, original: rows.table) ?? table, harmoniser.new, []
        )
    }

    /// Batches of a source that did not fit the model.
    func unknown(_ source: some RowSource) -> [String] {
        let known = Set(batches.map(\.batch) + [model.reference].compactMap { $0 })
        return source.batches.map(\.name).filter { !known.contains($0) }
    }

    /// What harmonises the rows that fitted the model.
    func harmoniser() -> Harmoniser {
        guard let factors else { return Harmoniser(model: model, estimates: batches, transforms: nil) }
        let all = factors.combinations.map { BatchCombination.name($0.levels) }
        return Harmoniser(model: model, estimates: factors.model(model).composed(all), transforms: nil)
    }

    /// What harmonises rows, with estimates of the batches that did not fit the model.
    ///
    /// - Parameters:
    ///   - source: all rows, their features transformed.
    ///   - new: those whose batch is not known.
    ///   - minimum: a new batch with fewer rows is refused.
    func harmoniser(
        of source: some RowSource, new: some RowSource, newBatchMinimum minimum: Int
    ) throws -> Harmoniser {
        if let factors {
            let found = try factors.model(model).estimates(of: source.batches.map(\.name))
            return Harmoniser(
                model: model, estimates: found.estimates, transforms: transforms, fallbacks: found.fallbacks)
        }
        let fresh = new.count > 0 ? try model.estimates(new, minimumBatchSize: minimum) : []
        return Harmoniser(model: model, estimates: batches + fresh, transforms: transforms, new: fresh)
    }
}

/// Location and scale of every batch of some rows, ready to be taken off.
struct Harmoniser {
    let model: ComBatModel
    let estimates: [BatchEstimate]
    var transforms: FeatureTransforms?
    var new: [BatchEstimate] = []
    var fallbacks: [FactorComBatModel.Fallback] = []

    /// The rows of a table, whose features are on their own scale.
    func apply(to table: CaseTable) throws -> CaseTable {
        guard let transforms else { return try model.apply(estimates, to: table) }
        let before = try transforms.transformed(table)
        return try transforms.restored(model.apply(estimates, to: before), before: before, original: table)
    }
}

extension HarmonisationFile.FactorPart {
    /// The part together with the pooled regression.
    func model(_ combat: ComBatModel) -> FactorComBatModel {
        FactorComBatModel(combat: combat, factors: effects, combinations: combinations)
    }
}
