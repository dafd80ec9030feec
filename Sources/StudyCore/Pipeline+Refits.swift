import Federation
import Statistics
import StudyProtocol
import Validation

/// A refit that is under way.
struct RefitProgress: Sendable, Equatable, Codable {
    /// Place in the list of the study's refits.
    var index: Int
    /// What is left out.
    var without: Without
    /// Columns that every refit begins with.
    let candidates: [String]

    /// What is left out of a refit.
    enum Without: Sendable, Equatable, Codable {
        /// A training site.
        case site(String)
        /// A fold of every training site's cases.
        case fold(Int)

        /// In the results.
        var name: String {
            switch self {
            case .site(let site): site
            case .fold(let fold): "fold \(fold)"
            }
        }
    }
}

extension Pipeline {
    /// All refits: without each training site, then without each fold.
    var refits: [RefitProgress.Without] {
        guard study.model != nil else { return [] }
        // All training sites as one, as the pooled side of a comparison has them, cannot be left out.
        let isAsked = study.validation.leaveOutSites != nil && study.sites.training.count >= 2
        let sites = isAsked ? study.sites.training : []
        let folds = study.validation.folds ?? 0
        return sites.map { .site($0) } + (folds > 0 ? (1...folds).map { .fold($0) } : [])
    }

    private func kind(_ without: RefitProgress.Without) -> String {
        switch without {
        case .site: "leave one site out"
        case .fold: "\(study.validation.folds ?? 0) folds"
        }
    }

    func startRefits(_ state: PipelineState) throws -> PipelineStep {
        var state = state
        state.results.refits = []
        state.refit = RefitProgress(index: -1, without: refits[0], candidates: state.features)
        return try nextRefit(state)
    }

    /// The fit without the next site or fold; after the last one the study's own.
    private func nextRefit(_ state: PipelineState) throws -> PipelineStep {
        var state = state
        guard var refit = state.refit else { return try enterFit(state) }
        state.features = refit.candidates
        state.stability = nil
        for name in [
            ArtefactName.features, ArtefactName.harmonisation, ArtefactName.standardisation, ArtefactName.model,
            ArtefactName.fold,
        ] { state.artefacts[name] = nil }
        refit.index += 1
        guard refit.index < refits.count else {
            state.refit = nil
            return try enterFit(state)
        }
        refit.without = refits[refit.index]
        state.refit = refit
        if state.results.refits?.last?.kind != kind(refit.without) {
            state.results.refits?.append(RefitResults(kind: kind(refit.without)))
        }
        guard case .fold(let fold) = refit.without else { return try enterFit(state) }
        return try enterFit(state, frozen: [try freeze(ArtefactName.fold, HeldFold(fold: fold))])
    }

    private func update(_ state: inout PipelineState, _ change: (inout RefitResults) -> Void) {
        guard let last = state.results.refits?.indices.last else { return }
        change(&state.results.refits![last])
    }

    /// The model of a refit: validated at the site that was left out, or, after the last fold, on all held-out cases.
    func afterRefit(_ state: PipelineState, _ model: ModelResults, frozen: FrozenArtefact) throws -> PipelineStep {
        var state = state
        guard let refit = state.refit else { throw PipelineError.unexpectedContent("a refit that none asked for") }
        update(&state) { $0.models.append(RefitModel(without: refit.without.name, model: model, reason: "")) }
        state.artefacts[frozen.name] = frozen.sha256
        switch refit.without {
        case .site:
            return try validateRefit(state, score: Catalogue.modelScore, frozen: [frozen])
        case .fold(let fold):
            for name in [ArtefactName.features, ArtefactName.harmonisation, ArtefactName.model] {
                state.artefacts[ArtefactName.without(fold: fold, name)] = state.artefacts[name]
            }
            return try afterFold(state, fold, frozen: [frozen])
        }
    }

    /// The next fold, or the validation of all of them.
    private func afterFold(_ state: PipelineState, _ fold: Int, frozen: [FrozenArtefact]) throws -> PipelineStep {
        guard fold == study.validation.folds else {
            let next = try nextRefit(state)
            return PipelineStep(frozen: frozen + next.frozen, outcome: next.outcome, state: next.state)
        }
        return try validateRefit(state, score: Catalogue.outOfFoldScore, frozen: frozen)
    }

    private func validateRefit(
        _ state: PipelineState, score: String, frozen: [FrozenArtefact]
    ) throws -> PipelineStep {
        try broadcast(
            .refitValidation, state, SiteValidation.identifier,
            SiteValidation.State(scores: [score], threshold: study.validation.threshold), frozen: frozen)
    }

    /// A model that does not exist is a result; the others are fitted nevertheless. Without one fold's model there are no
    /// predictions out of fold.
    func afterFailedRefit(_ state: PipelineState, reason: String) throws -> PipelineStep {
        var state = state
        guard let refit = state.refit else { throw PipelineError.unexpectedContent("a refit that none asked for") }
        update(&state) { $0.models.append(RefitModel(without: refit.without.name, model: nil, reason: reason)) }
        guard case .fold = refit.without else { return try endOfRefit(state) }
        update(&state) { $0.pooledAUC = .notEstimable("there is no model without \(refit.without.name): \(reason)") }
        state.refit?.index = refits.count - 1
        return try nextRefit(state)
    }

    func afterRefitValidation(_ state: PipelineState, _ answers: [String: Answer]) throws -> PipelineStep {
        var state = state
        let sites = answers.keys.sorted().map { site in
            RefitSite(
                site: site,
                releases: (answers[site]?.releases ?? []).map {
                    NamedEstimate(name: $0.statistic, estimate: $0.estimate)
                })
        }
        update(&state) { $0.sites += sites }
        guard case .fold? = state.refit?.without else { return try endOfRefit(state) }
        update(&state) { $0.summaries = Self.summaries($0.sites) }
        guard study.sites.training.count >= 2 else {
            update(&state) { $0.pooledAUC = .notEstimable("one site: the pooled AUC is the site's") }
            return try enter(.refitCalibration, state, PooledCalibration())
        }
        return try enter(.refitAUC, state, pooledAUC(of: Catalogue.outOfFoldScore))
    }

    /// The summary after the last site that was left out, then the next refit.
    private func endOfRefit(_ state: PipelineState) throws -> PipelineStep {
        var state = state
        let following = state.refit.map { $0.index + 1 } ?? 0
        let isLast = following >= refits.count || kind(refits[following]) != state.results.refits?.last?.kind
        if isLast { update(&state) { $0.summaries = Self.summaries($0.sites) } }
        return try nextRefit(state)
    }

    func afterRefitAUC(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        switch try areaStep(.refitAUC, state, sum) {
        case .following(let step): return step
        case .done(let result):
            update(&state) {
                $0.pooledAUC = result.estimate
                $0.certified = result.certified.map { [$0.lower, $0.upper] } ?? []
            }
            return try enter(.refitCalibration, state, PooledCalibration())
        }
    }

    func afterRefitCalibration(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        switch try step(PooledCalibration(), state, sum) {
        case .broadcast(let next):
            return try broadcast(.refitCalibration, state, PooledCalibration.identifier, next)
        case .done(let report):
            update(&state) {
                $0.calibration = [
                    NamedEstimate(name: "calibration_slope", estimate: report.slope),
                    NamedEstimate(name: "calibration_intercept", estimate: report.intercept),
                    NamedEstimate(name: "observed_expected", estimate: report.observedOverExpected),
                    NamedEstimate(name: "brier", estimate: report.brier),
                    NamedEstimate(name: "scaled_brier", estimate: report.scaledBrier),
                ]
            }
            return try nextRefit(state)
        }
    }

    private static func summaries(_ sites: [RefitSite]) -> [RefitSummary] {
        let measures: [(String, SiteSummary.Scale)] = [
            ("auc", .logit), ("calibration_slope", .identity), ("observed_expected", .logarithm),
        ]
        return measures.map { statistic, scale in
            let estimates = sites.map { ($0.site, $0.estimate(statistic) ?? .notEstimable("not released")) }
            let summary = SiteSummary(estimates.map(\.1), scale: scale)
            var leftOut: [String: String] = [:]
            for (site, estimate) in estimates {
                leftOut[site] = SiteSummary.exclusion(of: estimate, scale: scale)
            }
            return RefitSummary(
                statistic: statistic, mean: summary.mean, prediction: summary.prediction,
                tauSquared: summary.tauSquared, iSquared: summary.iSquared, leftOut: leftOut)
        }
    }
}
