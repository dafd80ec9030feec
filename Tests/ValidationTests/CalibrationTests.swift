import Federation

#if canImport(Glibc)
    import Glibc
#endif
import Statistics
import TestKit
import Testing
import Validation

@Suite("Calibration")
struct CalibrationTests {
    @Test(
        "each radiotherapy centre and the pool agree with R's glm and val.prob: O:E and Brier to 1e-10, Newton to 1e-6",
        .enabled(if: SharedData.available(RadiotherapyCohorts.path), Comment(rawValue: RadiotherapyCohorts.reason)),
        arguments: RadiotherapyCohorts.centres + ["pooled"])
    func radiotherapy(centre: String) throws {
        let expected = try JSONFixture.beside("calibration_nsclc_rt.json")["expected"][centre]
        let cohorts = try RadiotherapyCohorts.load()
        let cases = Self.clipped(cohorts[centre] ?? RadiotherapyCohorts.pooled(cohorts))
        let report = try Calibration.report(probabilities: cases.scores, outcome: cases.outcome)
        try Self.check(report, expected)
        #expect(Tolerance.agrees(report.scaledBrier.number, expected["brier_scaled"].number, 1e-10))
        #expect(
            Calibration.slope(probabilities: cases.scores, outcome: cases.outcome) == report.slope
                && Calibration.intercept(probabilities: cases.scores, outcome: cases.outcome) == report.intercept)
    }

    /// One person at Maastro has a score of exactly 1; the fixture was made with scores clipped to 1e-6.
    static func clipped(_ cases: ScoredCases) -> ScoredCases {
        ScoredCases(scores: cases.scores.map { max(1e-6, min(1 - 1e-6, $0)) }, outcome: cases.outcome)
    }

    @Test(
        "the standard errors are those of the converged fit: 50 Newton steps in numpy, to 1e-9",
        .enabled(if: SharedData.available(RadiotherapyCohorts.path), Comment(rawValue: RadiotherapyCohorts.reason)))
    func standardErrors() throws {
        let pooled = Self.clipped(RadiotherapyCohorts.pooled(try RadiotherapyCohorts.load()))
        let report = try Calibration.report(probabilities: pooled.scores, outcome: pooled.outcome)
        let expected = [
            (report.intercept, 2.7934645539828407, 0.08534923476457593),
            (report.jointIntercept, 0.9416934362464067, 0.5006592165278295),
            (report.slope, 0.41655436679281904, 0.15547783024920886),
        ]
        for (estimate, value, error) in expected {
            guard case .value(let found) = estimate else {
                Issue.record("not estimable: \(estimate.reason)")
                continue
            }
            #expect(Tolerance.isRelativelyClose(found.value, value, 1e-9))
            #expect(Tolerance.isRelativelyClose(try #require(found.standardError), error, 1e-9))
        }
    }

    static func check(_ report: CalibrationReport, _ expected: JSONFixture) throws {
        #expect(Tolerance.agrees(report.observedOverExpected.number, expected["oe"].number, 1e-10))
        #expect(Tolerance.agrees(report.brier.number, expected["brier"].number, 1e-10))
        for (name, estimate) in [
            ("citl_intercept", report.intercept), ("joint_intercept", report.jointIntercept),
            ("slope", report.slope),
        ] {
            guard case .value(let value) = estimate else {
                Issue.record("\(name) is \(estimate.reason)")
                continue
            }
            #expect(Tolerance.agrees(value.value, expected[name]["est"].number, 1e-6), "\(name)")
            // glm reports the weights of the step before the last.
            #expect(
                Tolerance.isRelativelyClose(try #require(value.standardError), expected[name]["se"].number, 5e-4),
                "\(name)")
        }
    }

    @Test(
        "three centres together give the bits of the pooled fit, in at most ten rounds",
        .enabled(if: SharedData.available(RadiotherapyCohorts.path), Comment(rawValue: RadiotherapyCohorts.reason)))
    func federated() throws {
        let cohorts = try RadiotherapyCohorts.load()
        let pooled = Self.clipped(RadiotherapyCohorts.pooled(cohorts))
        let run = try PooledCalibration().run(
            on: RadiotherapyCohorts.centres.compactMap { cohorts[$0] }.map(Self.clipped))
        #expect(run.result == (try Calibration.report(probabilities: pooled.scores, outcome: pooled.outcome)))
        #expect(run.rounds <= 10)
    }

    @Test("perfectly calibrated groups have intercept 0, slope 1 and O:E 1")
    func perfect() throws {
        let groups = [(0.2, 2), (0.5, 5), (0.8, 8)]
        var probabilities: [Double] = []
        var outcome: [Double] = []
        for (p, events) in groups {
            for row in 0..<10 {
                probabilities.append(p)
                outcome.append(row < events ? 1 : 0)
            }
        }
        let report = try Calibration.report(probabilities: probabilities, outcome: outcome)
        #expect(Tolerance.agrees(report.intercept.number, 0, 1e-12))
        #expect(Tolerance.agrees(report.slope.number, 1, 1e-12))
        #expect(Tolerance.agrees(report.observedOverExpected.number, 1, 1e-14))
    }

    @Test("a model far from calibration still converges", arguments: [-8.0, -4, 4, 8])
    func far(shift: Double) throws {
        var generator = SeededGenerator(seed: 11)
        let linear = (0..<400).map { _ in generator.normal() * 2 }
        let outcome = linear.map { generator.uniform() < 1 / (1 + exp(-$0)) ? 1.0 : 0 }
        let probabilities = linear.map { 1 / (1 + exp(-(2 * $0 + shift))) }
        let report = try Calibration.report(probabilities: probabilities, outcome: outcome)
        let slope = try #require(report.slope.number)
        #expect((slope - 0.5).magnitude < 0.15)
        #expect(report.intercept.status == "ok")
    }

    @Test("separation, one outcome and equal probabilities are not estimable, with their reasons; 1 counts as 1 - 1e-6")
    func notEstimable() throws {
        let separated = try Calibration.report(probabilities: [0.1, 0.2, 0.6, 0.9], outcome: [0, 0, 1, 1])
        #expect(separated.slope.reason.contains("did not converge"))
        let one = try Calibration.report(probabilities: [0.1, 0.2], outcome: [1, 1])
        #expect(one.slope == .notEstimable("one outcome only"))
        #expect(one.observedOverExpected.status == "not_estimable" && one.brier.status == "ok")
        let equal = try Calibration.report(probabilities: [0.3, 0.3, 0.3], outcome: [0, 1, 0])
        #expect(equal.slope.status == "not_estimable" && equal.intercept.status == "ok")
    }

    @Test("a probability of 1 counts as 1 - 1e-6 for intercept and slope")
    func certain() throws {
        let outcome = [1.0, 1, 0, 0]
        let slope = Calibration.slope(probabilities: [1, 0.2, 0.4, 0.3], outcome: outcome)
        let kept = Calibration.slope(probabilities: [1 - 1e-6, 0.2, 0.4, 0.3], outcome: outcome)
        #expect(slope.number != nil)
        #expect(slope.number == kept.number)
    }

    @Test("a score that is no probability is refused by name")
    func refused() {
        #expect(throws: ValidationError.notAProbability) {
            try Calibration.report(probabilities: [0.2, 1.2], outcome: [0, 1])
        }
        #expect(throws: ValidationError.outcomeNotBinary) {
            try Calibration.report(probabilities: [0.2, 0.2], outcome: [0, 2])
        }
        #expect(Calibration.brier(probabilities: [.nan], outcome: [1]).status == "not_estimable")
    }
}
