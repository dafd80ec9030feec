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
        let harmoniser = try harmoniser(of: rows, newBatchMinimum: minimum)
        return (
            try harmoniser.apply(Array(0..<rows.table.count), of: rows), harmoniser.new, harmoniser.fallbacks
        )
    }

    /// What harmonises the rows of a site that fitted the model.
    ///
    /// - Parameter transforms: those of the features.
    func fittedHarmoniser(of site: some SiteRows, _ transforms: FeatureTransforms?) throws -> Harmoniser {
        let all = factors?.combinations.map { BatchCombination.name($0.levels) } ?? []
        return Harmoniser(
            model: model, estimates: factors?.model(model).composed(all) ?? batches, transforms: transforms,
            covariance: covariance.map {
                ($0, scoreFactors?.model($0.scores).composed(all) ?? scoreBatches ?? [])
            },
            intercepts: try subjects.map { try $0.intercepts(of: site, model: model, transforms) })
    }

    /// What harmonises rows of a site, with estimates of the batches that did not fit the model.
    ///
    /// - Parameter minimum: a new batch with fewer rows is refused.
    func harmoniser(of site: some SiteRows, newBatchMinimum minimum: Int) throws -> Harmoniser {
        var harmoniser = try fittedHarmoniser(of: site, transforms)
        if let factors {
            let found = try factors.model(model).estimates(of: site.batch)
            harmoniser.estimates = found.estimates
            harmoniser.fallbacks = found.fallbacks
            if subjects != nil, let new = found.fallbacks.first {
                throw LocalHarmonisationError.newBatchWithSubjects(new.levels.joined(separator: " / "))
            }
            if let covariance, let scoreFactors {
                let scores = try scoreFactors.model(covariance.scores).estimates(of: site.batch)
                harmoniser.covariance = (covariance, scores.estimates)
            }
            return harmoniser
        }
        let known = Set(batches.map(\.batch) + [model.reference].compactMap { $0 })
        let unknown = Set(site.batch).subtracting(known)
        guard let first = unknown.min() else { return harmoniser }
        guard subjects == nil else { throw LocalHarmonisationError.newBatchWithSubjects(first) }
        let rows = site.batch.indices.filter { unknown.contains(site.batch[$0]) }
        let source = try site.selecting(rows: rows).source(transforms)
        for batch in source.batches where batch.rows < minimum {
            throw LocalHarmonisationError.newBatchTooSmall(batch.name, rows: batch.rows, minimum: minimum)
        }
        harmoniser.new = try model.estimates(source, minimumBatchSize: minimum)
        harmoniser.estimates += harmoniser.new
        if let (covariance, scores) = harmoniser.covariance {
            let own = try covariance.estimates(
                model.harmonised(source, by: harmoniser.new), after: model, minimumBatchSize: minimum)
            harmoniser.covariance = (covariance, scores + own)
        }
        return harmoniser
    }
}

/// Location and scale of every batch of some rows, ready to be taken off.
struct Harmoniser {
    let model: ComBatModel
    var estimates: [BatchEstimate]
    var transforms: FeatureTransforms?
    /// CovBat, and location and scale of the scores of every batch.
    var covariance: (model: CovarianceModel, estimates: [BatchEstimate])?
    /// Random intercepts of the rows' patients.
    var intercepts: SubjectIntercepts?
    var new: [BatchEstimate] = []
    var fallbacks: [FactorComBatModel.Fallback] = []

    /// Harmonised rows of a site, their features on their own scale.
    ///
    /// - Parameter rows: numbers of the rows.
    func apply(_ rows: [Int], of site: some SiteRows) throws -> CaseTable {
        let original = try site.table(rows)
        let before = try transforms?.transformed(original) ?? original
        let own = try intercepts?.values(of: rows) ?? []
        var after = try model.apply(estimates, to: before.adding(own, factor: -1))
        if let covariance { after = try covariance.model.apply(covariance.estimates, to: after, after: model) }
        after = after.adding(own, factor: 1)
        if !own.isEmpty, let reference = model.reference {
            // An intercept taken off and added again is not always the same bits.
            let p = after.featureCount
            for row in 0..<after.count where after.batch[row] == reference {
                after.features.replaceSubrange(
                    row * p..<(row + 1) * p, with: before.features[row * p..<(row + 1) * p])
            }
        }
        return try transforms?.restored(after, before: before, original: original) ?? after
    }
}

extension HarmonisationFile.SubjectPart {
    /// The random intercepts of a site's patients.
    func intercepts(
        of site: some SiteRows, model: ComBatModel, _ transforms: FeatureTransforms?
    ) throws -> SubjectIntercepts {
        RandomInterceptModel(combat: model, ratio: ratio).subjectIntercepts(
            try site.patients(transforms), batches: batches)
    }
}
