import Foundation
import Learning
import Testing

/// Limits are several times what an idle core of 2020 needs, so that they fail for a lost fast path, not a busy machine.
@Suite("Speed of trees", .serialized)
struct TreeSpeedTests {
    /// Bins of uniform numbers; the outcome depends on the first two features and noise.
    static func table(rows: Int, columns: Int, bins: Int) -> CodedTable {
        var state: UInt64 = 20_261_123
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let codes = (0..<rows * columns).map { _ in UInt8(next() % UInt64(bins)) }
        let outcome = (0..<rows).map { row -> Double in
            let signal = Int(codes[row]) + Int(codes[rows + row]) / 2 + Int(next() % UInt64(bins))
            return signal > bins + bins / 4 ? 1 : 0
        }
        return CodedTable(features: (0..<columns).map { "f\($0)" }, codes: codes, outcome: outcome)
    }

    @Test("A forest of 100 trees on 1,000 cases and 1,500 features takes less than 3 seconds")
    func forest() throws {
        let table = Self.table(rows: 1000, columns: 1500, bins: 16).keyed(by: (0..<1000).map { "\($0)" }, seed: 1)
        var parameters = RandomForest.Parameters()
        parameters.trees = 100
        let computation = RandomForestFit(
            features: table.features, binCounts: [Int](repeating: 16, count: 1500), parameters: parameters)
        let duration = try ContinuousClock().measure { _ = try computation.fit(table) }
        #expect(duration < .seconds(3), "\(duration)")
    }
}
