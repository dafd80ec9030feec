import Agreement
public import Disclosure
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
            return Answer(contribution: try contribute(Completeness(columns: 0, withinBatches: false), table, task))
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

    // MARK: Tables

    private func names(_ artefacts: [String: Data]) throws -> [String] {
        guard let bytes = artefacts[ArtefactName.features] else {
            throw PipelineError.unexpectedContent("no list of features")
        }
        return try CanonicalForm.decode([String].self, from: bytes)
    }

    /// The candidate features as extracted, with the covariates; without the cases of the fold that is held out.
    mutating func candidates(_ artefacts: [String: Data]) throws -> CaseTable {
        let table = try extraction().table.selecting(features: try names(artefacts))
        guard let held = try heldFold(artefacts) else { return table }
        let fold = try folds()
        return table.selecting(rows: fold.indices.filter { fold[$0] != held })
    }

    /// Names of the columns with missing values, where the study puts something in their place.
    func gaps(_ artefacts: [String: Data]) throws -> [String] {
        try artefacts[ArtefactName.gaps].map { try CanonicalForm.decode([String].self, from: $0) } ?? []
    }

    /// The candidate features, then the columns with missing values; a study with such columns has no fold that is held out.
    mutating func candidatesWithGaps(_ artefacts: [String: Data]) throws -> CaseTable {
        let gaps = try gaps(artefacts)
        let candidates = try candidates(artefacts)
        guard !gaps.isEmpty else { return candidates }
        return try extraction().table.selecting(features: candidates.featureNames + gaps)
    }

    private mutating func pairedFeatures(_ artefacts: [String: Data]) throws -> PairedFeatures {
        let data = try extraction()
        return try paired(
            RepeatedFeatures(rows: data.pairedRows, first: data.firstReader, second: data.secondReader), artefacts)
    }

    private mutating func protocolFeatures(_ artefacts: [String: Data]) throws -> PairedFeatures {
        try paired(try extraction().protocols ?? RepeatedFeatures(rows: [], first: [], second: []), artefacts)
    }

    /// Two readings of the candidate features, without the cases of the fold that is held out. A case whose second reading
    /// gives no value for a feature is left out of the agreement.
    private mutating func paired(_ readings: RepeatedFeatures, _ artefacts: [String: Data]) throws -> PairedFeatures {
        let all = try extraction().table.featureNames
        let positions = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
        let columns = try names(artefacts).compactMap { positions[$0] }
        let held = try heldFold(artefacts)
        let fold = held == nil ? [] : try folds()
        var (first, second): ([Double], [Double]) = ([], [])
        for (place, row) in readings.rows.enumerated() where held == nil || fold[row] != held {
            let a = columns.map { readings.first[place * all.count + $0] }
            let b = columns.map { readings.second[place * all.count + $0] }
            guard (a + b).allSatisfy(\.isFinite) else { continue }
            first += a
            second += b
        }
        return PairedFeatures(first: first, second: second, width: columns.count)
    }

    /// Harmonised candidate features, then the covariates of the model as further columns.
    mutating func columns(_ task: StudyTask, _ artefacts: [String: Data]) throws -> CaseTable {
        let all = try columnsWithGaps(task, artefacts)
        let gaps = try gaps(artefacts)
        return gaps.isEmpty ? all : try all.selecting(features: all.featureNames.filter { !gaps.contains($0) })
    }

    /// The same, and between them the columns with missing values, harmonised like the others.
    private mutating func columnsWithGaps(_ task: StudyTask, _ artefacts: [String: Data]) throws -> CaseTable {
        let key = task.artefacts.filter {
            [ArtefactName.features, ArtefactName.gaps, ArtefactName.harmonisation, ArtefactName.fold].contains($0.key)
        }
        if let prepared, prepared.key == key { return prepared.table }
        var table = try candidatesWithGaps(artefacts)
        if let bytes = artefacts[ArtefactName.harmonisation] {
            table = try harmonised(table, try CanonicalForm.decode(FrozenHarmonisation.self, from: bytes))
        }
        table = try table.appending(covariates: modelCovariates)
        prepared = (key, table)
        return table
    }

    /// Names of the coded covariates that enter the model.
    var modelCovariates: [String] {
        let wanted = Set(study.model?.covariates ?? [])
        return study.harmonisation.covariates.filter { wanted.contains($0.name) }.flatMap(\.columns)
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

extension CaseTable {
    /// The table with the features of another one of the same rows after its own.
    func appending(features other: CaseTable) -> CaseTable {
        let (p, q) = (featureCount, other.featureCount)
        var values: [Double] = []
        values.reserveCapacity(count * (p + q))
        for row in 0..<count {
            values += features[row * p..<(row + 1) * p]
            values += other.features[row * q..<(row + 1) * q]
        }
        return CaseTable(
            featureNames: featureNames + other.featureNames, features: values, covariateNames: covariateNames,
            covariates: covariates, outcome: outcome, batch: batch)
    }

    /// The table with some of its covariates as further feature columns.
    ///
    /// - Throws: `CaseTableError.unknownFeature` for a name that is no covariate.
    func appending(covariates names: [String]) throws -> CaseTable {
        try appending(features: covariatesAsFeatures().selecting(features: names))
    }
}

/// Why a site's data cannot answer. Names columns and reasons, never a case.
public enum SiteDataError: Error, Equatable, Sendable, CustomStringConvertible {
    /// All cases of a training site have the same outcome.
    case oneClass(column: String, event: String)
    /// No case is left; reason codes with their counts stay at the site.
    case noUsableCase([String: Int])
    /// The values of a statistic's columns cannot be used.
    case statistic(String, reason: String)
    /// The site's policy does not let a class of its numbers be shown, without which the stage has nothing.
    case noConsent(ReleaseClass)
    /// A fold of the site has too few cases or one class: sums with it and without would tell what is in it.
    case foldTooSmall(folds: Int, minimum: Int)

    /// One sentence with the remedy; it may travel.
    public var description: String {
        switch self {
        case .oneClass(let column, let event):
            "all cases of the site have the same outcome, which its sums would tell; check column '\(column)' (event is '\(event)')"
        case .noConsent(let releaseClass):
            "the protocol's report shows numbers of the class '\(releaseClass.rawValue)', which the site's policy.releases lacks"
        case .foldTooSmall(let folds, let minimum):
            "one of the \(folds) folds of the site has fewer than \(minimum) cases or one class only, which sums without it would tell; "
                + "lower validation.folds"
        case .statistic(let subject, let reason): "statistic '\(subject)': \(reason)"
        case .noUsableCase(let failures):
            "no case of the site can be used (\(failures.keys.sorted().joined(separator: ", ")))"
        }
    }
}
