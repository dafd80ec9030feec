import Federation
import FoundationEssentials
import Statistics
import StudyProtocol
import Validation

/// The statistic that is under way.
struct StatisticProgress: Sendable, Equatable, Codable {
    /// Its place among those of the protocol.
    var place = 0
    /// The step.
    var step = StatisticStep.cohort
    /// Pooled numbers of the sites that take part.
    var cohort: StatisticCohort.Result?
    /// Edges of the bins of its scores.
    var edges: [PooledQuantileEdges.Result] = []
    /// Edges that were found before, by what they depend on.
    var known: [String: PooledQuantileEdges.Result] = [:]
}

extension Pipeline {
    /// The statistics from sums that the protocol asks for, one after the other; then the drop, if it asks for it, or the end.
    func enterStatistics(_ state: PipelineState, frozen: [FrozenArtefact] = []) throws -> PipelineStep {
        var state = state
        while let progress = state.statistic ?? firstStatistic, progress.place < study.statistics.count {
            let statistic = study.statistics[progress.place]
            state.statistic = progress
            guard study.sites(of: statistic).isEmpty else { return try ask(state, progress, frozen: frozen) }
            state = concluded(state, progress, .notEstimable("the study has no such site"))
        }
        state.statistic = nil
        return try study.validation.drop == nil ? finish(state, frozen: frozen) : enterDrop(state, frozen: frozen)
    }

    /// Where the statistics begin; nil without any.
    private var firstStatistic: StatisticProgress? { study.statistics.isEmpty ? nil : StatisticProgress() }

    /// Sites that answer about the statistic under way.
    func statisticSites(_ state: PipelineState) -> [String] {
        state.statistic.map { study.sites(of: study.statistics[$0.place]) } ?? []
    }

    /// Opens the first round of a step.
    private func ask(
        _ state: PipelineState, _ progress: StatisticProgress, frozen: [FrozenArtefact] = []
    ) throws -> PipelineStep {
        let stage = try plan(progress).stage(progress.step)
        return try broadcast(state, progress, stage, try stage.start(), frozen: frozen)
    }

    private func plan(_ progress: StatisticProgress) -> StatisticPlan {
        StatisticPlan(
            study.statistics[progress.place], cohort: progress.cohort, edges: progress.edges, study: study)
    }

    private func broadcast(
        _ state: PipelineState, _ progress: StatisticProgress, _ stage: StatisticStage, _ bytes: Data,
        frozen: [FrozenArtefact] = []
    ) throws -> PipelineStep {
        try broadcast(
            .statistic, state, Catalogue.statisticPrefix + stage.identifier,
            StatisticRound(
                statistic: study.statistics[progress.place], step: progress.step, cohort: progress.cohort,
                edges: progress.edges, state: bytes), frozen: frozen)
    }

    func afterStatistic(_ state: PipelineState, _ sum: Contribution) throws -> PipelineStep {
        guard var progress = state.statistic else {
            throw PipelineError.unexpectedContent("a statistic that none asked for")
        }
        var state = state
        let round = try CanonicalForm.decode(StatisticRound.self, from: state.broadcast)
        let stage = try plan(progress).stage(progress.step)
        switch try stage.next(round.state, sum) {
        case .broadcast(let bytes): return try broadcast(state, progress, stage, bytes)
        case .done(.cohort(let cohort)):
            progress.cohort = cohort
            if let reason = plan(progress).shortage(cohort) {
                return try enterStatistics(concluded(state, progress, .suppressed(reason)))
            }
        case .done(.edges(let edges)):
            guard !edges.edges.isEmpty else {
                let reason = "equal scores, or too few pooled cases for two bins of \(study.disclosure.minimumCell)"
                return try enterStatistics(concluded(state, progress, .suppressed(reason)))
            }
            if let key = plan(progress).searchKey(progress.step) { progress.known[key] = edges }
            progress.edges.append(edges)
        case .done(.values(let values)):
            return try enterStatistics(concluded(state, progress, values))
        }
        while let following = plan(progress).step(after: progress.step) {
            progress.step = following
            if let edges = plan(progress).searchKey(following).flatMap({ progress.known[$0] }) {
                progress.edges.append(edges)
                continue
            }
            state.statistic = progress
            return try ask(state, progress)
        }
        throw PipelineError.unexpectedContent("a statistic without a result")
    }

    /// The results with those of a statistic, the next one to follow.
    private func concluded(
        _ state: PipelineState, _ progress: StatisticProgress, _ values: [StatisticValue]
    ) -> PipelineState {
        var state = state
        let statistic = study.statistics[progress.place]
        state.statistic = StatisticProgress(place: progress.place + 1, known: progress.known)
        if progress.place >= study.listedStatistics.count,
            let place = state.results.scores.firstIndex(where: { [$0.score] == statistic.columns })
        {
            state.results.scores[place].pooledAUC = values[0].estimate
            state.results.scores[place].certified = values[0].certified
            return state
        }
        state.results.statistics =
            (state.results.statistics ?? []) + [
                PooledStatistic(
                    kind: statistic.kind.rawValue, subject: statistic.subject, sites: progress.cohort?.sites ?? 0,
                    leftOut: progress.cohort?.leftOut ?? 0, cases: progress.cohort?.cases ?? 0, values: values)
            ]
        return state
    }

    private func concluded(
        _ state: PipelineState, _ progress: StatisticProgress, _ reason: Estimate
    ) -> PipelineState {
        concluded(
            state, progress, [StatisticValue(study.statistics[progress.place].kind.mainName, "", reason)])
    }
}

extension StudyProtocol.Statistic.Kind {
    /// The name that a result without a number has.
    var mainName: String {
        switch self {
        case .calibrationCurve: "ICI"
        case .decisionCurve: "net-benefit"
        case .reclassification: "NRI"
        case .pairedAUC: "AUC-difference"
        case .stratifiedAUC: "AUC"
        case .survival: "survival"
        case .concordance, .unoConcordance: "C-index"
        case .timeAUC: "time-AUC"
        case .pair, .ratings: "kappa"
        case .measurements: "ICC"
        }
    }
}
