import Agreement
import Foundation
import Statistics
import Testing
import Validation

/// Intervals under continuous looking, by seeded simulation.
struct SequentialTests {
    static let looks = Array(stride(from: 100, through: 1500, by: 50))

    /// Whether a sequence, and the plain 95 % intervals, hold the truth at every look.
    static func holds(_ truth: Double, _ scale: ConfidenceSequence.Scale, _ at: (Int) -> Estimate) -> (Bool, Bool) {
        let sequence = ConfidenceSequence(tightestAt: 500)
        var (always, plainly) = (true, true)
        for look in looks {
            guard case .value(let value) = at(look), let interval = sequence.interval(value, scale: scale),
                let lower = value.lower, let upper = value.upper
            else { continue }
            if truth < interval.lower || truth > interval.upper { always = false }
            if truth < lower || truth > upper { plainly = false }
        }
        return (always, plainly)
    }

    static func check(_ one: (inout SeededGenerator) -> (Bool, Bool)) {
        var generator = SeededGenerator(seed: 11)
        let runs = 400
        var (sequences, plain) = (0, 0)
        for _ in 0..<runs {
            let (always, plainly) = one(&generator)
            sequences += always ? 1 : 0
            plain += plainly ? 1 : 0
        }
        // Binomial noise of 400 runs at 0.95: two standard errors are 0.022.
        #expect(Double(sequences) / Double(runs) >= 0.928, "sequence: \(sequences) of \(runs)")
        #expect(Double(plain) / Double(runs) <= 0.90, "plain intervals: \(plain) of \(runs)")
    }

    @Test("The AUC is within its sequence at all of 29 looks in 95 % of 400 studies, and not within plain intervals")
    func auc() {
        // Binormal scores one standard deviation apart: AUC = Phi(1 / sqrt 2).
        let truth = NormalDistribution.cumulative(0.5.squareRoot())
        Self.check { generator in
            let outcome = (0..<1500).map { _ in generator.uniform() < 0.3 ? 1.0 : 0 }
            let scores = outcome.map { $0 + generator.normal() }
            return Self.holds(truth, .logit) { look in
                DeLong(scores: Array(scores[..<look]), outcome: Array(outcome[..<look]))
                    .map { .value($0.estimate) } ?? .notEstimable("")
            }
        }
    }

    @Test("O:E is within its sequence at all looks in 95 % of 400 studies, and not within plain intervals")
    func observedExpected() {
        Self.check { generator in
            let risks = (0..<1500).map { _ in 0.1 + 0.4 * generator.uniform() }
            let outcome = risks.map { generator.uniform() < $0 ? 1.0 : 0 }
            return Self.holds(1, .logarithm) { look in
                let (observed, expected) = (
                    outcome[..<look].reduce(0, +), risks[..<look].reduce(0, +)
                )
                let error = ((1 - observed / Double(look)) / observed).squareRoot()
                let ratio = observed / expected
                return .value(
                    EstimateValue(
                        value: ratio, standardError: ratio * error, lower: ratio * exp(-1.96 * error),
                        upper: ratio * exp(1.96 * error), n: look, method: "O:E"))
            }
        }
    }

    @Test("Multipliers fall to their narrowest near the chosen number of cases and stay above 1.96")
    func multiplier() {
        let sequence = ConfidenceSequence(tightestAt: 400)
        let at = [50, 200, 400, 800, 5000].map { sequence.multiplier(cases: $0) * (1 / Double($0)).squareRoot() }
        #expect(zip(at, at.dropFirst()).allSatisfy { $0 > $1 })
        #expect([1, 400, 100_000].allSatisfy { sequence.multiplier(cases: $0) > 2.5 })
        // At the chosen number no other choice is narrower.
        let here = sequence.multiplier(cases: 400)
        for other in [200, 300, 350, 450, 600, 900] {
            #expect(ConfidenceSequence(tightestAt: other).multiplier(cases: 400) > here)
        }
    }
}
