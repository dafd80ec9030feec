import Federation
import Disclosure
import StudyProtocol
import Agreement
import Statistics
import Validation

extension SiteComputer {
    func censusReleases(_ data: CensusData) -> [Release] {
        var releases = [
            policy.count(.counts, "cases", data.cases), policy.count(.counts, "events", data.events),
        ]
        for field in study.imaging.acquisition {
            releases += policy.histogram(.acquisition, field.keyword, data.acquisition[field.keyword] ?? [:])
        }
        releases += policy.histogram(.acquisition, "scanner", data.scanners)
        releases += policy.histogram(.acquisition, AcquisitionBin.batch, data.acquisition[AcquisitionBin.batch] ?? [:])
        return releases
    }

    func extractionReleases(_ data: ExtractionData) -> [Release] {
        [policy.count(.counts, "usable_cases", data.table.count)]
            + policy.histogram(.counts, "failed_cases", data.failures)
    }

    func agreementReleases(_ data: ExtractionData) -> [Release] {
        var releases: [Release] = []
        if study.agreement.readers.count == 2 {
            for region in study.regions.map(\.name) {
                releases.append(policy.release(.agreement, "kappa", subject: region, kappa(data, region: region)))
            }
        }
        if !data.ratings.isEmpty {
            let estimate: Estimate =
                data.ratings.reduce(0, +) < policy.floors.minimumCases
                ? .suppressed("fewer than \(policy.floors.minimumCases) cases")
                : CohenKappa.estimate(table: data.ratings)
            releases.append(policy.release(.agreement, "kappa", subject: "ratings", estimate))
        }
        return releases
    }

    private func kappa(_ data: ExtractionData, region: String) -> Estimate {
        let kappas = (data.contours[region] ?? []).compactMap(LesionKappa.kappa)
        guard kappas.count >= 2 else { return .notEstimable("fewer than two lesions with two contours") }
        guard kappas.count >= policy.floors.minimumCases else {
            return .suppressed("fewer than \(policy.floors.minimumCases) cases")
        }
        let n = Double(kappas.count)
        let mean = kappas.reduce(0, +) / n
        let square = kappas.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return KappaEstimate.mean(
            lesions: kappas.count, mean: mean, standardError: (square / (n - 1) / n).squareRoot())
    }

    /// Why a rank statistic of so many cases is not shown; nil if it may be.
    func rankFloor(events: Int, nonEvents: Int) -> Estimate? {
        if events == 0 || nonEvents == 0 { return .notEstimable("one outcome only") }
        return min(events, nonEvents) < policy.floors.minimumEvents
            ? .suppressed("fewer than \(policy.floors.minimumEvents) events or non-events") : nil
    }

    func validationReleases(_ score: String, _ cases: ScoredCases, threshold: Double) -> [Release] {
        let events = cases.outcome.count { $0 == 1 }
        let nonEvents = cases.outcome.count - events
        func release(_ statistic: String, _ estimate: Estimate) -> Release {
            policy.release(.validation, statistic, subject: score, estimate)
        }
        func guarded(_ estimate: () -> Estimate) -> Estimate {
            rankFloor(events: events, nonEvents: nonEvents) ?? estimate()
        }
        let roc = DeLong(scores: cases.scores, outcome: cases.outcome)
        let separable = "needs two events and two non-events"
        var releases = [
            release("auc", guarded { roc.map { .value($0.estimate) } ?? .notEstimable(separable) }),
            release(
                "auc_logit",
                guarded { roc?.logitEstimate.map { .value($0) } ?? .notEstimable("the AUC is 0 or 1") }),
        ]
        // The scale of a score made elsewhere is not known to be a probability.
        guard [Catalogue.modelScore, Catalogue.outOfFoldScore].contains(score) else { return releases }
        let atThreshold = Proportion.atThreshold(
            scores: cases.scores, outcome: cases.outcome, threshold: threshold)
        let p = cases.scores
        let y = cases.outcome
        releases += [
            release("calibration_slope", guarded { Calibration.slope(probabilities: p, outcome: y) }),
            release("calibration_intercept", guarded { Calibration.intercept(probabilities: p, outcome: y) }),
            release("observed_expected", guarded { Calibration.observedOverExpected(probabilities: p, outcome: y) }),
            release("brier", guarded { Calibration.brier(probabilities: p, outcome: y) }),
            release("sensitivity", guarded { atThreshold.sensitivity }),
            release("specificity", guarded { atThreshold.specificity }),
        ]
        return releases
    }
}
