import Agreement
import Disclosure
import Federation
public import FoundationEssentials
import Harmonisation
import Learning
import LocalHarmonisation
import LocalLearning
import Statistics
public import StudyProtocol
import Validation

/// Answers tasks from a site's own data: the same code in an agent, in `concord simulate` and in the simulator.
public struct SiteComputer {
    let study: StudyProtocol
    let site: String
    let policy: ReleasePolicy
    let isTraining: Bool
    let source: any SiteDataSource
    var censusData: CensusData?
    var extractionData: ExtractionData?
    var prepared: (key: [String: String], table: CaseTable)?
    var predictedOutOfFold: (key: [String: String], cases: ScoredCases)?

    /// Creates the computer of a site.
    ///
    /// - Parameters:
    ///   - site: the site.
    ///   - study: the protocol that the site accepted.
    ///   - policy: what may be released.
    ///   - source: the site's data.
    public init(site: String, study: StudyProtocol, policy: ReleasePolicy, source: any SiteDataSource) {
        self.study = study
        self.site = site
        self.policy = policy
        self.source = source
        isTraining = study.sites.training.contains(site)
    }

    /// Number of cases that the site has for the study.
    public mutating func caseCount() throws -> Int { try census().cases }

    /// The site's answer to a task.
    ///
    /// - Parameter artefacts: the frozen results that the task names, by name, their hashes already checked.
    /// - Throws: an error that names columns, never a case.
    public mutating func answer(_ task: StudyTask, artefacts: [String: Data]) throws -> Answer {
        let phase = try Catalogue.phase(of: task)
        switch phase {
        case .census:
            let data = try census()
            if isTraining, study.model != nil, !study.outcome.oneClassSites,
                data.events == 0 || data.events == data.cases
            {
                throw SiteDataError.oneClass(column: study.outcome.column, event: study.outcome.event)
            }
            return Answer(
                contribution: try contribute(CohortCount(), data, task), releases: censusReleases(data))
        case .extraction:
            let data = try extraction()
            guard data.table.count > 0 else { throw SiteDataError.noUsableCase(data.failures) }
            return Answer(
                contribution: try contribute(UsableCases(), data, task), releases: extractionReleases(data),
                columns: data.table.featureNames, commitment: data.commitment)
        case .completeness:
            let table = try extraction().table
            let floors = harmonisationFloors
            let state = try CanonicalForm.decode(Completeness.State.self, from: task.state).raised(
                minimum: study.harmonisation.variant?.batches == nil ? floors.batch : floors.combination,
                cell: floors.combination)
            return Answer(
                contribution: try Completeness(columns: 0, withinBatches: false).contribute(table, to: state))
        case .readerAgreement:
            let data = try extraction()
            return Answer(
                contribution: try contribute(LesionKappa(regions: [], categories: 0), data, task),
                releases: agreementReleases(data))
        case .scales:
            let table = try candidates(artefacts)
            return Answer(contribution: try contribute(ExponentCensus(columns: 0), table, task))
        case .featureStability:
            let paired = try pairedFeatures(artefacts)
            return Answer(contribution: try contribute(FeatureICC(exponents: []), paired, task))
        case .readerVotes:
            let paired = try pairedFeatures(artefacts)
            return Answer(contribution: try contribute(ReaderVotes(columns: 0, limit: 0), paired, task))
        case .protocolStability:
            let paired = try protocolFeatures(artefacts)
            return Answer(contribution: try contribute(FeatureCCC(exponents: []), paired, task))
        case .protocolVotes:
            let paired = try protocolFeatures(artefacts)
            return Answer(contribution: try contribute(ProtocolVotes(columns: 0, limit: 0), paired, task))
        case .harmonisation:
            return Answer(contribution: try harmonisationSums(task, artefacts))
        case .moments:
            return Answer(
                contribution: try contribute(PooledMoments(exponents: []), try columns(task, artefacts), task))
        case .relevance:
            return Answer(
                contribution: try contribute(
                    UnivariateFilter(centres: [], scales: []), try columns(task, artefacts), task))
        case .correlation:
            return Answer(
                contribution: try contribute(
                    CorrelationMatrix(centres: [], scales: []), try columns(task, artefacts), task))
        case .training:
            let state = try CanonicalForm.decode(RidgeLogistic.State.self, from: task.state)
            let table = try columns(task, artefacts).selecting(features: state.columns)
            let computation = RidgeLogistic(columns: [], means: [], standardDeviations: [], lambda: 0)
            return Answer(contribution: try computation.contribute(table, to: state))
        case .learning: return Answer(contribution: try learningSums(task, artefacts))
        case .statistic: return Answer(contribution: try statisticSums(task, artefacts))
        case .siteValidation, .refitValidation:
            let state = try CanonicalForm.decode(SiteValidation.State.self, from: task.state)
            let table = try extraction().table
            var releases: [Release] = []
            for score in state.scores {
                let values = try scored(score, task, artefacts)
                releases +=
                    try extraction().times.map { try timedReleases(score, values, times: $0, artefacts) }
                    ?? validationReleases(score, values, threshold: state.threshold)
            }
            return Answer(
                contribution: try contribute(SiteValidation(scores: [], threshold: 0), table, task),
                releases: releases)
        case .pooledAUC, .refitAUC, .dropAUC:
            let name = try CanonicalForm.decode(PooledAUC.State.self, from: task.state).score
            return Answer(
                contribution: try contribute(
                    PooledAUC(score: "", bins: 2, minimumPerBin: 1), try scored(name, task, artefacts), task))
        case .refitCalibration:
            return Answer(
                contribution: try contribute(
                    PooledCalibration(), try scored(Catalogue.outOfFoldScore, task, artefacts), task))
        case .dropSites, .dropScales, .dropMoments, .dropWeights, .dropWeightedAUC, .dropRemeasured:
            return try dropAnswer(phase, task, artefacts)
        }
    }

    func contribute<C: Computation>(_ computation: C, _ shard: C.Shard, _ task: StudyTask) throws
        -> Contribution
    {
        try computation.contribute(shard, to: try CanonicalForm.decode(C.Broadcast.self, from: task.state))
    }

    private mutating func census() throws -> CensusData {
        if let censusData { return censusData }
        let data = try source.census()
        censusData = data
        return data
    }

    mutating func extraction() throws -> ExtractionData {
        if let extractionData { return extractionData }
        let data = try source.extraction()
        extractionData = data
        return data
    }

    /// The site's part of a round of an algorithm.
    private mutating func learningSums(_ task: StudyTask, _ artefacts: [String: Data]) throws -> Contribution {
        guard let program = try study.program() else { throw PipelineError.unknownComputation(task.computation) }
        let round = try CanonicalForm.decode(LearningRound.self, from: task.state)
        guard task.computation == Catalogue.learningPrefix + round.computation else {
            throw PipelineError.unknownComputation(task.computation)
        }
        try program.check(round)
        let table = try columnsWithGaps(task, artefacts)
        // Folds are made within a site, whatever its batches are.
        let names = try extraction().cases
        let cases = TrainingCases(
            table: CaseTable(
                featureNames: table.featureNames, features: table.features, outcome: table.outcome,
                batch: names.map(\.site)),
            times: try extraction().times, names: names.map { "\($0.site)/\($0.name)" })
        return try round.contribute(cases, floor: policy.floors.minimumCell)
    }

    /// A score of the catalogue on the site's cases.
    ///
    /// - Throws: `PipelineError.unknownComputation` for a score that the protocol does not have.
    mutating func scored(_ score: String, _ task: StudyTask, _ artefacts: [String: Data]) throws
        -> ScoredCases
    {
        let data = try extraction()
        switch score {
        case Catalogue.modelScore: break
        case Catalogue.outOfFoldScore: return try outOfFold(task, artefacts)
        case Catalogue.dropScore: return try dropCases(task, artefacts).cases
        default:
            guard let values = data.scores[score] else {
                throw PipelineError.unknownComputation("score '\(score)'")
            }
            return values
        }
        guard let bytes = artefacts[ArtefactName.model] else {
            throw PipelineError.unexpectedContent("no model")
        }
        guard study.model?.learning == nil else {
            let file = try ModelFile(json: bytes)
            let table = try columnsWithGaps(task, artefacts)
            return ScoredCases(scores: try file.probabilities(table), outcome: table.outcome)
        }
        let model = try CanonicalForm.decode(LogisticModel.self, from: bytes)
        let table = try columns(task, artefacts).selecting(features: model.columns)
        return ScoredCases(scores: try model.predict(table), outcome: table.outcome)
    }
}
