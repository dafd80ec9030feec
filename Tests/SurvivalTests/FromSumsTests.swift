import Federation
import Statistics
import Survival
import TestKit
import Testing

/// Survival, hazard and concordance of sums against the plain functions, which are compared with R.
@Suite("Survival from sums", .enabled(if: SharedData.available("data/validation"), "no shared data"))
struct SurvivalFromSumsTests {
    private static func shards(_ data: SurvivalTimes) -> [SurvivalTimes] {
        ShardProperty.unevenRanges(data.count, into: 5).map { data.selecting(Array($0)) }
    }

    private static func lifeTable(_ data: SurvivalTimes, _ grid: [Double]) throws -> PooledLifeTable.Result {
        try PooledLifeTable(times: grid).run(on: shards(data)).result
    }

    @Test("on a grid of days survival and errors are survfit's to 1e-10, and the bounds hold them")
    func daily() throws {
        let lung = try SurvivalTests.Lung()
        let expected = lung.json["expected"]["km"]
        let found = try Self.lifeTable(lung.data, (1...1100).map(Double.init))
        let steps = found.survival.steps.filter { $0.events + $0.censored > 0 }
        #expect(steps.map(\.time) == expected["time"].list.map(\.number))
        #expect(steps.map(\.atRisk) == expected["n_risk"].list.map { Int($0.number) })
        for (step, value) in zip(steps, expected["surv"].list) { #expect(abs(step.survival - value.number) < 1e-10) }
        for (step, value) in zip(steps, expected["se_greenwood"].list) {
            #expect(abs((step.standardError ?? .nan) - value.number) < 1e-10)
        }
        #expect(found.survival.survival(at: 365) == KaplanMeier(lung.data).survival(at: 365))
        #expect(found.survival.survival(at: 5000).number == nil)
        let plain = NelsonAalen(lung.data).steps
        let times = Set(plain.map(\.time))
        #expect(found.hazard.steps.filter { times.contains($0.time) } == plain)
        for (step, bounds) in zip(found.survival.steps, found.survivalBounds) {
            #expect(bounds.contains(step.survival))
        }
    }

    @Test(
        "the cumulative hazard is scikit-survival's 0.28 to 1e-12",
        arguments: [
            (11, 0.017758112094395283), (100, 0.14193646311831942), (365, 0.8767754335162746),
            (1022, 2.8777183216698914),
        ])
    func hazard(time: Double, value: Double) throws {
        let steps = NelsonAalen(try SurvivalTests.Lung().data).steps
        let step = try #require(steps.last { $0.time <= time })
        #expect(abs(step.cumulativeHazard - value) < 1e-12)
    }

    @Test("on a coarse grid it is the estimate of rounded times, and the bounds hold that of the times")
    func coarse() throws {
        let lung = try SurvivalTests.Lung()
        let found = try Self.lifeTable(lung.data, (1...20).map { Double(30 * $0) })
        let rounded = SurvivalTimes(
            times: lung.data.times.map { ($0 / 30).rounded(.up) * 30 }, events: lung.data.events)
        let (plain, exact) = (KaplanMeier(rounded), KaplanMeier(lung.data))
        let hazard = NelsonAalen(lung.data)
        for (index, step) in found.survival.steps.enumerated() {
            #expect(step.survival == plain.steps.last { $0.time <= step.time }?.survival)
            let survival = exact.steps.last { $0.time <= step.time }?.survival ?? 1
            let bounds = found.survivalBounds[index]
            #expect(bounds.lowerBound - 1e-12 <= survival && survival <= bounds.upperBound + 1e-12)
            let cumulative = hazard.steps.last { $0.time <= step.time }?.cumulativeHazard ?? 0
            let limits = found.hazardBounds[index]
            #expect(limits.lowerBound - 1e-12 <= cumulative && cumulative <= limits.upperBound + 1e-12)
        }
        #expect(found.survival.survival(at: 600).number != nil && found.survival.survival(at: 601).number == nil)
    }

    @Test("from pairs within sites the concordance and its variance are those of R with strata, to 1e-10")
    func withinSites() throws {
        let lung = try SurvivalTests.Lung()
        let expected = lung.json["expected"]["stratified_by_site"]
        let shards = Set(lung.sites).sorted().map { site in
            let rows = lung.sites.indices.filter { lung.sites[$0] == site }
            return StratifiedScores(
                followUp: lung.data.selecting(rows), scores: rows.map { lung.scores[$0] },
                stratum: rows.map { lung.sites[$0] })
        }
        let run = try ConcordanceWithinSites().run(on: shards)
        #expect(SurvivalTests.isClose(run.result, expected["c"].number, variance: expected["var"].number))
        #expect(run.rounds == 1 && run.payloadBytesPerSite == 128)
        let one = StratifiedScores(
            followUp: SurvivalTimes(times: [1, 2], events: [false, false]), scores: [1, 2], stratum: ["a", "a"])
        #expect(try ConcordanceWithinSites().run(on: [one]).result == .notEstimable("no pair can be compared"))
        for bad in [
            StratifiedScores(followUp: one.followUp, scores: [1], stratum: ["a", "a"]),
            StratifiedScores(followUp: one.followUp, scores: [1, .nan], stratum: ["a", "a"]),
            StratifiedScores(followUp: one.followUp, scores: [1, 2], stratum: []),
            StratifiedScores(
                followUp: SurvivalTimes(times: [-1, 2], events: [true, false]), scores: [1, 2], stratum: ["a", "a"]),
        ] { #expect(throws: SurvivalError.self) { try ConcordanceWithinSites().run(on: [bad]) } }
    }

    @Test("on a grid of days and of all scores the concordance and its variance are R's to 1e-10")
    func concordance() throws {
        let lung = try SurvivalTests.Lung()
        let expected = lung.json["expected"]["harrell"]
        let found = try Self.concordance(
            lung.data, lung.scores, times: (1...1100).map(Double.init), edges: Set(lung.scores).sorted())
        #expect(SurvivalTests.isClose(found.estimate, expected["c"].number, variance: expected["var"].number))
        #expect(try #require(found.certified).contains(expected["c"].number))
    }

    @Test(
        "in coarse cells the concordance is near, and the certified interval holds that of the cases",
        arguments: [(60, 50, 0.0043, 0.032), (365, 200, 0.0007, 0.0064)])
    func cells(times: Int, bins: Int, error: Double, halfWidth: Double) throws {
        let json = try JSONFixture.shared("data/validation/survival_kidney.json")
        let data = SurvivalTimes(
            times: json["input"]["time"].list.map(\.number),
            events: json["input"]["death"].list.map { $0.number == 1 })
        let age = json["input"]["age"].list.map(\.number)
        let last = data.times.max() ?? 0
        let ages = Set(age).sorted()
        let found = try Self.concordance(
            data, age, times: (1...times).map { last * Double($0) / Double(times) },
            edges: Set((1..<bins).map { ages[$0 * ages.count / bins] }).sorted())
        let exact = json["expected"]["lifelines_c"].number
        let certified = try #require(found.certified)
        #expect(certified.contains(exact))
        #expect(abs((found.estimate.number ?? .nan) - exact) <= error)
        // Where each age, in whole years, is a bin, pairs of equal age are not told from pairs of unknown order.
        let plain = Concordance(data, scores: age)
        let tied = plain.tiedScore / (plain.concordant + plain.discordant + plain.tiedScore) / 2
        #expect((certified.upperBound - certified.lowerBound) / 2 <= halfWidth + (bins >= ages.count ? tied : 0))
    }

    @Test("the certified interval holds the concordance of any cases", arguments: 0..<200)
    func certified(seed: Int) throws {
        var generator = SeededGenerator(seed: 900 + UInt64(seed))
        let count = 4 + seed % 9
        let data = SurvivalTimes(
            times: (0..<count).map { _ in (generator.uniform() * 12).rounded() },
            events: (0..<count).map { _ in generator.uniform() < 0.7 })
        let scores = (0..<count).map { _ in (generator.uniform() * 6).rounded() }
        let found = try Self.concordance(data, scores, times: [3, 7], edges: [2])
        guard let certified = found.certified, let exact = Concordance(data, scores: scores).estimate.number
        else { return }
        #expect(certified.lowerBound - 1e-12 <= exact && exact <= certified.upperBound + 1e-12)
        #expect(certified.contains(found.estimate.number ?? .nan))
    }

    @Test("on a grid of days and of all scores Uno's concordance and its variance are R's to 1e-10", arguments: [0, 7])
    func uno(days: Int) throws {
        let lung = try SurvivalTests.Lung()
        let expected = lung.json["expected"]["uno_n_over_G2"]
        let last = lung.data.times.max() ?? 0
        // The pairs by day, censoring by day too or by a finer grid.
        let fine = (2...2 * Int(last)).map { Double($0) / 2 }
        let found = try PooledConcordance(
            unoTimes: (1...Int(last)).map(Double.init), edges: Set(lung.scores).sorted(),
            censoringTimes: days == 0 ? nil : fine
        ).run(on: Self.shards(lung.data, lung.scores))
        #expect(found.rounds == 2)
        #expect(
            SurvivalTests.isClose(found.result.estimate, expected["c"].number, variance: expected["var"].number))
        #expect(try #require(found.result.certified).contains(expected["c"].number))
    }

    @Test("Uno's concordance up to a limit is that of the cases", arguments: [200.0, 365, 700])
    func unoUpTo(limit: Double) throws {
        let lung = try SurvivalTests.Lung()
        let found = try PooledConcordance(
            unoTimes: (1...Int(limit)).map(Double.init), edges: Set(lung.scores).sorted()
        ).run(on: Self.shards(lung.data, lung.scores)).result
        let plain = Concordance(lung.data, scores: lung.scores, weight: .uno, limit: limit).estimate
        let (a, b) = (try #require(Self.value(found.estimate)), try #require(Self.value(plain)))
        #expect(abs(a.value - b.value) < 1e-10)
        #expect(abs((a.standardError ?? 0) - (b.standardError ?? 1)) < 1e-10)
        #expect(a.n == b.n && a.events == b.events)
        let expected = lung.json["expected"]["uno_tau"]
        if limit == 365 {
            #expect(SurvivalTests.isClose(found.estimate, expected["c"].number, variance: expected["var"].number))
        }
    }

    @Test(
        "on a grid of days and of all scores the AUC at a horizon and its error are those of the cases",
        arguments: [180, 365, 720])
    func timeAUC(horizon: Int) throws {
        let lung = try SurvivalTests.Lung()
        let found = try PooledTimeAUC(times: (1...horizon).map(Double.init), edges: Set(lung.scores).sorted())
            .run(on: Self.shards(lung.data, lung.scores))
        #expect(found.rounds == 3)
        let plain = TimeDependentAUC.estimate(lung.data, scores: lung.scores, horizon: Double(horizon))
        let (a, b) = (try #require(Self.value(found.result.estimate)), try #require(Self.value(plain)))
        #expect(abs(a.value - b.value) < 1e-10)
        #expect(abs((a.standardError ?? 0) - (b.standardError ?? 1)) < 1e-10)
        #expect(a.n == b.n && a.events == b.events)
        #expect(try #require(found.result.certified).contains(b.value))
        let expected = lung.json["expected"]["timeROC_marginal"]
        if horizon == 365 {
            #expect(abs(a.value - expected["auc"].number) < 1e-10)
            // timeROC's own error is an approximation of the same.
            #expect(abs((a.standardError ?? 0) / expected["se"].number - 1) < 1e-4)
        }
    }

    private static func value(_ estimate: Estimate) -> EstimateValue? {
        guard case .value(let value) = estimate else { return nil }
        return value
    }

    @Test("the certified intervals hold Uno's concordance and the AUC of any cases", arguments: 0..<300)
    func certifiedWithCensoring(seed: Int) throws {
        var generator = SeededGenerator(seed: 2900 + UInt64(seed))
        let count = 6 + seed % 25
        let data = SurvivalTimes(
            times: (0..<count).map { _ in (generator.uniform() * 12).rounded() },
            events: (0..<count).map { _ in generator.uniform() < 0.6 })
        let scores = (0..<count).map { _ in (generator.uniform() * 8).rounded() }
        let shards = Self.shards(data, scores)
        let uno = try PooledConcordance(
            unoTimes: [3, 7], edges: [2, 5], censoringTimes: seed % 2 == 0 ? nil : [1, 3, 4.5, 7]
        ).run(on: shards).result
        if let certified = uno.certified,
            let exact = Concordance(data, scores: scores, weight: .uno, limit: 7).estimate.number
        {
            #expect(certified.lowerBound - 1e-12 <= exact && exact <= certified.upperBound + 1e-12)
            let estimate = uno.estimate.number ?? .nan
            #expect(certified.lowerBound - 1e-12 <= estimate && estimate <= certified.upperBound + 1e-12)
        }
        let area = try PooledTimeAUC(times: [3, 7], edges: [2, 5]).run(on: shards).result
        if let certified = area.certified,
            let exact = TimeDependentAUC.estimate(data, scores: scores, horizon: 7).number
        {
            #expect(certified.lowerBound - 1e-12 <= exact && exact <= certified.upperBound + 1e-12)
            let estimate = area.estimate.number ?? .nan
            #expect(certified.lowerBound - 1e-12 <= estimate && estimate <= certified.upperBound + 1e-12)
        }
    }

    @Test("the certified interval of the AUC tells how coarse the grid is")
    func width() throws {
        let lung = try SurvivalTests.Lung()
        func half(_ step: Int) throws -> Double {
            let found = try PooledTimeAUC(
                times: stride(from: step, through: 360, by: step).map(Double.init), edges: Set(lung.scores).sorted()
            ).run(on: Self.shards(lung.data, lung.scores)).result
            let certified = try #require(found.certified)
            return (certified.upperBound - certified.lowerBound) / 2
        }
        #expect(try half(90) > half(30) && half(30) > half(1))
    }

    @Test("without an event by the horizon, or anybody beyond it, there is no AUC, and grids must end together")
    func noTimeAUC() throws {
        let data = SurvivalTimes(times: [5, 6, 9], events: [true, true, false])
        func run(_ horizon: Double) throws -> Estimate {
            try PooledTimeAUC(times: [horizon], edges: [1.5]).run(on: Self.shards(data, [1, 2, 3])).result.estimate
        }
        #expect(try run(4) == .notEstimable("no event by the horizon"))
        #expect(try run(9) == .notEstimable("no case is observed beyond the horizon"))
        #expect(throws: SurvivalError.gridsEndApart) {
            try PooledConcordance(unoTimes: [4], edges: [1], censoringTimes: [2]).run(on: Self.shards(data, [1, 2, 3]))
        }
        #expect(throws: SurvivalError.badGrid("times of the grid")) {
            try PooledTimeAUC(times: [], edges: [1]).run(on: Self.shards(data, [1, 2, 3]))
        }
        #expect(throws: SurvivalError.scoreNotFinite) {
            try PooledTimeAUC(times: [4], edges: [1]).run(on: Self.shards(data, [1, .nan, 3]))
        }
    }

    @Test("without events, and without cases, there is nothing to estimate")
    func notEstimable() throws {
        let alive = SurvivalTimes(times: [1, 2, 9], events: [false, false, false])
        for data in [alive, SurvivalTimes(times: [], events: [])] {
            let found = try Self.concordance(data, data.times, times: [4], edges: [1.5])
            #expect(found.estimate == .notEstimable("no pair can be compared") && found.certified == nil)
        }
        let none = try Self.lifeTable(SurvivalTimes(times: [], events: []), [1, 2])
        #expect(none.survival.steps.isEmpty && none.survival.survival(at: 1) == .notEstimable("no case"))
        let free = try Self.lifeTable(alive, [1, 2])
        #expect(free.survival.survival(at: 2).number == 1 && free.hazard.steps.last?.cumulativeHazard == 0)
        let all = try Self.lifeTable(SurvivalTimes(times: [1, 1], events: [true, true]), [1, 2])
        #expect(all.survival.survival(at: 2).number == 0 && all.survivalBounds == [0...0])
    }

    @Test("what is wrong with a site's cases or a grid is said")
    func badInput() {
        let good = SurvivalTimes(times: [1, 2], events: [true, false])
        #expect(throws: SurvivalError.badTime) {
            try PooledLifeTable(times: [1]).run(on: [SurvivalTimes(times: [.nan], events: [true])])
        }
        for grid in [[], [2, 1], [1, 1], [.infinity]] as [[Double]] {
            #expect(throws: SurvivalError.badGrid("times of the grid")) {
                try PooledLifeTable(times: grid).run(on: [good])
            }
            #expect(throws: SurvivalError.badGrid("edges of the score")) {
                try Self.concordance(good, [1, 2], times: [1], edges: grid)
            }
        }
        #expect(throws: SurvivalError.lengthsDiffer(field: "scores")) {
            try PooledConcordance(times: [1], edges: [1]).run(
                on: [ScoredFollowUp(followUp: good, scores: [1])])
        }
        #expect(throws: SurvivalError.scoreNotFinite) {
            try Self.concordance(good, [1, .infinity], times: [1], edges: [1])
        }
    }

    private static func shards(_ data: SurvivalTimes, _ scores: [Double]) -> [ScoredFollowUp] {
        ShardProperty.unevenRanges(data.count, into: 3).map { range in
            ScoredFollowUp(followUp: data.selecting(Array(range)), scores: Array(scores[range]))
        }
    }

    private static func concordance(
        _ data: SurvivalTimes, _ scores: [Double], times: [Double], edges: [Double]
    ) throws -> PooledConcordance.Result {
        try PooledConcordance(times: times, edges: edges).run(on: shards(data, scores)).result
    }
}
