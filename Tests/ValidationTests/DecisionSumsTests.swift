import Federation
import Statistics
import TestKit
import Testing
import Validation

@Suite("Decision curve, reclassification and AUC within sites from sums")
struct DecisionSumsTests {
    static let folder = "data/validation"
    static let missing = Comment(rawValue: "the shared results of the peers are not here")

    @Test(
        "net benefit of three centres at 99 thresholds is that of dcurves to 1e-10, and of the plain counts exactly",
        .enabled(
            if: SharedData.available(folder + "/dca_nsclc_rt.json") && SharedData.available(RadiotherapyCohorts.path),
            missing))
    func decisionCurve() throws {
        let expected = try JSONFixture.shared(Self.folder + "/dca_nsclc_rt.json")["expected"]["pooled"]
        let cohorts = try RadiotherapyCohorts.load()
        let sites = RadiotherapyCohorts.centres.compactMap { cohorts[$0] }.map { cases in
            ScoredCases(scores: cases.scores.map { 1 - $0 }, outcome: cases.outcome.map { 1 - $0 })
        }
        let thresholds = (1...99).map { Double($0) / 100 }
        let run = try DecisionCurve(thresholds: thresholds).run(on: sites)
        let (scores, outcome) = (sites.flatMap(\.scores), sites.flatMap(\.outcome))
        #expect(run.rounds == 1 && run.result.count == 99)
        for (index, point) in run.result.enumerated() {
            let table = Proportion.atThreshold(scores: scores, outcome: outcome, threshold: thresholds[index])
            #expect(point == NetBenefit(table, threshold: thresholds[index]))
            #expect(Tolerance.agrees(point.model.number, expected["p_death"]["net_benefit"].numbers[index], 1e-10))
            #expect(Tolerance.agrees(point.treatAll.number, expected["all"]["net_benefit"].numbers[index], 1e-10))
            // Standardised net benefit is TPR - odds (1 - prevalence) / prevalence FPR.
            let rate = outcome.reduce(0, +) / Double(outcome.count)
            let odds = thresholds[index] / (1 - thresholds[index])
            let (tp, fp) = (Double(table.truePositives), Double(table.falsePositives))
            let direct = (tp - odds * fp) / Double(outcome.count) / rate
            #expect(Tolerance.agrees(point.standardised.number, direct, 1e-12))
            // Of the untreated the non-events are spared, each missed event costs 1 / odds of them.
            let spared = Double(table.trueNegatives) - Double(table.falseNegatives) / odds
            #expect(
                Tolerance.agrees(point.interventionsAvoided.number, spared / Double(outcome.count), 1e-12))
        }
    }

    @Test("decision curve: no event, no case, and thresholds or probabilities that are none")
    func decisionCurveReasons() throws {
        func curve(_ scores: [Double], _ outcome: [Double], _ thresholds: [Double]) throws -> [NetBenefit] {
            try DecisionCurve(thresholds: thresholds).run(on: [
                ScoredCases(scores: scores, outcome: outcome), ScoredCases(scores: [], outcome: []),
            ]).result
        }
        let none = try curve([0.2, 0.7], [0, 0], [0.5])
        #expect(none[0].standardised == .notEstimable("no event"))
        #expect(none[0].model.number == -0.5 && none[0].treatAll.number == -1)
        #expect(try curve([], [], [0.5])[0].model == .notEstimable("no case"))
        for bad in [[], [0.0], [1.0], [0.5, .nan], [Double](repeating: 0.5, count: 1000)] {
            #expect(throws: ValidationError.thresholds(most: 999)) { try curve([0.2, 0.7], [0, 1], bad) }
        }
        #expect(throws: ValidationError.notAProbability) { try curve([-0.1], [0], [0.5]) }
        #expect(throws: ValidationError.scoreNotFinite) { try curve([.infinity], [0], [0.5]) }
        #expect(throws: ValidationError.outcomeNotBinary) { try curve([0.1], [2], [0.5]) }
    }

    @Test(
        "NRI and IDI of the patients in three shards are those of Hmisc 4.8 and nricens 1.6 to 1e-10",
        .enabled(if: SharedData.available(folder + "/nri_idi_asah.json"), missing))
    func reclassification() throws {
        let input = try JSONFixture.shared(Self.folder + "/nri_idi_asah.json")["input"]
        let (old, new, outcome) = (input["p_std"].numbers, input["p_new"].numbers, input["y"].numbers)
        let shards = ShardProperty.unevenRanges(outcome.count, into: 3).map { range in
            PairedRisks(old: Array(old[range]), new: Array(new[range]), outcome: Array(outcome[range]))
        }
        let run = try PooledReclassification().run(on: shards)
        #expect(run.rounds == 1)
        #expect(run.result == Reclassification(old: old, new: new, outcome: outcome))
        for (estimate, value, error) in [
            (run.result.nri, 0.573170731707317, 0.186215805658234),
            (run.result.nriOfEvents, 0.0731707317073171, 0.155755127075414),
            (run.result.nriOfNonEvents, 0.5, 0.102062072615966),
            (run.result.idi, 0.104089109983062, 0.0318090100995769),
        ] {
            guard case .value(let found) = estimate else {
                Issue.record("not estimable: \(estimate.reason)")
                continue
            }
            #expect(Tolerance.agrees(found.value, value, 1e-10))
            #expect(Tolerance.agrees(found.standardError, error, 1e-10))
        }
        let byCategory = try PooledReclassification(cutPoints: [0.2, 0.5]).run(on: shards).result
        #expect(Tolerance.agrees(byCategory.nri.number, 0.480013550135501, 1e-10))
        #expect(byCategory == Reclassification(old: old, new: new, outcome: outcome, cutPoints: [0.5, 0.2]))
    }

    @Test("reclassification: one class, a single event, equal changes, and bad lists, risks and limits")
    func reclassificationReasons() throws {
        func result(
            _ old: [Double], _ new: [Double], _ outcome: [Double], _ cutPoints: [Double]? = nil
        ) throws -> Reclassification {
            try PooledReclassification(cutPoints: cutPoints).run(on: [
                PairedRisks(old: old, new: new, outcome: outcome), PairedRisks(old: [], new: [], outcome: []),
            ]).result
        }
        let one = try result([0.2, 0.4], [0.3, 0.1], [1, 1])
        #expect(one.nri == .notEstimable("one class only") && one.idi == .notEstimable("one class only"))
        #expect(try result([], [], []).nri == .notEstimable("one class only"))
        guard case .value(let single) = try result([0.2, 0.4, 0.5], [0.3, 0.1, 0.4], [1, 0, 0]).idi else {
            Issue.record("a single event has an IDI")
            return
        }
        #expect(Tolerance.agrees(single.value, 0.3, 1e-14) && single.standardError == nil)
        guard case .value(let equal) = try result([0.1, 0.2, 0.3, 0.4], [0.225, 0.325, 0.3, 0.4], [1, 1, 0, 0]).idi
        else {
            Issue.record("equal changes have an IDI")
            return
        }
        #expect(Tolerance.agrees(equal.value, 0.125, 1e-14) && equal.standardError == 0)
        #expect(throws: ValidationError.lengthsDiffer("old")) { try result([0.1], [0.1, 0.2], [0, 1]) }
        #expect(throws: ValidationError.lengthsDiffer("new")) { try result([0.1, 0.2], [0.2], [0, 1]) }
        #expect(throws: ValidationError.notAProbability) { try result([0.1, 0.2], [0.2, 1.5], [0, 1]) }
        #expect(throws: ValidationError.scoreNotFinite) { try result([.nan, 0.2], [0.2, 0.5], [0, 1]) }
        #expect(throws: ValidationError.outcomeNotBinary) { try result([0.1, 0.2], [0.2, 0.5], [0, 3]) }
        for limits in [[0.5, 0.2], [.nan], [.infinity]] {
            #expect(throws: ValidationError.cutPoints) { try result([0.1, 0.2], [0.2, 0.5], [0, 1], limits) }
        }
    }

    @Test(
        "AUC within three centres is scikit-learn's to 1e-12, its standard error that of the centres' DeLong variances",
        .enabled(
            if: SharedData.available(folder + "/federated_auc_nsclc_rt.json")
                && SharedData.available(RadiotherapyCohorts.path), missing))
    func withinSites() throws {
        let expected = try JSONFixture.shared(Self.folder + "/federated_auc_nsclc_rt.json")
        let cohorts = try RadiotherapyCohorts.load()
        let sites = RadiotherapyCohorts.centres.compactMap { cohorts[$0] }
        let run = try StratifiedAUC().run(on: sites.map { [$0] })
        guard case .value(let found) = run.result.estimate else {
            Issue.record("not estimable: \(run.result.estimate.reason)")
            return
        }
        #expect(run.rounds == 1 && run.result.strata == 3 && run.result.leftOut == 0)
        #expect(Tolerance.agrees(found.value, expected["stratified_auc"].number, 1e-12))
        let own = try sites.map { try #require(DeLong(scores: $0.scores, outcome: $0.outcome)) }
        let pairs = own.map { Double($0.events * $0.nonEvents) }
        let variance = zip(own, pairs).reduce(0) { $0 + $1.1 * $1.1 * $1.0.variance }
        #expect(Tolerance.agrees(found.standardError, variance.squareRoot() / pairs.reduce(0, +), 1e-12))
        guard case .value(let plain) = StratifiedAUC.estimate(own) else {
            Issue.record("no plain AUC within sites")
            return
        }
        #expect(plain.value == found.value && plain.n == found.n && plain.events == found.events)
        #expect(Tolerance.agrees(plain.standardError, found.standardError, 1e-12))
    }

    @Test("AUC within sites: sites below the floor are counted, none is not estimable, bad input is refused")
    func withinSitesReasons() throws {
        let small = ScoredCases(scores: [1, 2, 3, 4], outcome: [0, 1, 0, 1])
        let one = ScoredCases(scores: [1, 2], outcome: [1, 1])
        let empty = ScoredCases(scores: [], outcome: [])
        let floor = try StratifiedAUC().run(on: [[small], [one, empty], []]).result
        #expect(floor.estimate == .notEstimable("no site has 10 events and 10 non-events"))
        #expect(floor.strata == 0 && floor.leftOut == 2)
        let low = try StratifiedAUC(minimumPerClass: 2).run(on: [[small], [one, empty], []]).result
        #expect(low.estimate.number == 0.75 && low.strata == 1 && low.leftOut == 1)
        #expect(throws: ValidationError.scoreNotFinite) {
            try StratifiedAUC().run(on: [[ScoredCases(scores: [.nan, 1], outcome: [0, 1])]])
        }
        #expect(throws: ValidationError.outcomeNotBinary) {
            try StratifiedAUC().run(on: [[ScoredCases(scores: [0, 1], outcome: [0, 0.5])]])
        }
    }
}
