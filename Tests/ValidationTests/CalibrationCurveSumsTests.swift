import Federation
import FoundationEssentials
import Statistics
import TestKit
import Testing
import Validation

@Suite("Calibration curve from sums")
struct CalibrationCurveSumsTests {
    static let reference = "data/validation/calibration_nsclc_rt.json"
    static let missing = Comment(rawValue: "the shared calibration results of the radiotherapy centres are not here")

    /// Death and its probability, which is what rms was given.
    private static func centres() throws -> [ScoredCases] {
        let cohorts = try RadiotherapyCohorts.load()
        return RadiotherapyCohorts.centres.compactMap { cohorts[$0] }.map { cases in
            ScoredCases(scores: cases.scores.map { 1 - $0 }, outcome: cases.outcome.map { 1 - $0 })
        }
    }

    private static func together(_ sites: [ScoredCases]) -> ScoredCases {
        ScoredCases(scores: sites.flatMap(\.scores), outcome: sites.flatMap(\.outcome))
    }

    private static func holds(_ found: BinnedDistance, _ exact: Double, bins: Int) -> Bool {
        guard let interval = found.certified, let middle = found.estimate.number else { return false }
        return interval.lower - 1e-12 <= exact && exact <= interval.upper + 1e-12
            && (middle - exact).magnitude <= 0.5 / Double(bins) + 1e-12
            && interval.upper - interval.lower <= 1 / Double(bins) + 1e-12
    }

    @Test(
        "knots that are given: three centres apart are the plain curve to 1e-10 and rms to 1e-6, quantiles to one bin",
        .enabled(if: SharedData.available(reference) && SharedData.available(RadiotherapyCohorts.path), missing),
        arguments: [50, 200, 1000])
    func givenKnots(bins: Int) throws {
        let sites = try Self.centres()
        let pooled = Self.together(sites)
        let plain = try CalibrationCurve(probabilities: pooled.scores, outcome: pooled.outcome)
        let run = try PooledCalibrationCurve(knots: plain.spline.knots, distanceBins: bins).run(on: sites)
        let rms = try JSONFixture.shared(Self.reference)["expected"]["pooled"]["rcs4"]
        let ici = try #require(run.result.ici.number)
        #expect(Tolerance.agrees(ici, plain.ici, 1e-10) && Tolerance.agrees(ici, rms["ICI"].number, 1e-6))
        #expect(run.result.spline == plain.spline)
        #expect(Self.holds(run.result.e50, plain.e50, bins: bins))
        #expect(Self.holds(run.result.e90, plain.e90, bins: bins))
        #expect(Self.holds(run.result.largest, plain.largest, bins: bins))
        #expect(run.rounds <= 12)
        #expect(run.sums.first?.blocks.count == 1 && run.sums.last?.blocks.count == 2)
    }

    @Test(
        "knots from the edges of 200 pooled bins move ICI by less than 1e-6 and the quantiles by less than a bin",
        .enabled(if: SharedData.available(RadiotherapyCohorts.path), Comment(rawValue: RadiotherapyCohorts.reason)))
    func pooledKnots() throws {
        let sites = try Self.centres()
        let pooled = Self.together(sites)
        let plain = try CalibrationCurve(probabilities: pooled.scores, outcome: pooled.outcome)
        let result = try PooledCalibrationCurve(minimumPerBin: 1).run(on: sites).result
        let ici = try #require(result.ici.number)
        #expect((ici - plain.ici).magnitude < 1e-6, "moved by \(ici - plain.ici)")
        for (found, exact) in [(result.e50, plain.e50), (result.e90, plain.e90), (result.largest, plain.largest)] {
            let middle = try #require(found.estimate.number)
            #expect((middle - exact).magnitude < 1.0 / 200)
        }
    }

    @Test("the interval of one bin holds each quantile of |curve - p| in 40 simulated cohorts")
    func simulated() throws {
        var generator = SeededGenerator(seed: 71)
        for cohort in 0..<40 {
            let count = 60 + 7 * cohort
            let scores = (0..<count).map { _ in generator.uniform() }
            let outcome = scores.map { generator.uniform() < 0.2 + 0.6 * $0 * $0 ? 1.0 : 0 }
            let plain = try CalibrationCurve(probabilities: scores, outcome: outcome)
            let bins = [7, 50, 333][cohort % 3]
            let cases = ScoredCases(scores: scores, outcome: outcome)
            let half = count / 2
            let result = try PooledCalibrationCurve(knots: plain.spline.knots, distanceBins: bins).run(
                on: [cases.selecting(0..<half), cases.selecting(half..<half), cases.selecting(half..<count)]
            ).result
            #expect(Tolerance.agrees(result.ici.number, plain.ici, 1e-10))
            #expect(Self.holds(result.e50, plain.e50, bins: bins))
            #expect(Self.holds(result.e90, plain.e90, bins: bins))
            #expect(Self.holds(result.largest, plain.largest, bins: bins))
        }
    }

    @Test("the curve is a straight line in the logit beyond the outer knots")
    func linearTails() throws {
        var generator = SeededGenerator(seed: 72)
        let scores = (0..<300).map { _ in 0.05 + 0.9 * generator.uniform() }
        let outcome = scores.map { generator.uniform() < $0 ? 1.0 : 0 }
        let curve = try CalibrationCurve(probabilities: scores, outcome: outcome)
        func slope(_ odds: Double) -> Double {
            func linear(_ odds: Double) -> Double {
                let value = curve.observed(at: odds / (1 + odds)).value
                return value / (1 - value)
            }
            return linear(2 * odds) / linear(odds)
        }
        #expect(Tolerance.isRelativelyClose(slope(60), slope(200), 1e-8))
        #expect(Tolerance.isRelativelyClose(slope(0.01), slope(0.003), 1e-8))
        #expect(!Tolerance.isRelativelyClose(slope(0.3), slope(60), 1e-3))
    }

    @Test("one class, equal predictions, other knots and separation have their reasons; bad input is refused by name")
    func reasons() throws {
        let spread = (0..<40).map { Double($0) / 40 + 0.01 }
        let half = spread.map { $0 > 0.5 ? 1.0 : 0 }
        func failure(_ scores: [Double], _ outcome: [Double], _ knots: [Double]? = nil) throws
            -> CalibrationCurve.Failure?
        {
            let computation =
                knots.map { PooledCalibrationCurve(knots: $0) }
                ?? PooledCalibrationCurve(quantileBins: 40, minimumPerBin: 1)
            let result = try computation.run(on: [
                ScoredCases(scores: scores, outcome: outcome), ScoredCases(scores: [], outcome: []),
            ]).result
            #expect(result.failure == nil || result.ici == .notEstimable("\(result.failure ?? .oneClass)"))
            #expect((result.failure == nil) == (result.e90.certified != nil))
            return result.failure
        }
        #expect(try failure(spread, spread.map { _ in 1 }) == .oneClass)
        #expect(try failure([Double](repeating: 0.3, count: 40), half) == .knotsCoincide)
        #expect(try failure(spread, half) == .notConverged)
        #expect(try failure(spread, half, [0, 1, 1, 2]) == .knotsCoincide)
        #expect(try failure(spread, half, [0, 1, 2]) == .knotsCoincide)
        #expect(try failure([], []) == .knotsCoincide)
        #expect(try failure([], [], [0, 1, 2, 3]) == .oneClass)
        #expect(throws: ValidationError.notAProbability) { try failure([0.1, 1.1], [0, 1]) }
        #expect(throws: ValidationError.scoreNotFinite) { try failure([0.1, .nan], [0, 1]) }
        #expect(throws: ValidationError.outcomeNotBinary) { try failure([0.1, 0.2], [0, .nan]) }
    }

    @Test("a broadcast without a bin, or with three knots or coefficients, is refused by the site")
    func badBroadcast() throws {
        func state(_ bins: Int, _ knots: String, _ coefficients: String) throws -> PooledCalibrationCurve.State {
            let fit =
                "{\"coefficients\":\(coefficients),\"bestLogLikelihood\":0,\"covariance\":[],\"status\":\"converged\",\"gain\":0}"
            let text = "{\"distanceBins\":\(bins),\"knots\":\(knots),\"round\":3,\"fit\":\(fit)}"
            return try JSONDecoder().decode(PooledCalibrationCurve.State.self, from: Data(text.utf8))
        }
        let cases = ScoredCases(scores: [0.2, 0.6], outcome: [0, 1])
        let computation = PooledCalibrationCurve(knots: [0, 1, 2, 3])
        let good = try computation.contribute(cases, to: state(4, "[0,1,2,3]", "[0,1,0,0]"))
        #expect(try good.values("distance_histogram") == [2, 0, 0, 0])
        for bad in [
            try state(0, "[0,1,2,3]", "[0,1,0,0]"), try state(4, "[0,1,2]", "[0,1,0,0]"),
            try state(4, "[0,1,2,3]", "[0,1,0]"),
        ] {
            #expect(throws: FederationError.self) { try computation.contribute(cases, to: bad) }
        }
    }
}
