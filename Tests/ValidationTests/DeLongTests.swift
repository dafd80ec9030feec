import Statistics
import TestKit
import Testing
import Validation

@Suite("DeLong")
struct DeLongTests {
    @Test(
        "AUC, variance and both intervals of two tied scores agree with pROC 1.18.0 to 1e-10",
        .enabled(if: SharedData.available(SharedFixtures.asah), "the shared aSAH fixture is not here"),
        arguments: ["s100b", "wfns"])
    func asah(score: String) throws {
        let fixture = try JSONFixture.shared(SharedFixtures.asah)
        let expected = fixture["expected"][score]
        let roc = try #require(
            DeLong(scores: fixture["input"][score].numbers, outcome: fixture["input"]["outcome"].numbers))
        try Self.check(roc, expected)
    }

    @Test(
        "the paired test of two scores agrees with pROC 1.18.0 to 1e-10",
        .enabled(if: SharedData.available(SharedFixtures.asah), "the shared aSAH fixture is not here"))
    func paired() throws {
        let fixture = try JSONFixture.shared(SharedFixtures.asah)
        let input = fixture["input"]
        let expected = fixture["expected"]["paired_s100b_wfns"]
        let test = try #require(
            PairedDeLong(
                first: input["s100b"].numbers, second: input["wfns"].numbers, outcome: input["outcome"].numbers))
        #expect(Tolerance.isRelativelyClose(test.covariance, expected["cov"].number, 1e-10))
        #expect(Tolerance.agrees(test.z, expected["z"].number, 1e-10))
        #expect(Tolerance.isRelativelyClose(try #require(test.pValue), expected["p"].number, 1e-10))
        guard case .value(let difference) = test.difference else {
            Issue.record("no difference")
            return
        }
        #expect(Tolerance.agrees(difference.lower, expected["diff_ci95"][0].number, 1e-10))
        #expect(Tolerance.agrees(difference.upper, expected["diff_ci95"][1].number, 1e-10))
    }

    @Test(
        "each radiotherapy centre agrees with pROC 1.18.0 to 1e-10, Maastro with the published 0.70 (0.63-0.78)",
        .enabled(if: SharedData.available(RadiotherapyCohorts.path), Comment(rawValue: RadiotherapyCohorts.reason)))
    func radiotherapy() throws {
        let expected = try JSONFixture.beside("external_validation_nsclc_ct_radiotherapy_3centres.json")["expected"]
        let cohorts = try RadiotherapyCohorts.load()
        for (centre, cases) in cohorts {
            let roc = try #require(DeLong(scores: cases.scores, outcome: cases.outcome))
            try Self.check(roc, expected["per_centre"][centre])
        }
        let pooled = RadiotherapyCohorts.pooled(cohorts)
        try Self.check(
            try #require(DeLong(scores: pooled.scores, outcome: pooled.outcome)), expected["pooled_all_rows"])
        let maastro = try SiteAUC.estimate(try #require(cohorts["Maastro"]), interval: .deLong)
        guard case .value(let value) = maastro else {
            Issue.record("no AUC at Maastro")
            return
        }
        #expect(Tolerance.agrees(value.value, 0.7017, 5e-5))
        #expect(Tolerance.agrees(value.lower, 0.625, 5e-4))
        #expect(Tolerance.agrees(value.upper, 0.778, 5e-4))
    }

    static func check(_ roc: DeLong, _ expected: JSONFixture) throws {
        #expect(roc.events == expected["n1"].integer)
        #expect(roc.events + roc.nonEvents == expected["n"].integer)
        #expect(Tolerance.agrees(roc.auc, expected["auc"].number, 1e-12))
        #expect(Tolerance.isRelativelyClose(roc.variance, expected["var_delong"].number, 1e-10))
        #expect(Tolerance.agrees(roc.estimate.lower, expected["ci95_delong"][0].number, 1e-10))
        #expect(Tolerance.agrees(roc.estimate.upper, expected["ci95_delong"][1].number, 1e-10))
        let logit = try #require(roc.logit)
        #expect(Tolerance.agrees(logit.value, expected["logit_auc"].number, 1e-10))
        #expect(Tolerance.isRelativelyClose(logit.standardError, expected["logit_se"].number, 1e-10))
        let interval = try #require(roc.logitEstimate)
        #expect(Tolerance.agrees(interval.lower, expected["logit_ci95_on_auc_scale"][0].number, 1e-10))
        #expect(Tolerance.agrees(interval.upper, expected["logit_ci95_on_auc_scale"][1].number, 1e-10))
    }

    @Test("equals the definition by all pairs on tied scores", arguments: [UInt64(1), 2, 3, 4, 5])
    func definition(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let outcome = (0..<60).map { _ in generator.uniform() < 0.4 ? 1.0 : 0 }
        let scores = outcome.map { ($0 + generator.normal() * 2).rounded() }
        let roc = try #require(DeLong(scores: scores, outcome: outcome))
        let cases = scores.indices.filter { outcome[$0] == 1 }.map { scores[$0] }
        let controls = scores.indices.filter { outcome[$0] == 0 }.map { scores[$0] }
        func kernel(_ case: Double, _ control: Double) -> Double {
            `case` > control ? 1 : `case` == control ? 0.5 : 0
        }
        let rows = cases.map { x in controls.reduce(0) { $0 + kernel(x, $1) } / Double(controls.count) }
        let columns = controls.map { y in cases.reduce(0) { $0 + kernel($1, y) } / Double(cases.count) }
        let auc = rows.reduce(0, +) / Double(cases.count)
        func part(_ values: [Double]) -> Double {
            values.reduce(0) { $0 + ($1 - auc) * ($1 - auc) } / Double(values.count - 1) / Double(values.count)
        }
        #expect(Tolerance.agrees(roc.auc, auc, 1e-13))
        #expect(Tolerance.agrees(roc.variance, part(rows) + part(columns), 1e-13))
    }

    @Test("a perfect score has AUC 1, no variance and no logit")
    func perfect() throws {
        let roc = try #require(DeLong(scores: [1, 2, 3, 4], outcome: [0, 0, 1, 1]))
        #expect(roc.auc == 1 && roc.variance == 0 && roc.logit == nil && roc.logitEstimate == nil)
    }

    @Test("a score of NaN, or one event only, gives no AUC")
    func none() {
        #expect(DeLong(scores: [1, .nan, 3, 4], outcome: [0, 0, 1, 1]) == nil)
        #expect(DeLong(scores: [1, 2, 3, 4], outcome: [0, 0, 0, 1]) == nil)
        #expect(PairedDeLong(first: [1, 2, 3], second: [1, 2, 3], outcome: [1, 1, 1]) == nil)
    }

    @Test("a site with one outcome is not estimable, below the floor suppressed, with bad input refused")
    func floors() throws {
        let scores = (0..<30).map { Double(($0 * 7) % 30) }
        let one = ScoredCases(scores: scores, outcome: scores.map { _ in 1 })
        #expect(try SiteAUC.estimate(one) == .notEstimable("one outcome only"))
        let nine = ScoredCases(scores: scores, outcome: (0..<30).map { $0 < 9 ? 1 : 0 })
        #expect(try SiteAUC.estimate(nine) == .suppressed("fewer than 10 events or non-events"))
        #expect(try SiteAUC.estimate(nine, minimumPerClass: 9).status == "ok")
        let perfect = ScoredCases(scores: (0..<30).map { Double($0) }, outcome: (0..<30).map { $0 < 15 ? 0 : 1 })
        #expect(try SiteAUC.estimate(perfect) == .notEstimable("the AUC is 0 or 1: no logit"))
        #expect(try SiteAUC.estimate(perfect, interval: .deLong).number == 1)
        #expect(throws: ValidationError.scoreNotFinite) {
            try SiteAUC.estimate(ScoredCases(scores: [.infinity], outcome: [1]))
        }
        #expect(throws: ValidationError.outcomeNotBinary) {
            try SiteAUC.estimate(ScoredCases(scores: [0.5], outcome: [.nan]))
        }
    }
}
