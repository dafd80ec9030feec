import Foundation
import Statistics
import Testing
import Validation

/// Plans against what they promise, by seeded simulation with binormal scores.
struct PlanningTests {
    /// Scores of a site whose AUC has a given logit.
    static func site(
        _ n: Int, logit: Double, prevalence: Double, _ generator: inout SeededGenerator
    ) -> DeLong? {
        let auc = 1 / (1 + exp(-logit))
        let shift = 2.0.squareRoot() * NormalDistribution.quantile(auc)
        let outcome = (0..<n).map { _ in generator.uniform() < prevalence ? 1.0 : 0 }
        return DeLong(scores: outcome.map { $0 * shift + generator.normal() }, outcome: outcome)
    }

    static func logit(_ p: Double) -> Double { log(p / (1 - p)) }

    @Test("One internal and one external sample, known heterogeneity none: DeLong's test has the planned power")
    func twoSamples() {
        let plan = ValidationPlan(prevalence: 0.3, tau: 0)
        let n = 900
        let planned = plan.power(internalAUC: 0.8, internalCases: n, externalAUC: 0.75, sites: 1, casesPerSite: n)
        var generator = SeededGenerator(seed: 21)
        var seen = 0
        let runs = 600
        for _ in 0..<runs {
            guard let inside = Self.site(n, logit: Self.logit(0.8), prevalence: 0.3, &generator),
                let outside = Self.site(n, logit: Self.logit(0.75), prevalence: 0.3, &generator)
            else { continue }
            if let p = inside.difference(from: outside).pValue, p < 0.05 { seen += 1 }
        }
        // Noise of 600 runs is 0.04 at two standard errors.
        #expect(
            abs(Double(seen) / Double(runs) - planned) < 0.06, "planned \(planned), seen \(Double(seen) / Double(runs))"
        )
    }

    @Test("Ten sites that differ: the random-effects mean against a known AUC has the planned power")
    func sites() {
        let plan = ValidationPlan(prevalence: 0.3, tau: 0.2)
        let planned = plan.power(internalAUC: 0.8, internalCases: nil, externalAUC: 0.75, sites: 10, casesPerSite: 200)
        var generator = SeededGenerator(seed: 22)
        var seen = 0
        let runs = 500
        for _ in 0..<runs {
            let fits = (0..<10).compactMap { _ in
                Self.site(200, logit: Self.logit(0.75) + 0.2 * generator.normal(), prevalence: 0.3, &generator)?.logit
            }
            guard
                let meta = MetaAnalysis(
                    effects: fits.map(\.value), variances: fits.map { $0.standardError * $0.standardError },
                    rule: .hartungKnapp)
            else { continue }
            if meta.interval.upper < Self.logit(0.8) { seen += 1 }
        }
        #expect(
            abs(Double(seen) / Double(runs) - planned) < 0.06, "planned \(planned), seen \(Double(seen) / Double(runs))"
        )
    }

    @Test("Fifteen sites: prediction intervals have the planned width in the mean")
    func prediction() {
        let plan = ValidationPlan(prevalence: 0.3, tau: 0.3)
        let planned = plan.predictionWidth(auc: 0.75, sites: 15, casesPerSite: 300)
        var generator = SeededGenerator(seed: 23)
        var widths: [Double] = []
        for _ in 0..<300 {
            let fits = (0..<15).compactMap { _ in
                Self.site(300, logit: Self.logit(0.75) + 0.3 * generator.normal(), prevalence: 0.3, &generator)?.logit
            }
            guard
                let meta = MetaAnalysis(
                    effects: fits.map(\.value), variances: fits.map { $0.standardError * $0.standardError })
            else { continue }
            let interval = meta.predictionInterval()
            widths.append(1 / (1 + exp(-interval.upper)) - 1 / (1 + exp(-interval.lower)))
        }
        let mean = widths.reduce(0, +) / Double(widths.count)
        #expect(abs(mean / planned - 1) < 0.08, "planned \(planned), seen \(mean)")
        #expect(planned > plan.smallestPredictionWidth(auc: 0.75))
    }

    @Test("The smallest number of cases reaches the power, and one fewer does not")
    func smallest() throws {
        let plan = ValidationPlan(prevalence: 0.3, tau: 0.1)
        func power(_ n: Int) -> Double {
            plan.power(internalAUC: 0.8, internalCases: 2000, externalAUC: 0.75, sites: 8, casesPerSite: n)
        }
        let n = try #require(ValidationPlan.smallest(from: 10) { power($0) >= 0.8 })
        #expect(power(n) >= 0.8 && power(n - 1) < 0.8)
        let hopeless = ValidationPlan(prevalence: 0.3, tau: 1)
        #expect(
            ValidationPlan.smallest(from: 10) {
                hopeless.power(internalAUC: 0.8, internalCases: nil, externalAUC: 0.75, sites: 3, casesPerSite: $0)
                    >= 0.8
            } == nil)
    }

    @Test("A verdict is decided by the number of cases that it names, and not by 2 % fewer")
    func verdict() throws {
        func estimate(_ n: Int) -> Estimate {
            .value(.normal(0.78, standardError: 0.04 * (200 / Double(n)).squareRoot(), n: n, method: ""))
        }
        #expect(Verdict(estimate(200), gate: 0.75) == .undecided)
        let n = try #require(Verdict.casesToDecide(estimate(200), gate: 0.75))
        #expect(Verdict(estimate(n), gate: 0.75) == .pass && Verdict(estimate(n * 98 / 100), gate: 0.75) == .undecided)
        let below = try #require(Verdict.casesToDecide(estimate(200), gate: 0.8))
        #expect(Verdict(estimate(below + 1), gate: 0.8) == .fail)
        #expect(Verdict.casesToDecide(estimate(200), gate: 0.78) == nil)
        #expect(Verdict.casesToDecide(estimate(200), gate: 0.6) == 200)
    }

    @Test(
        "The certified AUC holds the exact one and is narrower than a tenth of the interval, for any number of shards")
    func certified() throws {
        var generator = SeededGenerator(seed: 31)
        let outcome = (0..<1200).map { _ in generator.uniform() < 0.3 ? 1.0 : 0 }
        let scores = outcome.map { $0 + generator.normal() }
        let exact = try #require(DeLong(scores: scores, outcome: outcome)).auc
        let all = ScoredCases(scores: scores, outcome: outcome)
        let found = try CertifiedAUC.search([all], minimumPerBin: 5)
        let certified = try #require(found.certified)
        #expect(found.isNarrow && certified.lower <= exact && exact <= certified.upper)
        guard case .value(let value) = found.estimate, let lower = value.lower, let upper = value.upper else {
            Issue.record("no AUC")
            return
        }
        #expect(certified.upper - certified.lower < (upper - lower) / 10)
        let shards = [0..<100, 100..<700, 700..<1200].map(all.selecting)
        #expect(try CertifiedAUC.search(shards, minimumPerBin: 5) == found)
        // A floor of a third of the cases stops the search first.
        let coarse = try CertifiedAUC.search(shards, minimumPerBin: 400)
        #expect(!coarse.isNarrow && coarse.bins <= 3)
        let wide = try #require(coarse.certified)
        #expect(wide.lower <= exact && exact <= wide.upper)
    }

    @Test("Bootstrap AUCs scatter as DeLong's variance says, and are the same for the same seed")
    func bootstrap() throws {
        var generator = SeededGenerator(seed: 41)
        let outcome = (0..<400).map { _ in generator.uniform() < 0.4 ? 1.0 : 0 }
        let scores = outcome.map { ($0 + generator.normal()).rounded(.toNearestOrEven) }
        let delong = try #require(DeLong(scores: scores, outcome: outcome))
        let values = try #require(BootstrapAUC.values(scores: scores, outcome: outcome, resamples: 2000, seed: 3))
        let mean = values.reduce(0, +) / 2000
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1999).squareRoot()
        #expect(abs(mean - delong.auc) < 0.003 && abs(deviation / delong.variance.squareRoot() - 1) < 0.06)
        #expect(BootstrapAUC.values(scores: scores, outcome: outcome, resamples: 2000, seed: 3) == values)
        #expect(BootstrapAUC.values(scores: [1, 2], outcome: [1, 1], resamples: 5, seed: 3) == nil)
    }

    @Test("The band of a ROC curve holds the true binormal curve where it promises to")
    func band() throws {
        var generator = SeededGenerator(seed: 51)
        var held = 0
        let runs = 60
        for _ in 0..<runs {
            let outcome = (0..<300).map { _ in generator.uniform() < 0.4 ? 1.0 : 0 }
            let scores = outcome.map { $0 + generator.normal() }
            let band = try #require(OperatingBand(scores: scores, outcome: outcome))
            #expect(band.method == .bootstrap)
            // At a specificity of 0.7: sensitivity Phi(1 - Phi^-1(0.7)).
            let truth = 1 - NormalDistribution.cumulative(NormalDistribution.quantile(0.7) - 1)
            if band.lower[30] <= truth, truth <= band.upper[30] { held += 1 }
        }
        #expect(held >= 52, "\(held) of \(runs)")
        let outcome = (0..<60_000).map { _ in generator.uniform() < 0.4 ? 1.0 : 0 }
        let wide = try #require(OperatingBand(scores: outcome.map { $0 + generator.normal() }, outcome: outcome))
        #expect(wide.method == .simultaneous)
        for (index, x) in wide.grid.enumerated().dropFirst().dropLast() {
            let truth = 1 - NormalDistribution.cumulative(NormalDistribution.quantile(1 - x) - 1)
            #expect(wide.lower[index] <= truth && truth <= wide.upper[index])
        }
    }
}
