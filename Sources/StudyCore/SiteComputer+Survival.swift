import Disclosure
import Federation
import FoundationEssentials
import LocalLearning
import Statistics
import StudyProtocol
import Survival
import Validation

extension SiteComputer {
    /// What a score is worth at the site where the outcome has times: Harrell's concordance; of the model its calibration, too.
    ///
    /// - Parameters:
    ///   - cases: the scored cases; those of a score made elsewhere are taken from the table, whose rows have times.
    ///   - times: of the table's rows.
    mutating func timedReleases(
        _ score: String, _ cases: ScoredCases, times: [Double], _ artefacts: [String: Data]
    ) throws -> [Release] {
        let data = try extraction()
        let scores = score == Catalogue.modelScore ? cases.scores : data.scoreColumns[score] ?? []
        let rows = scores.indices.filter { scores[$0].isFinite }
        let followUp = SurvivalTimes(
            times: rows.map { times[$0] }, events: rows.map { data.table.outcome[$0] == 1 })
        let own = rows.map { scores[$0] }
        let floors = policy.floors
        func guarded(_ isEnough: Bool, _ what: String, _ estimate: () -> Estimate) -> Estimate {
            isEnough
                ? estimate()
                : .suppressed("fewer than \(floors.minimumCases) cases or \(floors.minimumEvents) \(what)")
        }
        let isEnough = followUp.count >= floors.minimumCases && followUp.eventCount >= floors.minimumEvents
        func release(_ statistic: String, _ estimate: Estimate) -> Release {
            policy.release(.validation, statistic, subject: score, estimate)
        }
        var releases = [
            release(
                Catalogue.concordance,
                guarded(isEnough, "events") { Concordance(followUp, scores: own).estimate })
        ]
        guard score == Catalogue.modelScore else { return releases }
        releases.append(
            release(
                "calibration_slope",
                guarded(isEnough, "events") { SurvivalCalibration.slope(followUp, linearPredictors: own) }))
        guard let horizon = study.validation.horizon else { return releases }
        // Of both outcomes at the horizon as many as a rank statistic needs.
        let early = followUp.times.indices.count { followUp.events[$0] && followUp.times[$0] <= horizon }
        let late = followUp.times.count { $0 > horizon }
        let isEnoughThere = isEnough && min(early, late) >= floors.minimumEvents
        let model = try artefacts[ArtefactName.model].flatMap { try ModelFile(json: $0).fitted.predictor.cox }
        let risks = own.compactMap { model?.risk(at: horizon, score: $0) }
        return releases + [
            release(
                "observed_expected",
                guarded(isEnoughThere, "events up to the horizon or cases beyond it") {
                    risks.count == own.count
                        ? SurvivalCalibration.observedOverExpected(followUp, risks: risks, at: horizon)
                        : .notEstimable("the model knows no hazard at the horizon")
                }),
            release(
                "time_auc",
                guarded(isEnoughThere, "events up to the horizon or cases beyond it") {
                    TimeDependentAUC.estimate(followUp, scores: own, horizon: horizon)
                }),
        ]
    }
}
