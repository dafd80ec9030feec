import Agreement
import Statistics
import TestKit
import Testing

struct PlanningTests {
    /// A table of n cases of two readers with shares and kappa.
    static func table(
        _ n: Int, kappa: Double, shares: [Double], _ generator: inout SeededGenerator
    ) -> [Int] {
        func draw(_ generator: inout SeededGenerator) -> Int {
            var rest = generator.uniform()
            for (category, share) in shares.enumerated() {
                rest -= share
                if rest < 0 { return category }
            }
            return shares.count - 1
        }
        var table = [Int](repeating: 0, count: shares.count * shares.count)
        for _ in 0..<n {
            let first = draw(&generator)
            let second = generator.uniform() < kappa ? first : draw(&generator)
            table[first * shares.count + second] += 1
        }
        return table
    }

    @Test(
        "With the planned number of cases the interval of kappa has the planned width in simulation",
        arguments: [(0.6, [0.7, 0.3], 0.2), (0.4, [0.2, 0.3, 0.5], 0.15)])
    func kappaPlan(kappa: Double, shares: [Double], width: Double) {
        let n = KappaPlan.cases(kappa: kappa, shares: shares, width: width)
        var generator = SeededGenerator(seed: 5)
        var total = 0.0
        for _ in 0..<400 {
            guard
                case .value(let value) = CohenKappa.estimate(
                    table: Self.table(n, kappa: kappa, shares: shares, &generator)), let error = value.standardError
            else { continue }
            total += 2 * NormalDistribution.quantile(0.975) * error
        }
        #expect(abs(total / 400 / width - 1) < 0.03, "\(n) cases: mean width \(total / 400)")
    }

    @Test("Kappa is within its sequence at all of 29 looks in 95 % of 400 studies, and not within plain intervals")
    func sequence() {
        let sequence = ConfidenceSequence(tightestAt: 500)
        var generator = SeededGenerator(seed: 8)
        var (always, plainly) = (0, 0)
        for _ in 0..<400 {
            var counts = [0, 0, 0, 0]
            var (holds, plain) = (true, true)
            var n = 0
            for look in stride(from: 100, through: 1500, by: 50) {
                let more = Self.table(look - n, kappa: 0.6, shares: [0.6, 0.4], &generator)
                n = look
                for index in counts.indices { counts[index] += more[index] }
                guard case .value(let value) = CohenKappa.estimate(table: counts),
                    let interval = sequence.interval(value, scale: .identity), let lower = value.lower,
                    let upper = value.upper
                else { continue }
                if interval.lower > 0.6 || interval.upper < 0.6 { holds = false }
                if lower > 0.6 || upper < 0.6 { plain = false }
            }
            always += holds ? 1 : 0
            plainly += plain ? 1 : 0
        }
        #expect(always >= 371, "sequence: \(always) of 400")
        #expect(plainly <= 360, "plain intervals: \(plainly) of 400")
    }

    @Test(
        "Conger's kappa with missing ratings and weights has irrCAC's standard error, to its five digits",
        .enabled(
            if: SharedData.available("data/validation/gwet_krippendorff_missing_cac5.json"), "shared data missing"),
        arguments: [("none", "unweighted"), ("linear", "linear"), ("quadratic", "quadratic")])
    func conger(weights: String, name: String) throws {
        let json = try JSONFixture.shared("data/validation/gwet_krippendorff_missing_cac5.json")
        let columns = (1...5).map { json["input"]["Observer\($0)"].list.map(\.optionalNumber) }
        let present = columns.flatMap { $0.compactMap(\.self) }
        let ratings = columns[0].indices.map { row in
            columns.map { column in column[row].map { value in Set(present).sorted().firstIndex(of: value) ?? -1 } }
        }
        let rule = try #require(WeightedAgreement.Weights(rawValue: weights))
        let expected = json["expected"][name]["conger.kappa.raw"]
        guard
            case .value(let value) = WeightedAgreement(
                ratings: ratings, categories: Set(present).count, weights: rule
            ).conger
        else {
            Issue.record("no kappa")
            return
        }
        #expect(abs(value.value - expected["est"].number) <= 5.1e-6)
        #expect(abs((value.standardError ?? .nan) - expected["se"].number) <= 5.1e-6)
    }

    @Test(
        "Kendall's W corrected for ties is irr's to 1e-12",
        .enabled(if: SharedData.available("data/validation/icc_irr_anxiety.json"), "shared data missing"))
    func kendall() throws {
        let json = try JSONFixture.shared("data/validation/icc_irr_anxiety.json")
        let columns = (1...3).map { json["input"]["rater\($0)"].list.map(\.number) }
        let found = KendallConcordance(columns[0].indices.map { row in columns.map { $0[row] } })
        let expected = json["expected"]
        #expect(abs((found.coefficient.number ?? .nan) - expected["kendall_W"].number) < 1e-12)
    }
}
