import Disclosure
import Federation
import FoundationEssentials
import Harmonisation
import Statistics
import StudyProtocol
import Validation

extension SiteComputer {
    /// The site's answer to a task of the drop.
    mutating func dropAnswer(_ phase: Phase, _ task: StudyTask, _ artefacts: [String: Data]) throws -> Answer {
        switch phase {
        case .dropSites:
            let cases = try dropCases(task, artefacts).cases
            let shard = DropCohort.Shard(cases: cases, isTraining: isTraining)
            let roc = DeLong(scores: cases.scores, outcome: cases.outcome)
            return Answer(
                contribution: try contribute(DropCohort(), shard, task),
                releases: [
                    dropRelease("auc", cases, roc.map { .value($0.estimate) } ?? Self.separable)
                ])
        case .dropScales:
            let covariates = try dropCases(task, artefacts).covariates
            return Answer(contribution: try contribute(ExponentCensus(columns: 0), covariates, task))
        case .dropMoments:
            let covariates = try dropCases(task, artefacts).covariates
            return Answer(contribution: try contribute(PooledMoments(exponents: []), covariates, task))
        case .dropWeights:
            let state = try CanonicalForm.decode(EntropyBalancing.State.self, from: task.state)
            let covariates = try dropCases(task, artefacts).covariates.selecting(features: state.columns)
            let computation = EntropyBalancing(columns: [], means: [], standardDeviations: [])
            return Answer(contribution: try computation.contribute(covariates, to: state))
        case .dropWeightedAUC:
            let state = try CanonicalForm.decode(WeightedPooledAUC.State.self, from: task.state)
            let found = try dropCases(task, artefacts)
            let covariates = try found.covariates.selecting(features: state.columns)
            let answer = try WeightedPooledAUC.example.contribute(
                WeightedPooledAUC.Shard(cases: found.cases, covariates: covariates), to: state)
            // One training site: its weighted AUC is a release, and no histogram of it leaves.
            guard !state.hasEdges else { return Answer(contribution: answer) }
            let area = WeightedAUC.value(
                scores: found.cases.scores, outcome: found.cases.outcome, weights: state.weights(covariates))
            let estimate: Estimate =
                area.map {
                    .value(
                        EstimateValue(
                            value: $0, n: found.cases.count, events: found.cases.outcome.count { $0 == 1 },
                            method: "entropy balancing"))
                } ?? Self.separable
            return Answer(contribution: answer, releases: [dropRelease("auc_weighted", found.cases, estimate)])
        default:
            let state = try CanonicalForm.decode(RemeasuredCorrelation.State.self, from: task.state)
            let none = RemeasuredPairs(first: [], second: [], outcome: [])
            let pairs = try extraction().remeasured[state.about] ?? none
            // Too few cases would be told by their sums; such a site takes no part.
            let isShown = pairs.count >= policy.floors.minimumCases
            return Answer(
                contribution: try RemeasuredCorrelation(about: state.about).contribute(
                    isShown ? pairs : none, to: state))
        }
    }

    private static let separable = Estimate.notEstimable("needs two events and two non-events")

    private func dropRelease(_ statistic: String, _ cases: ScoredCases, _ estimate: Estimate) -> Release {
        let events = cases.outcome.count { $0 == 1 }
        return policy.release(
            .validation, statistic, subject: Catalogue.dropScore,
            rankFloor(events: events, nonEvents: cases.count - events) ?? estimate)
    }

    /// The cases of the drop: those with the score and all covariates; a training case is scored by the model that was refitted
    /// without its fold where the study has folds.
    mutating func dropCases(_ task: StudyTask, _ artefacts: [String: Data]) throws
        -> (cases: ScoredCases, covariates: CaseTable)
    {
        guard let drop = study.validation.drop else {
            throw PipelineError.unexpectedContent("a drop, which the protocol does not have")
        }
        let data = try extraction()
        let table = data.table
        var scores: [Double]
        if drop.score != Catalogue.modelScore {
            scores = data.scoreColumns[drop.score] ?? [Double](repeating: .nan, count: table.count)
        } else if isTraining, study.validation.folds != nil {
            scores = try scored(Catalogue.outOfFoldScore, task, artefacts).scores
        } else {
            scores = try scored(Catalogue.modelScore, task, artefacts).scores
        }
        let scored = scores.indices.filter { !scores[$0].isNaN }
        // Fewer cases than the floor are none: the site takes no part.
        let rows = scored.count >= policy.floors.minimumCases ? scored : []
        scores = rows.map { scores[$0] }
        let names = study.dropCovariates
        let places = names.compactMap { table.covariateNames.firstIndex(of: $0) }
        let q = table.covariateNames.count
        let outcome = rows.map { table.outcome[$0] }
        let covariates = CaseTable(
            featureNames: names, features: rows.flatMap { row in places.map { table.covariates[row * q + $0] } },
            outcome: outcome, batch: rows.map { table.batch[$0] })
        return (ScoredCases(scores: scores, outcome: outcome), covariates)
    }
}

extension StudyProtocol {
    /// Names of the coded covariates of the drop.
    var dropCovariates: [String] {
        let wanted = Set(validation.drop?.covariates ?? [])
        return harmonisation.covariates.filter { wanted.contains($0.name) }.flatMap(\.columns)
    }
}
