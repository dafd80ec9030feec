import Federation
import Harmonisation
import Learning
import Statistics
import StudyProtocol
import Validation

extension Pipeline {
    func afterRelevance(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        guard let moments = state.moments,
            case .done(let statistics) = try step(UnivariateFilter(centres: [], scales: []), state, sum)
        else { throw PipelineError.unexpectedContent("a second round of relevance") }
        state.relevance = statistics.map(\.magnitude)
        return try enter(
            .correlation, state, CorrelationMatrix(centres: moments.means, scales: moments.standardDeviations))
    }

    func afterCorrelation(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        guard let moments = state.moments, let model = study.model,
            case .done(let correlation) = try step(CorrelationMatrix(centres: [], scales: []), state, sum)
        else { throw PipelineError.unexpectedContent("a second round of correlation") }
        // Covariates of the model are not selected: their relevance is hidden from the filter.
        var relevance = state.relevance
        for index in state.features.count..<relevance.count { relevance[index] = 0 }
        for (index, name) in state.features.enumerated() where study.selection.fixed.contains(name) {
            relevance[index] = .greatestFiniteMagnitude
        }
        let independent = RedundancyFilter.relevanceOrdered(
            correlation: correlation, relevance: relevance, maximumCorrelation: study.selection.maximumCorrelation)
        state.results.selection.independent = independent.count
        // In the order of the table, so that the model file does not depend on ties of relevance.
        let selected = independent.prefix(study.selection.maximumFeatures).sorted()
        let covariates = (state.features.count..<moments.columns.count).filter { moments.standardDeviations[$0] > 0 }
        let columns = selected + covariates
        guard !columns.isEmpty else { throw PipelineError.noFeatures("none varies with the outcome") }
        let record = MomentsRecord(
            columns: columns.map { moments.columns[$0] }, means: columns.map { moments.means[$0] },
            standardDeviations: columns.map { moments.standardDeviations[$0] }, count: moments.count)
        state.moments = record
        state.results.selection.selected = record.columns
        return try enter(
            .training, state,
            RidgeLogistic(
                columns: record.columns, means: record.means, standardDeviations: record.standardDeviations,
                lambda: model.lambda ?? 0),
            frozen: [try freeze(ArtefactName.standardisation, record)])
    }

    func afterTraining(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        guard let moments = state.moments, let model = study.model else {
            throw PipelineError.unexpectedContent("training without a model")
        }
        switch try step(RidgeLogistic(columns: [], means: [], standardDeviations: [], lambda: 0), state, sum) {
        case .broadcast(let next): return try broadcast(.training, state, RidgeLogistic.identifier, next)
        case .done(let fit):
            let frozen = try freeze(
                ArtefactName.model,
                LogisticModel(
                    columns: moments.columns, means: moments.means, standardDeviations: moments.standardDeviations,
                    coefficients: fit.coefficients, intercept: fit.intercept, lambda: model.lambda ?? 0))
            let results = ModelResults(
                sha256: frozen.sha256, intercept: fit.intercept,
                coefficients: moments.columns.indices.map {
                    NamedValue(
                        name: moments.columns[$0], value: fit.coefficients[$0],
                        standardError: fit.standardErrors[$0 + 1])
                },
                iterations: fit.iterations)
            guard state.refit == nil else { return try afterRefit(state, results, frozen: frozen) }
            state.results.model = results
            return try enterValidation(state, frozen: [frozen])
        }
    }

    func enterValidation(_ state: PipelineState, frozen: [FrozenArtefact]) throws -> PipelineStep {
        guard !scores.isEmpty else { return try enterStatistics(state, frozen: frozen) }
        return try broadcast(
            .siteValidation, state, SiteValidation.identifier,
            SiteValidation.State(scores: scores, threshold: study.validation.threshold), frozen: frozen)
    }

    /// The pooled AUC of the next score that has at least two sites; the end after the last.
    func nextScore(_ state: PipelineState) throws -> PipelineStep {
        var state = state
        while state.results.scores.count < scores.count {
            let score = scores[state.results.scores.count]
            let sites = participants(.pooledAUC, score: score)
            state.results.scores.append(summary(of: score, sites: sites, results: state.results))
            if sites.count >= 2, study.outcome.time == nil {
                state.scoreIndex = state.results.scores.count - 1
                return try enter(.pooledAUC, state, pooledAUC(of: score))
            }
        }
        return try enterStatistics(state)
    }

    /// The search for the edges of the bins; an adaptive one begins with few.
    func pooledAUC(of score: String) -> PooledAUC {
        let most = study.validation.histogramBins
        return PooledAUC(
            score: score, bins: study.validation.adaptiveBins == nil ? most : min(CertifiedAUC.fewestBins, most),
            minimumPerBin: study.disclosure.minimumCell)
    }

    /// A step of a pooled AUC.
    enum AreaStep {
        /// Its next round.
        case following(PipelineStep)
        /// What was found.
        case done(PooledAUC.Result)
    }

    /// The next round of a pooled AUC, with more bins where the protocol lets them grow, or its result.
    func areaStep(_ phase: Phase, _ state: PipelineState, _ sum: Contribution) throws -> AreaStep {
        switch try step(PooledAUC(score: "", bins: 2, minimumPerBin: 1), state, sum) {
        case .broadcast(let next): return .following(try broadcast(phase, state, PooledAUC.identifier, next))
        case .done(let result):
            let asked = try CanonicalForm.decode(PooledAUC.State.self, from: state.broadcast)
            guard study.validation.adaptiveBins != nil,
                let more = CertifiedAUC.binsToTry(
                    after: result, asked: PooledAUC.askedBins(asked), limit: study.validation.histogramBins)
            else { return .done(result) }
            let wider = PooledAUC(score: asked.score, bins: more, minimumPerBin: study.disclosure.minimumCell)
            return .following(try enter(phase, state, wider))
        }
    }

    func afterPooledAUC(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        var state = state
        switch try areaStep(.pooledAUC, state, sum) {
        case .following(let step): return step
        case .done(let result):
            state.results.scores[state.scoreIndex].pooledAUC = result.estimate
            state.results.scores[state.scoreIndex].certified = result.certified.map { [$0.lower, $0.upper] } ?? []
            if study.validation.adaptiveBins != nil {
                state.results.scores[state.scoreIndex].isNarrow = result.isNarrow
            }
            return try nextScore(state)
        }
    }

    private func summary(of score: String, sites: [String], results: StudyResults) -> ScoreResults {
        let statistic = study.outcome.time == nil ? "auc" : Catalogue.concordance
        var estimates: [(site: String, auc: Estimate)] = []
        var verdicts: [String: String] = [:]
        for site in results.sites {
            guard let auc = site.estimate(statistic, score) else { continue }
            if let gate = study.validation.gateAUC ?? study.validation.gateC, sites.contains(site.site) {
                verdicts[site.site] = Verdict(auc, gate: gate).rawValue
            }
            if let value = auc.number, value > 0, value < 1 { estimates.append((site.site, auc)) }
        }
        let own = estimates.filter { sites.contains($0.site) }
        let used = own.count >= 3 ? own : estimates
        let name = study.outcome.time == nil ? "AUC" : "C"
        let summary = SiteSummary(used.map(\.auc), scale: .logit)
        return ScoreResults(
            score: score, sites: sites, summarySites: used.map(\.site), summaryAUC: summary.mean,
            predictionInterval: summary.prediction, tauSquared: summary.tauSquared, iSquared: summary.iSquared,
            pooledAUC: .notEstimable(
                sites.count > 1
                    ? (study.outcome.time == nil ? "not asked for" : "validation.horizon is not set")
                    : sites.count == 1 ? "one site: the pooled \(name) is the site's" : "fewer than two sites"),
            certified: [], verdicts: verdicts, measure: study.outcome.time == nil ? nil : "C")
    }
}
