import Foundation
import Statistics
import Survival
import TestKit
import Testing

/// Against the R package survival 3.5-3.
@Suite("Calibration of a survival model", .enabled(if: SharedData.available("data/learning"), "no shared data"))
struct SurvivalCalibrationTests {
    static func table() throws -> (data: SurvivalTimes, scores: [Double]) {
        let text = String(decoding: try SharedData.bytes("data/learning/table_nomogram.csv"), as: UTF8.self)
        let rows = text.split(whereSeparator: \.isNewline).map { $0.split(separator: ",") }
        func numbers(_ name: String) throws -> [Double] {
            let place = try #require(rows[0].firstIndex { $0 == name })
            return try rows.dropFirst().map { try #require(Double($0[place])) }
        }
        return (
            SurvivalTimes(times: try numbers("days"), events: try numbers("event").map { $0 == 1 }),
            try numbers("radscore")
        )
    }

    static func value(_ estimate: Estimate) throws -> EstimateValue {
        guard case .value(let value) = estimate else { throw SurvivalError.noEvents }
        return value
    }

    @Test(
        "The slope is the coefficient of coxph(Surv(days, event) ~ radscore, ties = \"efron\", eps = 1e-14) with its standard error, to 1e-9"
    )
    func slope() throws {
        let (data, scores) = try Self.table()
        let found = try Self.value(SurvivalCalibration.slope(data, linearPredictors: scores))
        #expect(abs(found.value - 1.78384461376327) < 1e-9)
        #expect(abs((found.standardError ?? 0) - 0.300298410567184) < 1e-9)
    }

    /// `s <- summary(survfit(Surv(days, event) ~ 1), times = 730)`; `o <- 1 - s$surv`; `e <- mean(1 - exp(-0.05 * exp(0.2 * radscore)))`;
    /// limits `o / e * exp(qnorm(c(.025, .975)) * s$std.err / o)`.
    @Test("Observed over expected is that of survfit, with its interval, to 1e-9")
    func observedOverExpected() throws {
        let (data, scores) = try Self.table()
        let risks = scores.map { 1 - exp(-0.05 * exp(0.2 * $0)) }
        let found = try Self.value(SurvivalCalibration.observedOverExpected(data, risks: risks, at: 730))
        #expect(abs(found.value - 1.6622765489113) < 1e-9)
        #expect(abs((found.lower ?? 0) - 1.14436361279039) < 1e-9)
        #expect(abs((found.upper ?? 0) - 2.41458509705916) < 1e-9)
    }

    @Test("Predictions that do not vary, no event and a horizon that no case reaches are not estimable")
    func bounds() {
        let data = SurvivalTimes(times: [1, 2, 3, 4], events: [true, false, true, false])
        #expect(SurvivalCalibration.slope(data, linearPredictors: [1, 1, 1, 1]).number == nil)
        #expect(SurvivalCalibration.observedOverExpected(data, risks: [0.1, 0.2, 0.1, 0.3], at: 9).number == nil)
        #expect(SurvivalCalibration.observedOverExpected(data, risks: [0, 0, 0, 0], at: 2).number == nil)
        #expect(SurvivalCalibration.observedOverExpected(data, risks: [0.1, 0.2, 0.1, 0.3], at: 0.5).number == nil)
        let none = SurvivalTimes(times: [1, 2], events: [false, false])
        #expect(SurvivalCalibration.slope(none, linearPredictors: [1, 2]).number == nil)
    }
}
