import Agreement
import Federation
import Harmonisation
import Learning
import Statistics
public import StudyProtocol

extension Pipeline {
    func afterCensus(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        guard case .done(let cohort) = try step(CohortCount(), state, sum) else {
            return try enter(.census, state, CohortCount())
        }
        if study.model != nil, cohort.events == 0 || cohort.events == cohort.cases { throw PipelineError.oneClass }
        var state = state
        for index in state.results.sites.indices {
            state.results.sites[index].deviations = ProtocolVariation.deviations(
                of: state.results.sites[index].releases, study: study)
        }
        return try enter(.extraction, state, UsableCases())
    }

    func afterExtraction(
        _ state: PipelineState, _ sum: Contribution, _ answers: [String: Answer]
    ) throws -> PipelineStep {
        var state = state
        let reference = study.sites.all[0]
        let columns = answers[reference]?.columns ?? []
        for site in study.sites.all.dropFirst() {
            let other = answers[site]?.columns ?? []
            if other != columns {
                let culprit =
                    zip(columns, other).first { $0 != $1 }?.1 ?? (columns + other).last ?? "(none)"
                throw PipelineError.columnsDiffer(site: site, reference: reference, column: culprit)
            }
        }
        state.features = columns
        state.results.selection.extracted = columns.count
        guard !columns.isEmpty else { return try afterFeatures(state) }
        return try enter(.completeness, state, completeness(columns.count))
    }

    private func completeness(_ columns: Int) -> Completeness {
        // A combination of several batch columns may have one case; what does not vary in one passes unchanged.
        let isCombined = study.harmonisation.variant?.batches != nil
        return Completeness(
            columns: columns, withinBatches: study.harmonisation.method != .none && !isCombined,
            keepsGaps: study.model?.learning?.impute != nil,
            minimum: study.harmonisation.method == .none
                ? nil : isCombined ? study.disclosure.minimumCell : study.harmonisation.minimumBatchSize,
            cell: study.harmonisation.method == .none ? nil : study.disclosure.minimumCell)
    }

    func afterCompleteness(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        let computation = completeness(state.features.count)
        guard case .done(let kept) = try step(computation, state, sum) else {
            return try enter(.completeness, state, computation)
        }
        if !kept.withGaps.isEmpty { state.gaps = kept.withGaps.map { state.features[$0] } }
        state.features = kept.complete.map { state.features[$0] }
        state.results.selection.complete = kept.complete.count
        guard !state.features.isEmpty else {
            throw PipelineError.noFeatures(
                "every column has a missing value or is constant within a batch at some site")
        }
        return try afterFeatures(state)
    }

    /// Columns are known (or there are none): readers next, if the protocol has any.
    private func afterFeatures(_ state: PipelineState) throws -> PipelineStep {
        let hasContours = study.agreement.readers.count == 2
        let categories = study.agreement.ratings.isEmpty ? 0 : study.agreement.categories.count
        guard hasContours || categories > 0 else { return try afterReaders(state) }
        return try enter(
            .readerAgreement, state,
            LesionKappa(regions: hasContours ? study.regions.map(\.name) : [], categories: categories))
    }

    func afterReaderAgreement(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        guard case .done(let summary) = try step(LesionKappa(regions: [], categories: 0), state, sum) else {
            return try afterReaders(state)
        }
        for region in study.regions.map(\.name) where study.agreement.readers.count == 2 {
            state.results.pooledKappa[region] =
                summary.regions[region].map {
                    KappaEstimate.mean(lesions: $0.lesions, mean: $0.mean, standardError: $0.standardError)
                } ?? .notEstimable("fewer than two lesions with two contours")
        }
        if !summary.ratings.isEmpty {
            state.results.pooledKappa["ratings"] = CohenKappa.estimate(table: summary.ratings)
        }
        return try afterReaders(state)
    }

    private func afterReaders(_ state: PipelineState) throws -> PipelineStep {
        if state.features.isEmpty { return try enterValidation(state, frozen: []) }
        return try refits.isEmpty ? enterFit(state) : startRefits(state)
    }

    /// The first round of a fit of the candidate features.
    func enterFit(_ state: PipelineState, frozen: [FrozenArtefact] = []) throws -> PipelineStep {
        try enter(
            .scales, state, ExponentCensus(columns: state.features.count + covariateColumns.count),
            frozen: frozen + [try freeze(ArtefactName.features, state.features)]
                + (state.gaps.map { [try freeze(ArtefactName.gaps, $0)] } ?? []))
    }

    func afterScales(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        let census = ExponentCensus(columns: state.features.count + covariateColumns.count)
        guard case .done(let exponents) = try step(census, state, sum) else { return try enter(.scales, state, census) }
        state.exponents = exponents
        guard study.model != nil else { return try afterStability(state, frozen: []) }
        guard study.agreement.readers.count == 2 else { return try enterProtocolStability(state) }
        return try enter(
            .featureStability, state, FeatureICC(exponents: Array(exponents.prefix(state.features.count))))
    }

    func afterFeatureStability(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        let computation = FeatureICC(exponents: Array(state.exponents.prefix(state.features.count)))
        switch try step(computation, state, sum) {
        case .broadcast(let next):
            return try broadcast(.featureStability, state, FeatureICC.identifier, next)
        case .done(let agreement):
            return try afterReaderStability(state, agreement)
        }
    }

    func afterStability(_ state: PipelineState, frozen: [FrozenArtefact]) throws -> PipelineStep {
        var state = state
        state.results.selection.stable = state.features.count
        return try enterHarmonisation(state, frozen: frozen)
    }

    func enterMoments(_ state: PipelineState, frozen: [FrozenArtefact]) throws -> PipelineStep {
        try enter(.moments, state, PooledMoments(exponents: momentExponents(state)), frozen: frozen)
    }

    /// Exponents of the candidate features, then of the covariates of the model.
    private func momentExponents(_ state: PipelineState) -> [Int] {
        let p = state.features.count
        let names = covariateColumns
        return state.exponents.prefix(p)
            + modelCovariates.compactMap { name in names.firstIndex(of: name).map { state.exponents[p + $0] } }
    }

    /// Names of all coded covariates: `age`, `sex=M`.
    var covariateColumns: [String] { study.harmonisation.covariates.flatMap(\.columns) }

    /// Names of the coded covariates that enter the model.
    var modelCovariates: [String] { study.modelCovariateColumns }

    func afterMoments(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        switch try step(PooledMoments(exponents: []), state, sum) {
        case .broadcast(let next): return try broadcast(.moments, state, PooledMoments.identifier, next)
        case .done(let moments):
            let record = MomentsRecord(
                columns: state.features + modelCovariates, means: moments.means,
                standardDeviations: moments.standardDeviations, count: moments.count)
            guard study.model != nil else {
                state.results.moments = record
                return try enterValidation(state, frozen: [])
            }
            state.moments = record
            guard study.model?.learning == nil else { return try learn(state, open: nil) }
            return try enter(
                .relevance, state, UnivariateFilter(centres: record.means, scales: record.standardDeviations))
        }
    }
}

extension StudyProtocol.Covariate {
    /// Names of the coded columns: the name itself, or `name=level` for each level but the reference.
    public var columns: [String] { levels.map { $0.dropFirst().map { "\(name)=\($0)" } } ?? [name] }
}

/// Estimates of mean lesion kappa.
enum KappaEstimate {
    /// Mean kappa over lesions with a normal interval.
    static func mean(lesions: Int, mean: Double, standardError: Double) -> Estimate {
        let z = NormalDistribution.quantile(0.975)
        return .value(
            EstimateValue(
                value: mean, standardError: standardError, lower: mean - z * standardError,
                upper: min(1, mean + z * standardError), n: lesions, method: "mean voxel kappa over lesions"))
    }
}
