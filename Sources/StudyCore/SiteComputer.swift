import Agreement
import Disclosure
import Federation
public import FoundationEssentials
import Harmonisation
import Learning
import LocalLearning
import Statistics
public import StudyProtocol
import Validation

/// Answers tasks from a site's own data: the same code in an agent, in `concord simulate` and in the simulator.
public struct SiteComputer {
    let study: StudyProtocol
    let policy: ReleasePolicy
    let isTraining: Bool
    let source: any SiteDataSource
    var censusData: CensusData?
    var extractionData: ExtractionData?
    var prepared: (key: [String: String], table: CaseTable)?

    /// Creates the computer of a site.
    ///
    /// - Parameters:
    ///   - site: the site.
    ///   - study: the protocol that the site accepted.
    ///   - policy: what may be released.
    ///   - source: the site's data.
    public init(site: String, study: StudyProtocol, policy: ReleasePolicy, source: any SiteDataSource) {
        self.study = study
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
        let phase = try Catalogue.phase(of: task.computation)
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
        case .harmonisation:
            let table = try candidates(artefacts)
            return Answer(
                contribution: try contribute(
                    ComBatFit(features: [], covariates: [], exponents: []), table, task))
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
        case .siteValidation:
            let state = try CanonicalForm.decode(SiteValidation.State.self, from: task.state)
            let table = try extraction().table
            var releases: [Release] = []
            for score in state.scores {
                let values = try scored(score, task, artefacts)
                releases += validationReleases(score, values, threshold: state.threshold)
            }
            return Answer(
                contribution: try contribute(SiteValidation(scores: [], threshold: 0), table, task),
                releases: releases)
        case .pooledAUC:
            let scores = (study.model == nil ? [] : [Catalogue.modelScore]) + study.validation.scores
            let name = try CanonicalForm.decode(PooledAUC.State.self, from: task.state).score
            guard scores.contains(name) else { throw PipelineError.unknownComputation("score '\(name)'") }
            return Answer(
                contribution: try contribute(
                    PooledAUC(score: "", bins: 2, minimumPerBin: 1), try scored(name, task, artefacts), task))
        }
    }

    private func contribute<C: Computation>(_ computation: C, _ shard: C.Shard, _ task: StudyTask) throws
        -> Contribution
    {
        try computation.contribute(shard, to: try CanonicalForm.decode(C.State.self, from: task.state))
    }

    private mutating func census() throws -> CensusData {
        if let censusData { return censusData }
        let data = try source.census()
        censusData = data
        return data
    }

    private mutating func extraction() throws -> ExtractionData {
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

    /// The candidate features as extracted, with the covariates.
    private mutating func candidates(_ artefacts: [String: Data]) throws -> CaseTable {
        try extraction().table.selecting(features: try names(artefacts))
    }

    private mutating func pairedFeatures(_ artefacts: [String: Data]) throws -> PairedFeatures {
        let data = try extraction()
        let all = data.table.featureNames
        let wanted = try names(artefacts)
        let positions = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, $0) })
        let columns = wanted.compactMap { positions[$0] }
        func select(_ values: [Double]) -> [Double] {
            var selected: [Double] = []
            selected.reserveCapacity(data.pairedCount * columns.count)
            for row in 0..<data.pairedCount {
                for column in columns { selected.append(values[row * all.count + column]) }
            }
            return selected
        }
        let first = select(data.firstReader)
        let second = select(data.secondReader)
        guard (first + second).allSatisfy(\.isFinite) else {
            // A case whose second contour gives no value for a feature is left out of the agreement.
            let rows = (0..<data.pairedCount).filter { row in
                (row * columns.count..<(row + 1) * columns.count).allSatisfy {
                    first[$0].isFinite && second[$0].isFinite
                }
            }
            func keep(_ values: [Double]) -> [Double] {
                rows.flatMap { values[$0 * columns.count..<($0 + 1) * columns.count] }
            }
            return PairedFeatures(first: keep(first), second: keep(second), width: columns.count)
        }
        return PairedFeatures(first: first, second: second, width: columns.count)
    }

    /// Harmonised candidate features, then the covariates of the model as further columns.
    private mutating func columns(_ task: StudyTask, _ artefacts: [String: Data]) throws -> CaseTable {
        let key = task.artefacts.filter { [ArtefactName.features, ArtefactName.harmonisation].contains($0.key) }
        if let prepared, prepared.key == key { return prepared.table }
        var table = try candidates(artefacts)
        if let bytes = artefacts[ArtefactName.harmonisation] {
            let model = try CanonicalForm.decode(ComBatModel.self, from: bytes)
            table = try model.harmonise(table, minimumBatchSize: study.harmonisation.minimumBatchSize).table
        }
        let wanted = Set(study.model?.covariates ?? [])
        let covariates = study.harmonisation.covariates.filter { wanted.contains($0.name) }.flatMap(\.columns)
        table = table.appending(covariates: covariates)
        prepared = (key, table)
        return table
    }

    /// The site's part of a round of an algorithm.
    private mutating func learningSums(_ task: StudyTask, _ artefacts: [String: Data]) throws -> Contribution {
        guard let program = try study.program() else { throw PipelineError.unknownComputation(task.computation) }
        let round = try CanonicalForm.decode(LearningRound.self, from: task.state)
        guard task.computation == Catalogue.learningPrefix + round.computation else {
            throw PipelineError.unknownComputation(task.computation)
        }
        try program.check(round)
        let table = try columns(task, artefacts)
        let names = try extraction().names
        guard names.count == table.count else { throw PipelineError.unexpectedContent("cases without names") }
        // Folds are made within a site, whatever its batches are.
        let sites = names.map { String($0.prefix { $0 != "/" }) }
        let cases = TrainingCases(
            table: CaseTable(
                featureNames: table.featureNames, features: table.features, outcome: table.outcome, batch: sites),
            names: names)
        return try round.contribute(cases, floor: policy.floors.minimumCell)
    }

    private mutating func scored(_ score: String, _ task: StudyTask, _ artefacts: [String: Data]) throws
        -> ScoredCases
    {
        let data = try extraction()
        if score != Catalogue.modelScore {
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
            let table = try columns(task, artefacts)
            return ScoredCases(scores: try file.probabilities(table), outcome: table.outcome)
        }
        let model = try CanonicalForm.decode(LogisticModel.self, from: bytes)
        let table = try columns(task, artefacts).selecting(features: model.columns)
        return ScoredCases(scores: try model.predict(table), outcome: table.outcome)
    }
}

extension CaseTable {
    /// The table with some of its covariates as further feature columns.
    func appending(covariates names: [String]) -> CaseTable {
        let positions = names.compactMap { covariateNames.firstIndex(of: $0) }
        let p = featureCount
        let q = covariateNames.count
        var values: [Double] = []
        values.reserveCapacity(count * (p + positions.count))
        for row in 0..<count {
            values += features[row * p..<(row + 1) * p]
            for position in positions { values.append(covariates[row * q + position]) }
        }
        return CaseTable(
            featureNames: featureNames + names, features: values, covariateNames: covariateNames,
            covariates: covariates, outcome: outcome, batch: batch)
    }
}

/// Why a site's data cannot answer. Names columns and reasons, never a case.
public enum SiteDataError: Error, Equatable, Sendable, CustomStringConvertible {
    /// All cases of a training site have the same outcome.
    case oneClass(column: String, event: String)
    /// No case is left; reason codes with their counts stay at the site.
    case noUsableCase([String: Int])

    /// One sentence with the remedy; it may travel.
    public var description: String {
        switch self {
        case .oneClass(let column, let event):
            "all cases of the site have the same outcome, which its sums would tell; check column '\(column)' (event is '\(event)')"
        case .noUsableCase(let failures):
            "no case of the site can be used (\(failures.keys.sorted().joined(separator: ", ")))"
        }
    }
}
