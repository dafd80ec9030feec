import Federation
import Learning
import TestKit
import Testing

/// Limits are several times what an idle core of 2020 needs, so that they fail for a lost fast path, not a busy machine.
@Suite("Speed of exact sums", .serialized)
struct SpeedTests {
    static func table(rows: Int, columns: Int) -> CaseTable {
        var state: UInt64 = 20_261_123
        let values = (0..<rows * columns).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53 * 3.46 - 1.73
        }
        return CaseTable(
            featureNames: (0..<columns).map { "f\($0)" }, features: values,
            outcome: (0..<rows).map { values[$0 * columns] > 0.3 * values[$0 * columns + 1] ? 1 : 0 },
            batch: [String](repeating: "a", count: rows))
    }

    @Test("The Gram matrix of 1000 rows and 300 features takes less than a second")
    func gram() throws {
        let table = Self.table(rows: 1000, columns: 300)
        let computation = CorrelationMatrix(
            centres: [Double](repeating: 0, count: 300), scales: [Double](repeating: 1, count: 300))
        let duration = try ContinuousClock().measure {
            let contribution = try computation.contribute(table, to: computation.initialState())
            #expect(contribution.blocks[1].words.count == 45_150)
        }
        #expect(duration < .seconds(1), "\(duration)")
    }

    @Test("A Newton contribution of 500 rows and 30 columns takes less than 20 milliseconds")
    func newton() throws {
        let table = Self.table(rows: 500, columns: 30)
        let computation = RidgeLogistic(
            columns: table.featureNames, means: [Double](repeating: 0, count: 30),
            standardDeviations: [Double](repeating: 1, count: 30), lambda: 1)
        let duration = try ContinuousClock().measure {
            let contribution = try computation.contribute(table, to: computation.initialState())
            #expect(contribution.blocks[3].words.count == 496)
        }
        #expect(duration < .milliseconds(20), "\(duration)")
    }
}
