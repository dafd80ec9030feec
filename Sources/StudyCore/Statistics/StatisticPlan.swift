import Agreement
import Federation
import FoundationEssentials
import LocalLearning
import Statistics
import StudyProtocol
import Survival
import Validation

/// The steps of a statistic of the protocol and the computation of each: what the coordinator asks for and a site checks.
struct StatisticPlan {
    let statistic: StudyProtocol.Statistic
    /// Pooled numbers of the sites that take part; nil while they are asked for.
    let cohort: StatisticCohort.Result?
    /// Edges of the bins of the scores, once they are found.
    let edges: [PooledQuantileEdges.Result]
    /// Smallest pooled numbers: those of the protocol.
    let floors: StudyProtocol.Disclosure
    /// Most bins of a score.
    let mostBins: Int

    /// Most bins of the distance of a calibration curve.
    private static let mostDistanceBins = 200

    init(
        _ statistic: StudyProtocol.Statistic, cohort: StatisticCohort.Result?, edges: [PooledQuantileEdges.Result],
        study: StudyProtocol
    ) {
        self.init(
            statistic, cohort: cohort, edges: edges, floors: study.disclosure, mostBins: study.validation.histogramBins)
    }

    init(
        _ statistic: StudyProtocol.Statistic, cohort: StatisticCohort.Result?, edges: [PooledQuantileEdges.Result],
        floors: StudyProtocol.Disclosure, mostBins: Int
    ) {
        (self.statistic, self.cohort, self.edges) = (statistic, cohort, edges)
        (self.floors, self.mostBins) = (floors, mostBins)
    }

    /// The step after one; nil after the last.
    func step(after step: StatisticStep) -> StatisticStep? {
        switch (step, statistic.kind) {
        case (.cohort, .pairedAUC), (.cohort, .concordance), (.cohort, .unoConcordance), (.cohort, .timeAUC):
            .firstEdges
        case (.firstEdges, .pairedAUC): .secondEdges
        case (.result, _): nil
        default: .result
        }
    }

    // MARK: Floors

    /// Whether its sites need as many events and non-events as a rank statistic does; otherwise as many cases as any sum.
    var countsClasses: Bool { !statistic.kind.isAgreement && statistic.kind != .survival }

    /// Whether a site's sums are its own result, so that it must consent to releases of validations.
    var tellsOwnResult: Bool { statistic.kind == .stratifiedAUC || cohort?.sites == 1 }

    /// Whether the site's cases are enough.
    func isEnough(_ rows: StatisticRows, floors: StudyProtocol.Disclosure) -> Bool {
        guard rows.count >= floors.minimumCases else { return false }
        return !countsClasses || min(rows.events, rows.count - rows.events) >= floors.minimumEvents
    }

    /// Why the pooled cases are too few for what the protocol asks; nil if they are not.
    func shortage(_ cohort: StatisticCohort.Result) -> String? {
        guard cohort.sites > 0 else { return "no site has enough cases, events and non-events" }
        let cells: Int
        switch statistic.kind {
        case .decisionCurve: cells = (statistic.points?.count ?? 0) + 1
        case .calibrationCurve: cells = 4
        case .survival, .timeAUC: cells = intervals
        // A concordance of fewer bins of the score says little.
        case .concordance, .unoConcordance: cells = CertifiedAUC.fewestBins * intervals
        case .pairedAUC: cells = 2
        case .pair, .ratings: cells = statistic.categories?.count ?? 0
        case .reclassification, .stratifiedAUC, .measurements: return nil
        }
        guard cells * floors.minimumCell > cohort.cases else { return nil }
        return
            "\(cohort.cases) pooled cases are too few for \(cells) cells of at least \(floors.minimumCell) on average; "
            + "lower the number of intervals, thresholds or categories"
    }

    /// Intervals of the grid of times, and what is beyond.
    private var intervals: Int { (statistic.followUp?.grid.count ?? 0) + 1 }

    /// Most pooled cells that the cases allow.
    private var allowedCells: Int { max(1, (cohort?.cases ?? 0) / max(1, floors.minimumCell)) }

    /// Checks what a site is asked for: the settings are those of the protocol, and there are on average at least as many pooled cases
    /// in a cell as the protocol says. Of marginal tables and of rating tables the cells of one axis count.
    ///
    /// - Throws: `PipelineError.unexpectedContent`.
    func check(_ round: StatisticRound, _ stage: StatisticStage) throws {
        guard round.step != .cohort else { return }
        let steps = sequence(first: StatisticStep.cohort) { step(after: $0) }
        guard steps.contains(round.step) else {
            throw PipelineError.unexpectedContent("a step that the statistic does not have")
        }
        guard let cohort, shortage(cohort) == nil else {
            throw PipelineError.unexpectedContent("a statistic on too few pooled cases")
        }
        let fixed = try CanonicalForm.decode([String: JSONTree].self, from: try stage.start())
        let asked = try CanonicalForm.decode([String: JSONTree].self, from: round.state)
        for (key, value) in fixed where !Self.progress.contains(key) && asked[key] != value {
            throw PipelineError.unexpectedContent("a statistic with '\(key)' other than the protocol's")
        }
        let isJoint = statistic.kind == .concordance || statistic.kind == .unoConcordance
        for block in try stage.blocks(round.state) where block.fractionBits == 0 {
            let cells = isJoint ? block.count : block.shape.last ?? 1
            guard cells <= max(allowedCells, 4) else {
                throw PipelineError.unexpectedContent(
                    "a statistic with smaller cells than \(floors.minimumCell) cases on average")
            }
        }
    }

    /// Members of a broadcast that follow from the rounds before.
    private static let progress: Set<String> = ["search", "knots", "round"]

    // MARK: Computations

    /// The computation of a step.
    ///
    /// - Throws: `AgreementError` for too many readers and categories.
    func stage(_ step: StatisticStep) throws -> StatisticStage {
        switch step {
        case .cohort: return StatisticStage(StatisticCohort(), shard: { $0 }, finding: { .cohort($0) })
        case .firstEdges: return search(0)
        case .secondEdges: return search(1)
        case .result: return try statistic.kind.isAgreement ? agreement() : validation()
        }
    }

    private func search(_ column: Int) -> StatisticStage {
        StatisticStage(
            PooledQuantileEdges(bins: bins, minimumPerBin: max(1, floors.minimumCell)),
            shard: { $0.columns[column] }, finding: { .edges($0) })
    }

    /// Bins of a score.
    private var bins: Int {
        let isJoint = statistic.kind == .concordance || statistic.kind == .unoConcordance
        return max(2, min(mostBins, isJoint ? allowedCells / intervals : allowedCells))
    }

    /// What the edges of a step depend on: two statistics of the same score of the same cases search once.
    func searchKey(_ step: StatisticStep) -> String? {
        guard let cohort, step == .firstEdges || step == .secondEdges else { return nil }
        let followUp = statistic.followUp.map { [$0.time, $0.event] } ?? []
        let column = statistic.columns[step == .firstEdges ? 0 : 1]
        return ([column, "\(bins)", "\(cohort)"] + statistic.columns.sorted() + followUp).joined(separator: "\n")
    }

    private func validation() throws -> StatisticStage {
        let grid = statistic.followUp?.grid ?? []
        let scoreEdges = edges.first?.edges ?? []
        switch statistic.kind {
        case .calibrationCurve:
            return StatisticStage(
                PooledCalibrationCurve(
                    minimumPerBin: max(1, floors.minimumCell), distanceBins: min(Self.mostDistanceBins, allowedCells)),
                shard: { $0.scored(0) }, finding: { .values($0.statisticValues) })
        case .decisionCurve:
            return StatisticStage(
                DecisionCurve(thresholds: statistic.points ?? []), shard: { $0.scored(0) },
                finding: { .values($0.flatMap(\.statisticValues)) })
        case .reclassification:
            let isByCategory = statistic.points != nil
            return StatisticStage(
                PooledReclassification(cutPoints: statistic.points),
                shard: { PairedRisks(old: $0.columns[1], new: $0.columns[0], outcome: $0.outcome) },
                finding: { .values($0.statisticValues(isByCategory ? "categories" : "continuous")) })
        case .pairedAUC:
            guard edges.count == 2 else { throw PipelineError.unexpectedContent("a comparison of AUCs without edges") }
            return StatisticStage(
                PairedPooledAUC(first: edges[0], second: edges[1]),
                shard: { PairedPooledAUC.Shard(first: $0.columns[0], second: $0.columns[1], outcome: $0.outcome) },
                finding: { .values($0.statisticValues) })
        case .stratifiedAUC:
            return StatisticStage(
                StratifiedAUC(minimumPerClass: max(2, floors.minimumEvents)), shard: { [$0.scored(0)] },
                finding: { .values([StatisticValue("AUC", "within sites", $0.estimate)]) })
        case .survival:
            return StatisticStage(
                PooledLifeTable(times: grid), shard: { $0.followUp }, finding: { .values($0.statisticValues) })
        case .concordance:
            return StatisticStage(
                PooledConcordance(times: grid, edges: scoreEdges, isLimited: true), shard: \.scoredFollowUp,
                finding: {
                    .values([
                        StatisticValue(
                            "C-index", "Harrell, to the horizon", $0.estimate, certified: $0.certified.bounds)
                    ])
                })
        case .unoConcordance:
            return StatisticStage(
                PooledConcordance(unoTimes: grid, edges: scoreEdges), shard: \.scoredFollowUp,
                finding: {
                    .values([
                        StatisticValue("C-index", "Uno, to the horizon", $0.estimate, certified: $0.certified.bounds)
                    ])
                })
        default:
            return StatisticStage(
                PooledTimeAUC(times: grid, edges: scoreEdges), shard: \.scoredFollowUp,
                finding: { .values([StatisticValue("time-AUC", "", $0.estimate, certified: $0.certified.bounds)]) })
        }
    }

    private func agreement() throws -> StatisticStage {
        let names = statistic.columns
        guard statistic.kind != .measurements else {
            return StatisticStage(
                PooledMeasurementAgreement(
                    readers: names.count, exponent: Int((statistic.magnitude ?? 1).exponent)),
                shard: \.readings, finding: { .values($0.statisticValues(names)) })
        }
        let categories = statistic.categories ?? []
        let weights = WeightedAgreement.Weights(rawValue: statistic.weights?.rawValue ?? "none") ?? .none
        guard statistic.kind == .ratings else {
            return StatisticStage(
                PooledPairAgreement(categories: categories.count, weights: weights),
                shard: { rows in
                    PairedRatings(first: rows.columns[0].map { Int($0) }, second: rows.columns[1].map { Int($0) })
                }, finding: { .values($0.statisticValues(weights)) })
        }
        let level = KrippendorffAlpha.Level(rawValue: statistic.level?.rawValue ?? "nominal") ?? .nominal
        // Categories that are ascending numbers are their own values.
        let numbers = categories.compactMap { Double($0) }
        let areValues = numbers.count == categories.count && zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }
        return StatisticStage(
            try PooledRatingAgreement(
                readers: names.count, categories: categories.count, weights: weights, level: level,
                values: areValues ? numbers : nil),
            shard: \.ratings, finding: { .values($0.statisticValues(statistic, weights)) })
    }
}

extension StatisticRows {
    /// Follow-up and the first score.
    var scoredFollowUp: ScoredFollowUp { ScoredFollowUp(followUp: followUp, scores: columns[0]) }
}

extension Optional<ClosedRange<Double>> {
    /// Both ends, or nothing.
    fileprivate var bounds: [Double] { map { [$0.lowerBound, $0.upperBound] } ?? [] }
}
