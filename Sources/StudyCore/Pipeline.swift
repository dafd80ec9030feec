import Disclosure
import Agreement
public import Federation
import FoundationEssentials
import Harmonisation
import Learning
import LocalLearning
public import StudyProtocol
import Validation

/// The order of a study's computations as a pure function: from the state, the sum and the site-level answers of a round
/// to the next broadcast, or to the results.
public struct Pipeline: Sendable {
    let study: StudyProtocol
    let protocolHash: String
    /// What was read of the open round.
    let decoded = DecodedStates()

    /// The pipeline of a locked protocol.
    public init(study: StudyProtocol, protocolHash: String) {
        self.study = study
        self.protocolHash = protocolHash
    }

    /// The first round.
    public func start() throws -> PipelineStep {
        var results = StudyResults()
        results.sites =
            study.sites.training.map { SiteResults(site: $0, role: "training") }
            + study.sites.external.map { SiteResults(site: $0, role: "external") }
        let state = PipelineState(
            phase: .census, scoreIndex: 0,
            artefacts: [ArtefactName.studyProtocol: protocolHash], features: [], exponents: [], moments: nil,
            relevance: [], learned: nil, results: results)
        return try enter(.census, state, CohortCount())
    }

    /// What follows from the answers of an open round.
    public func advance(_ open: RoundRecord, sum: Contribution, answers: [String: Answer]) throws -> PipelineStep {
        var state = open.pipeline
        state.broadcast = open.task.state
        state.results.rounds += 1
        for index in state.results.sites.indices {
            guard let answer = answers[state.results.sites[index].site] else { continue }
            // What a refitted model is worth at a site is kept with the refit.
            if state.phase != .refitValidation { state.results.sites[index].releases += answer.releases }
            if !answer.commitment.isEmpty { state.results.sites[index].commitment = answer.commitment }
        }
        guard state.refit != nil else { return try following(state, sum, answers) }
        do {
            return try following(state, sum, answers)
        } catch {
            return try afterFailedRefit(state, reason: "\(error)")
        }
    }

    private func following(
        _ state: PipelineState, _ sum: Contribution, _ answers: [String: Answer]
    ) throws -> PipelineStep {
        switch state.phase {
        case .census: return try afterCensus(state, sum)
        case .extraction: return try afterExtraction(state, sum, answers)
        case .completeness: return try afterCompleteness(state, sum)
        case .readerAgreement: return try afterReaderAgreement(state, sum)
        case .scales: return try afterScales(state, sum)
        case .featureStability: return try afterFeatureStability(state, sum)
        case .readerVotes, .protocolVotes: return try afterVotes(state, sum)
        case .protocolStability: return try afterProtocolStability(state, sum)
        case .harmonisation: return try afterHarmonisation(state, sum)
        case .moments: return try afterMoments(state, sum)
        case .relevance: return try afterRelevance(state, sum)
        case .correlation: return try afterCorrelation(state, sum)
        case .training: return try afterTraining(state, sum)
        case .learning: return try afterLearning(state, sum)
        case .siteValidation: return try nextScore(state)
        case .refitValidation: return try afterRefitValidation(state, answers)
        case .refitAUC: return try afterRefitAUC(state, sum)
        case .refitCalibration: return try afterRefitCalibration(state, sum)
        case .pooledAUC: return try afterPooledAUC(state, sum)
        case .statistic: return try afterStatistic(state, sum)
        case .dropSites, .dropAUC, .dropScales, .dropMoments, .dropWeights, .dropWeightedAUC, .dropRemeasured:
            return try afterDrop(state, sum, answers)
        }
    }

    /// The blocks that the sites must send in an open round.
    public func specifications(for open: RoundRecord) throws -> [BlockSpecification] {
        try Catalogue.specifications(phase: open.pipeline.phase, state: open.task.state, decoded: decoded)
    }

    /// Checks an answer before it is stored.
    ///
    /// - Throws: `FederationError` or `PipelineError`.
    func check(_ answer: Answer, for open: RoundRecord) throws {
        try answer.contribution.validate(against: try specifications(for: open))
        if !answer.columns.isEmpty, open.pipeline.phase != .extraction {
            throw PipelineError.unexpectedContent("column names")
        }
        if !answer.commitment.isEmpty, open.pipeline.phase != .extraction {
            throw PipelineError.unexpectedContent("a commitment")
        }
        let allowed = Catalogue.releaseClasses(of: open.pipeline.phase)
        for release in answer.releases where !allowed.contains(release.releaseClass) {
            throw PipelineError.unexpectedContent("a release of class '\(release.releaseClass.rawValue)'")
        }
    }

    // MARK: Rounds

    /// Sites that fit; all sites where there is no model to validate.
    var fitting: [String] { study.model == nil ? study.sites.all : study.sites.training }

    func participants(_ phase: Phase, score: String? = nil) -> [String] {
        switch phase {
        case .census, .extraction, .completeness, .readerAgreement, .siteValidation: study.sites.all
        case .scales, .featureStability, .readerVotes, .protocolStability, .protocolVotes, .harmonisation, .moments,
            .relevance, .correlation, .training, .learning:
            fitting
        case .refitValidation, .refitAUC, .refitCalibration, .dropWeights, .dropWeightedAUC: study.sites.training
        case .pooledAUC: score == Catalogue.modelScore ? study.sites.external : study.sites.all
        case .dropSites, .dropScales, .dropRemeasured, .dropAUC, .dropMoments, .statistic: study.sites.all
        }
    }

    /// Who answers in a round: the participants of its phase, less the site that a refit leaves out, or those of one group.
    private func participants(_ phase: Phase, _ state: PipelineState) -> [String] {
        if phase == .dropAUC || phase == .dropMoments, let group = state.drop?.group {
            return group == .training ? study.sites.training : study.sites.external
        }
        if phase == .statistic { return statisticSites(state) }
        let all = participants(phase, score: phase == .pooledAUC ? scores[state.scoreIndex] : nil)
        guard case .site(let left)? = state.refit?.without else { return all }
        return phase == .refitValidation ? [left] : all.filter { $0 != left }
    }

    /// Opens the first round of a computation.
    func enter<C: Computation>(
        _ phase: Phase, _ state: PipelineState, _ computation: C, frozen: [FrozenArtefact] = []
    ) throws -> PipelineStep where C.Broadcast == C.State {
        try broadcast(phase, state, C.identifier, computation.initialState(), frozen: frozen)
    }

    func broadcast<State: Encodable>(
        _ phase: Phase, _ state: PipelineState, _ identifier: String, _ computationState: State,
        frozen: [FrozenArtefact] = []
    ) throws -> PipelineStep {
        var state = state
        state.phase = phase
        state.broadcast = Data()
        for artefact in frozen { state.artefacts[artefact.name] = artefact.sha256 }
        return PipelineStep(
            frozen: frozen,
            outcome: .round(
                RoundPlan(
                    stage: phase.stage, computation: identifier, state: try CanonicalForm.encode(computationState),
                    participants: participants(phase, state), artefacts: state.artefacts)),
            state: state)
    }

    /// Steps a computation; its next broadcast, or its result.
    func step<C: Computation>(_ computation: C, _ state: PipelineState, _ sum: Contribution) throws
        -> ComputationStep<C.State, C.Result> where C.Broadcast == C.State
    {
        let broadcast = try CanonicalForm.decode(C.State.self, from: state.broadcast)
        return try computation.next(after: broadcast, sum: sum)
    }

    func freeze<Value: Encodable>(_ name: String, _ value: Value) throws -> FrozenArtefact {
        let bytes = try CanonicalForm.encode(value)
        return FrozenArtefact(name: name, bytes: bytes, sha256: CanonicalForm.sha256(bytes))
    }

    func finish(_ state: PipelineState, frozen: [FrozenArtefact] = []) throws -> PipelineStep {
        PipelineStep(
            frozen: frozen + [try freeze(ArtefactName.results, state.results)], outcome: .finished(state.results),
            state: state)
    }

    /// What is validated: the study's model, then scores made elsewhere.
    var scores: [String] { (study.model == nil ? [] : [Catalogue.modelScore]) + study.validation.scores }
}
