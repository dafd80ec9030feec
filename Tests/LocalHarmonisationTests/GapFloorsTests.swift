import LocalHarmonisation
import Testing

/// Columns with gaps beside each other.
struct GapFloorsTests {
    /// Rows of two batches of 30.
    private static let batch = (0..<60).map { $0 < 30 ? "A" : "B" }

    @Test("A column is told if the rows that lack it, and those that two columns differ in, are none or enough")
    func floors() {
        var floors = GapFloors(batch: Self.batch, minimum: 5)
        // One row lacks a value: the difference to a column without gaps would be that row's covariates.
        #expect(!floors.tells { $0 != 7 })
        #expect(!floors.tells { !(0..<4).contains($0) })
        // Five of one batch and none of the other.
        #expect(floors.tells { !(0..<5).contains($0) })
        #expect(floors.tells { !(0..<5).contains($0) })
        // Five as well, but four of them others.
        #expect(!floors.tells { !(4..<9).contains($0) })
        // Enough in one batch, too few in the other.
        #expect(!floors.tells { !(0..<5).contains($0) && $0 != 40 })
        #expect(floors.tells { !(10..<20).contains($0) && !(40..<46).contains($0) })
    }

    @Test("No sum of told columns, added and subtracted, is of fewer rows than the minimum", arguments: 0..<40)
    func classes(seed: UInt64) {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func draw(_ limit: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % limit)
        }
        var floors = GapFloors(batch: Self.batch, minimum: 5)
        var told: [[Bool]] = []
        for _ in 0..<12 {
            let (first, length) = (draw(60), draw(40))
            let hasValue = Self.batch.indices.map { $0 < first || $0 >= first + length }
            if floors.tells({ hasValue[$0] }) { told.append(hasValue) }
        }
        // Rows with the same pattern cannot be told apart; all others can.
        let patterns = Dictionary(grouping: Self.batch.indices) { row in
            [Self.batch[row]] + told.map { $0[row] ? "1" : "0" }
        }
        #expect(patterns.values.allSatisfy { $0.count >= 5 })
    }
}
