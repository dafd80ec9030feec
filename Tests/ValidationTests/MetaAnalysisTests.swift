#if canImport(Glibc)
    import Glibc
#endif
import Statistics
import TestKit
import Testing
import Validation

@Suite("Meta-analysis")
struct MetaAnalysisTests {
    static let variants: [(name: String, estimator: TauEstimator, rule: MetaAnalysis.IntervalRule)] = [
        ("REML_z", .reml, .wald), ("REML_knha", .reml, .hartungKnapp),
        ("DL_z", .derSimonianLaird, .wald), ("DL_knha", .derSimonianLaird, .hartungKnapp),
        ("PM_z", .pauleMandel, .wald), ("PM_knha", .pauleMandel, .hartungKnapp),
        ("EB_z", .pauleMandel, .wald), ("EB_knha", .pauleMandel, .hartungKnapp),
        ("ML_z", .maximumLikelihood, .wald), ("ML_knha", .maximumLikelihood, .hartungKnapp),
        ("SJ_z", .sidikJonkman, .wald), ("SJ_knha", .sidikJonkman, .hartungKnapp), ("FE_z", .commonEffect, .wald),
    ]

    @Test(
        "23 EuroSCORE studies agree with metafor 3.8.1: closed forms to 1e-10, iterations to the 1e-5 at which metafor stops",
        .enabled(if: SharedData.available(SharedFixtures.euroscore), "the shared EuroSCORE fixture is not here"),
        arguments: [("logit_c", "meta_logit_c"), ("log_oe", "meta_log_oe")], 0..<13)
    func metafor(scale: (input: String, expected: String), variant: Int) throws {
        let fixture = try JSONFixture.shared(SharedFixtures.euroscore)["expected"]
        let variant = Self.variants[variant]
        let expected = fixture[scale.expected][variant.name]
        let meta = try #require(
            MetaAnalysis(
                effects: fixture[scale.input]["yi"].numbers,
                variances: fixture[scale.input]["sei"].numbers.map { $0 * $0 }, estimator: variant.estimator,
                rule: variant.rule))
        // metafor ends its iteration when tau squared moves by less than 1e-5; its ML and EB steps shrink slowly, so that it ends
        // up to 1.2e-5 from the root, which is compared in the next test but one.
        let isExact = [.derSimonianLaird, .sidikJonkman, .commonEffect].contains(variant.estimator)
        let isSlow = variant.name.hasPrefix("ML") || variant.name.hasPrefix("EB")
        let tolerance = isExact ? 1e-10 : isSlow ? 5e-5 : 3e-5
        #expect(meta.sites == expected["k"].integer)
        #expect(Tolerance.isRelativelyClose(meta.q, expected["Q"].number, 1e-10))
        #expect(Tolerance.isRelativelyClose(meta.homogeneityPValue, expected["Qp"].number, 1e-8))
        #expect(Tolerance.agrees(meta.mean, expected["mu"].number, isExact ? 1e-10 : 2e-6))
        #expect(Tolerance.agrees(meta.standardError, expected["se"].number, tolerance))
        #expect(Tolerance.agrees(meta.tauSquared, expected["tau2"].number, isExact ? 1e-10 : isSlow ? 1.2e-5 : 1.1e-5))
        #expect(Tolerance.agrees(meta.iSquared, expected["I2"].number / 100, tolerance))
        #expect(Tolerance.agrees(meta.interval.lower, expected["ci95"][0].number, tolerance))
        #expect(Tolerance.agrees(meta.interval.upper, expected["ci95"][1].number, tolerance))
        // The common-effect model has no prediction interval.
        guard !expected["pi95_metafor"].isNull else { return }
        let prediction = meta.predictionInterval(.metafor)
        #expect(Tolerance.agrees(prediction.lower, expected["pi95_metafor"][0].number, tolerance))
        #expect(Tolerance.agrees(prediction.upper, expected["pi95_metafor"][1].number, tolerance))
    }

    @Test(
        "REML without each study agrees with metafor's leave1out to 2e-6",
        .enabled(if: SharedData.available(SharedFixtures.euroscore), "the shared EuroSCORE fixture is not here"),
        arguments: [("logit_c", "meta_logit_c"), ("log_oe", "meta_log_oe")])
    func leaveOneOut(input: String, key: String) throws {
        let fixture = try JSONFixture.shared(SharedFixtures.euroscore)["expected"]
        let effects = fixture[input]["yi"].numbers
        let variances = fixture[input]["sei"].numbers.map { $0 * $0 }
        for (left, expected) in fixture[key]["leave1out_REML_mu"].numbers.enumerated() {
            let rest = effects.indices.filter { $0 != left }
            let meta = try #require(
                MetaAnalysis(effects: rest.map { effects[$0] }, variances: rest.map { variances[$0] }))
            #expect(Tolerance.agrees(meta.mean, expected, 2e-6))
        }
    }

    @Test(
        "REML, ML and PM solve their equations: tau squared agrees with mpmath 1.3.0 (30 digits) to 1e-12",
        .enabled(if: SharedData.available(SharedFixtures.euroscore), "the shared EuroSCORE fixture is not here"),
        arguments: [
            ("logit_c", TauEstimator.reml, 0.070065916864821018), ("logit_c", .pauleMandel, 0.069811745316635497),
            ("logit_c", .maximumLikelihood, 0.065360670234047217), ("log_oe", .maximumLikelihood, 0.17039282299046687),
            ("log_oe", .reml, 0.179932301188762), ("log_oe", .pauleMandel, 0.18587803014759425),
        ])
    func exact(scale: String, estimator: TauEstimator, expected: Double) throws {
        let fixture = try JSONFixture.shared(SharedFixtures.euroscore)["expected"]
        let meta = try #require(
            MetaAnalysis(
                effects: fixture[scale]["yi"].numbers, variances: fixture[scale]["sei"].numbers.map { $0 * $0 },
                estimator: estimator))
        #expect(Tolerance.isRelativelyClose(meta.tauSquared, expected, 1e-12))
    }

    @Test(
        "REML, ML and PM, their intervals and Q-profiles agree to 1e-9 with metafor 3.8.1 that iterates to the end",
        .enabled(if: SharedData.available(SharedFixtures.euroscore), "the shared EuroSCORE fixture is not here"),
        arguments: ["logit_c", "log_oe"], ["REML_z", "REML_knha", "ML_z", "ML_knha", "PM_z", "PM_knha"])
    func converged(scale: String, name: String) throws {
        let input = try JSONFixture.shared(SharedFixtures.euroscore)["expected"][scale]
        let expected = try JSONFixture.beside("metafor_converged.json")[scale][name]
        let variant = try #require(Self.variants.first { $0.name == name })
        let (effects, variances) = (input["yi"].numbers, input["sei"].numbers.map { $0 * $0 })
        let meta = try #require(
            MetaAnalysis(effects: effects, variances: variances, estimator: variant.estimator, rule: variant.rule))
        #expect(Tolerance.agrees(meta.tauSquared, expected["tau2"].number, 1e-9))
        #expect(Tolerance.agrees(meta.mean, expected["mu"].number, 1e-9))
        #expect(Tolerance.agrees(meta.standardError, expected["se"].number, 1e-9))
        #expect(Tolerance.agrees(meta.interval.lower, expected["ci95"][0].number, 1e-9))
        #expect(Tolerance.agrees(meta.interval.upper, expected["ci95"][1].number, 1e-9))
        #expect(Tolerance.agrees(meta.iSquared, expected["I2"].number / 100, 1e-9))
        guard name == "REML_z" else { return }
        let profile = try #require(MetaAnalysis.tauSquaredInterval(effects: effects, variances: variances))
        #expect(Tolerance.agrees(profile.lower, expected["profile"][0].number, 1e-9))
        #expect(Tolerance.agrees(profile.upper, expected["profile"][1].number, 1e-9))
    }

    @Test(
        "the Q-profile interval of tau squared agrees with metafor 3.8.1 to 1e-3",
        .enabled(if: SharedData.available(SharedFixtures.euroscore), "the shared EuroSCORE fixture is not here"))
    func profile() throws {
        let fixture = try JSONFixture.shared(SharedFixtures.euroscore)["expected"]
        let interval = try #require(
            MetaAnalysis.tauSquaredInterval(
                effects: fixture["logit_c"]["yi"].numbers,
                variances: fixture["logit_c"]["sei"].numbers.map { $0 * $0 }))
        let expected = fixture["meta_logit_c"]["REML_Qprofile"]["tau2"].numbers
        // metafor's root search stops at 1e-4.
        #expect(Tolerance.isRelativelyClose(interval.lower, expected[1], 1e-3))
        #expect(Tolerance.isRelativelyClose(interval.upper, expected[2], 1e-3))
    }

    @Test(
        "the prediction interval of metamisc 0.4.0 (k - 2 degrees of freedom) is reproduced to 1e-6",
        .enabled(if: SharedData.available(SharedFixtures.euroscore), "the shared EuroSCORE fixture is not here"))
    func metamisc() throws {
        let fixture = try JSONFixture.shared(SharedFixtures.euroscore)["expected"]
        let expected = fixture["valmeta_c"]
        let auc = zip(fixture["logit_c"]["yi"].numbers, fixture["logit_c"]["sei"].numbers).map { logit, error in
            let value = 1 / (1 + exp(-logit))
            return Estimate.value(
                EstimateValue(value: value, standardError: error * value * (1 - value), n: 100, method: ""))
        }
        let summary = SiteSummary(auc, scale: .logit, rule: .hartungKnapp, predictionRule: .higgins)
        guard case .value(let mean) = summary.mean, case .value(let prediction) = summary.prediction else {
            Issue.record("no summary")
            return
        }
        #expect(Tolerance.agrees(mean.value, expected["est"].number, 1e-6))
        #expect(Tolerance.agrees(mean.lower, expected["ci95"][0].number, 1e-6))
        #expect(Tolerance.agrees(mean.upper, expected["ci95"][1].number, 1e-6))
        #expect(Tolerance.agrees(prediction.lower, expected["pi95"][0].number, 1e-6))
        #expect(Tolerance.agrees(prediction.upper, expected["pi95"][1].number, 1e-6))
    }

    @Test("three radiotherapy centres: AUC 0.654 (0.456-0.809), prediction 0.30-0.89, as metafor to 1e-6")
    func radiotherapy() throws {
        let fixture = try JSONFixture.beside("external_validation_nsclc_ct_radiotherapy_3centres.json")["expected"]
        let expected = fixture["meta"]
        let sites = fixture["per_centre"].keys.map { centre in
            let site = fixture["per_centre"][centre]
            return Estimate.value(
                EstimateValue(
                    value: site["auc"].number, standardError: site["var_delong"].number.squareRoot(),
                    n: site["n"].integer, method: "DeLong"))
        }
        let summary = SiteSummary(sites, scale: .logit, rule: .hartungKnapp)
        guard case .value(let mean) = summary.mean, case .value(let prediction) = summary.prediction else {
            Issue.record("no summary")
            return
        }
        #expect(Tolerance.agrees(mean.value, expected["auc"].number, 1e-6))
        #expect(Tolerance.agrees(mean.lower, expected["ci95_auc"][0].number, 1e-6))
        #expect(Tolerance.agrees(mean.upper, expected["ci95_auc"][1].number, 1e-6))
        #expect(Tolerance.agrees(prediction.lower, expected["pi95_auc"][0].number, 1e-6))
        #expect(Tolerance.agrees(prediction.upper, expected["pi95_auc"][1].number, 1e-6))
        #expect(Tolerance.agrees(summary.tauSquared.number, expected["tau2"].number, 1e-6))
        #expect(Tolerance.agrees(summary.iSquared.number.map { $0 * 100 }, expected["I2"].number, 1e-6))
    }

    @Test("two sites, or two that have a number, are not summarised")
    func few() {
        #expect(MetaAnalysis(effects: [1, 2], variances: [1, 1]) == nil)
        #expect(MetaAnalysis(effects: [1, 2, 3], variances: [1, 1, 0]) == nil)
        let site = Estimate.value(EstimateValue(value: 0.7, standardError: 0.05, n: 90, method: "DeLong"))
        let perfect = Estimate.value(EstimateValue(value: 1, standardError: 0.01, n: 90, method: "DeLong"))
        let summary = SiteSummary(
            [site, site, .suppressed("few"), .notEstimable("one outcome only"), perfect], scale: .logit)
        #expect(summary.mean == .notEstimable("fewer than three sites with a value and a standard error"))
        #expect(summary.prediction.status == "not_estimable" && summary.tauSquared.status == "not_estimable")
    }

    @Test("identical sites have no heterogeneity, and the floor keeps the interval at least as wide as Wald's")
    func floor() throws {
        let effects = [0.8, 0.8, 0.8, 0.8]
        let variances = [0.04, 0.09, 0.04, 0.16]
        let plain = try #require(MetaAnalysis(effects: effects, variances: variances, rule: .hartungKnapp))
        #expect(plain.tauSquared == 0 && plain.standardError < 1e-15 && plain.iSquared == 0)
        let floored = try #require(MetaAnalysis(effects: effects, variances: variances))
        let wald = try #require(MetaAnalysis(effects: effects, variances: variances, rule: .wald))
        #expect(floored.standardError == wald.standardError)
        #expect(floored.interval.upper > wald.interval.upper)
    }

    @Test("all estimators reach their own equation on few, very unequal sites", arguments: [UInt64(1), 2, 3, 4, 5, 6])
    func equations(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let variances = (0..<4).map { _ in 0.001 + generator.uniform() * generator.uniform() * 2 }
        let effects = variances.map { generator.normal() * ($0 + 0.5).squareRoot() }
        let paule = try #require(MetaAnalysis(effects: effects, variances: variances, estimator: .pauleMandel))
        let reml = try #require(MetaAnalysis(effects: effects, variances: variances, estimator: .reml))
        func q(_ tau: Double) -> Double {
            let weights = variances.map { 1 / ($0 + tau) }
            let mean = zip(weights, effects).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
            return zip(weights, effects).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
        }
        #expect(paule.tauSquared == 0 ? q(0) <= 3 : (q(paule.tauSquared) - 3).magnitude < 1e-9)
        // The restricted likelihood is not higher at any point of a grid.
        func likelihood(_ tau: Double) -> Double {
            let weights = variances.map { 1 / ($0 + tau) }
            return -0.5 * (weights.reduce(0) { $0 - log($1) } + log(weights.reduce(0, +)) + q(tau))
        }
        let best = likelihood(reml.tauSquared)
        for step in 0...400 { #expect(likelihood(Double(step) * 0.01) <= best + 1e-9) }
    }
}
