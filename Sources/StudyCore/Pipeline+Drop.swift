import Federation
import Harmonisation
import Statistics
import StudyProtocol
import Validation

/// What is known of the drop so far.
struct DropProgress: Sendable, Equatable, Codable {
    /// The group that answers now.
    var group = Group.training
    /// Cases and events of the training and of the external sites.
    var counts: [Int] = []
    /// AUC of each group.
    var areas: [Group: DropArea] = [:]
    /// Edges of the bins of the training cases; nil with one training site.
    var edges: PooledQuantileEdges.Result?
    /// Scales of the covariates.
    var exponents: [Int] = []
    /// Moments of the covariates of each group.
    var moments: [Group: PooledMoments.Result] = [:]
    /// AUC of the weighted training cases; nil until it is known.
    var weighted: DropArea?
    /// Effective number of the weighted cases.
    var effectiveCases: Double?
    /// `protocol` and `contour` to the agreement of the score measured both ways.
    var remeasured: [String: RemeasuredCorrelation.Result] = [:]

    /// The sites of one role.
    enum Group: String, Sendable, Codable, CodingKeyRepresentable {
        /// They fitted the model.
        case training
        /// They did not.
        case external
    }
}

/// An AUC, and the interval that contains that of the scores themselves.
struct DropArea: Sendable, Equatable, Codable {
    let estimate: Estimate
    let lower: Double?
    let upper: Double?

    /// An AUC that is exact, or none.
    init(exact estimate: Estimate) {
        (self.estimate, lower, upper) = (estimate, estimate.number, estimate.number)
    }

    /// An AUC of bins.
    init(_ estimate: Estimate, _ certified: CertifiedInterval?) {
        (self.estimate, lower, upper) = (estimate, certified?.lower, certified?.upper)
    }
}

extension Pipeline {
    /// The cases of the drop, then the AUC of both groups, the weights, and the score measured both ways.
    func enterDrop(_ state: PipelineState, frozen: [FrozenArtefact] = []) throws -> PipelineStep {
        var state = state
        state.drop = DropProgress()
        return try enter(.dropSites, state, DropCohort(), frozen: frozen)
    }

    func afterDrop(_ state: PipelineState, _ sum: Contribution, _ answers: [String: Answer]) throws -> PipelineStep {
        var state = state
        guard var drop = state.drop else { throw PipelineError.unexpectedContent("a drop that none asked for") }
        switch state.phase {
        case .dropSites:
            guard case .done(let counts) = try step(DropCohort(), state, sum) else { break }
            drop.counts = counts
            state.drop = drop
            return try enterDropAUC(state, .training)
        case .dropAUC:
            switch try areaStep(.dropAUC, state, sum) {
            case .following(let step): return step
            case .done(let result):
                drop.areas[drop.group] = DropArea(result.estimate, result.certified)
                if drop.group == .training { drop.edges = result.edges }
                state.drop = drop
                return try drop.group == .training ? enterDropAUC(state, .external) : enterDropScales(state)
            }
        case .dropScales:
            let census = ExponentCensus(columns: study.dropCovariates.count)
            guard case .done(let exponents) = try step(census, state, sum) else { break }
            drop.exponents = exponents
            drop.group = .external
            state.drop = drop
            return try enter(.dropMoments, state, PooledMoments(exponents: exponents))
        case .dropMoments:
            switch try step(PooledMoments(exponents: []), state, sum) {
            case .broadcast(let next): return try broadcast(.dropMoments, state, PooledMoments.identifier, next)
            case .done(let moments):
                drop.moments[drop.group] = moments
                guard drop.group == .external else {
                    state.drop = drop
                    return try enterDropWeights(state, drop)
                }
                drop.group = .training
                state.drop = drop
                return try enter(.dropMoments, state, PooledMoments(exponents: drop.exponents))
            }
        case .dropWeights: return try afterDropWeights(state, drop, sum)
        case .dropWeightedAUC:
            guard case .done(let result) = try step(WeightedPooledAUC.example, state, sum) else { break }
            drop.effectiveCases = result.effectiveCases
            if drop.edges != nil {
                let estimate: Estimate =
                    result.auc.map {
                        .value(EstimateValue(value: $0, n: drop.counts[0], events: drop.counts[1], method: "bins"))
                    } ?? .notEstimable("no weight in one class")
                drop.weighted = DropArea(estimate, result.certified)
            } else {
                let releases = answers.values.flatMap(\.releases)
                drop.weighted = DropArea(
                    exact: releases.first { $0.statistic == "auc_weighted" }?.estimate ?? .notEstimable("not released"))
            }
            state.drop = drop
            return try enterRemeasured(state)
        case .dropRemeasured:
            let about = try CanonicalForm.decode(RemeasuredCorrelation.State.self, from: state.broadcast).about
            switch try step(RemeasuredCorrelation(about: about), state, sum) {
            case .broadcast(let next):
                return try broadcast(.dropRemeasured, state, RemeasuredCorrelation.identifier, next)
            case .done(let result):
                drop.remeasured[about] = result
                state.drop = drop
                return try enterRemeasured(state)
            }
        default: break
        }
        throw PipelineError.unexpectedContent("a round of the drop that none asked for")
    }

    /// The AUC of a group: of one site its own, else from histograms.
    private func enterDropAUC(_ state: PipelineState, _ group: DropProgress.Group) throws -> PipelineStep {
        var state = state
        let sites = group == .training ? study.sites.training : study.sites.external
        state.drop?.group = group
        guard sites.count == 1 else { return try enter(.dropAUC, state, pooledAUC(of: Catalogue.dropScore)) }
        let own = state.results.sites.first { $0.site == sites[0] }?.estimate("auc", Catalogue.dropScore)
        state.drop?.areas[group] = DropArea(exact: own ?? .notEstimable("not released"))
        return try group == .training ? enterDropAUC(state, .external) : enterDropScales(state)
    }

    private func enterDropScales(_ state: PipelineState) throws -> PipelineStep {
        let covariates = study.dropCovariates
        guard !covariates.isEmpty, let drop = state.drop, drop.areas[.training]?.estimate.number != nil,
            drop.areas[.external]?.estimate.number != nil
        else { return try enterRemeasured(state) }
        return try enter(.dropScales, state, ExponentCensus(columns: covariates.count))
    }

    private func enterDropWeights(_ state: PipelineState, _ drop: DropProgress) throws -> PipelineStep {
        guard let target = drop.moments[.external], let own = drop.moments[.training] else {
            return try enterRemeasured(state)
        }
        let columns = study.dropCovariates
        // A covariate that is the same constant on both sides is balanced by any weights.
        let used = columns.indices.filter {
            target.standardDeviations[$0] > 0 || own.standardDeviations[$0] > 0 || own.means[$0] != target.means[$0]
        }
        let numbers = Set(study.harmonisation.covariates.filter { $0.levels == nil }.map(\.name))
        let isSquared = study.validation.drop?.balancesVariances ?? false
        return try enter(
            .dropWeights, state,
            EntropyBalancing(
                columns: used.map { columns[$0] }, means: used.map { target.means[$0] },
                standardDeviations: used.map { column in
                    [target.standardDeviations[column], own.standardDeviations[column]].first { $0 > 0 } ?? 1
                }, squared: isSquared ? used.indices.filter { numbers.contains(columns[used[$0]]) } : []))
    }

    private func afterDropWeights(
        _ state: PipelineState, _ drop: DropProgress, _ sum: Contribution
    ) throws -> PipelineStep {
        var state = state
        do {
            switch try step(EntropyBalancing(columns: [], means: [], standardDeviations: []), state, sum) {
            case .broadcast(let next):
                return try broadcast(.dropWeights, state, EntropyBalancing.identifier, next)
            case .done(let rule):
                return try enter(.dropWeightedAUC, state, WeightedPooledAUC(rule: rule, edges: drop.edges))
            }
        } catch let error as ValidationError {
            // Case mixes that do not overlap are a result.
            state.drop?.weighted = DropArea(exact: .notEstimable(error.description))
            return try enterRemeasured(state)
        }
    }

    /// The next pair of scores measured both ways that the protocol names; the results after the last.
    private func enterRemeasured(_ state: PipelineState) throws -> PipelineStep {
        let asked = study.validation.drop.map { drop in
            [("protocol", drop.protocolScores), ("contour", drop.contourScores)].filter { !$0.1.isEmpty }.map(\.0)
        }
        if let about = asked?.first(where: { state.drop?.remeasured[$0] == nil }) {
            return try enter(.dropRemeasured, state, RemeasuredCorrelation(about: about))
        }
        var state = state
        if let drop = state.drop { state.results.drop = dropResults(drop, state.results) }
        return try finish(state)
    }
}
