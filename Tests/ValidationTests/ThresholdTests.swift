import Statistics
import TestKit
import Testing
import Validation

@Suite("Threshold and gate")
struct ThresholdTests {
    @Test(
        "Wilson's intervals agree with scipy 1.17.1 binomtest(...).proportion_ci(method='wilson') to 1e-12",
        arguments: [
            (0, 10, 0, 0.27753279986288926), (3, 10, 0.10779126740630102, 0.6032218525388546),
            (48, 60, 0.682181941943721, 0.881714946771025), (107, 151, 0.6316745897980627, 0.7751931863119117),
            (60, 60, 0.9398281478579101, 1),
        ])
    func wilson(successes: Int, n: Int, lower: Double, upper: Double) throws {
        guard case .value(let value) = Proportion.wilson(successes: successes, of: n, name: "x") else {
            Issue.record("no interval")
            return
        }
        #expect(Tolerance.agrees(value.lower, lower, 1e-12) && Tolerance.agrees(value.upper, upper, 1e-12))
    }

    @Test("a case on the threshold counts as positive, and the four shares use their own denominators")
    func table() {
        let table = Proportion.atThreshold(
            scores: [0.1, 0.5, 0.5, 0.9, 0.4, 0.8], outcome: [0, 0, 1, 1, 1, 1], threshold: 0.5)
        #expect(
            table == ThresholdTable(truePositives: 3, falsePositives: 1, trueNegatives: 1, falseNegatives: 1))
        #expect(table.sensitivity.number == 0.75 && table.specificity.number == 0.5)
        #expect(table.positivePredictiveValue.number == 0.75 && table.negativePredictiveValue.number == 0.5)
    }

    @Test("an empty denominator is not estimable, never 0")
    func empty() {
        let table = Proportion.atThreshold(scores: [0.1, 0.2], outcome: [0, 0], threshold: 0.5)
        #expect(table.sensitivity.status == "not_estimable" && table.positivePredictiveValue.number == nil)
        #expect(table.specificity.number == 1)
    }

    @Test("the verdict follows the interval: above passes, below fails, across or absent is undecided")
    func verdict() {
        func estimate(_ lower: Double?, _ upper: Double?) -> Estimate {
            .value(EstimateValue(value: 0.7, lower: lower, upper: upper, n: 50, method: ""))
        }
        #expect(Verdict(estimate(0.65, 0.75), gate: 0.65) == .pass)
        #expect(Verdict(estimate(0.6, 0.75), gate: 0.65) == .undecided)
        #expect(Verdict(estimate(0.6, 0.649), gate: 0.65) == .fail)
        #expect(Verdict(estimate(nil, nil), gate: 0.65) == .undecided)
        #expect(Verdict(.suppressed("few"), gate: 0.65) == .undecided)
    }
}
