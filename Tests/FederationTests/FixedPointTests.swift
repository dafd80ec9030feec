import Federation
import Testing

@Suite("Fixed point")
struct FixedPointTests {
    @Test(
        "a number with few enough binary digits comes back unchanged",
        arguments: [0, 1, -1, 0.5, -0.75, 3.0e5, -1_234_567.875, 0x1p-76, -0x1p-76, 0x1.fffffp20, 0x1p40, -0x1p40])
    func exact(value: Double) throws {
        let word = try #require(FixedPoint.encode(value, fractionBits: 76))
        #expect(FixedPoint.decode(word, fractionBits: 76) == value)
    }

    @Test(
        "halves of the quantum are rounded to even, both signs alike",
        arguments: [
            (0.5, 0), (1.5, 2), (2.5, 2), (3.5, 4), (-0.5, 0), (-1.5, -2), (-2.5, -2), (0.50001, 1), (-0.50001, -1),
        ])
    func tiesToEven(quanta: Double, expected: Int) throws {
        #expect(FixedPoint.encode(quanta * 0x1p-10, fractionBits: 10) == Int128(expected))
    }

    @Test("what is not finite, or needs more than 127 bits, is refused")
    func refused() {
        #expect(FixedPoint.encode(.nan, fractionBits: 10) == nil)
        #expect(FixedPoint.encode(.infinity, fractionBits: 10) == nil)
        #expect(FixedPoint.encode(-.infinity, fractionBits: 0) == nil)
        #expect(FixedPoint.encode(0x1p60, fractionBits: 76) == nil)
        #expect(FixedPoint.encode(0x1p300, fractionBits: 76) == nil)
    }

    @Test("words above 53 bits decode to the nearest double, ties to even")
    func decodeRounds() {
        let base = Int128(1) << 60
        let gap = Int128(1) << 8
        #expect(FixedPoint.decode(base + gap / 2, fractionBits: 0) == 0x1p60)
        #expect(FixedPoint.decode(base + gap / 2 + 1, fractionBits: 0) == 0x1p60 + 256)
        #expect(FixedPoint.decode(base + gap + gap / 2, fractionBits: 0) == 0x1p60 + 512)
        #expect(FixedPoint.decode(-(base + gap / 2 + 1), fractionBits: 0) == -(0x1p60 + 256))
        #expect(FixedPoint.decode((Int128(1) << 53) - 1, fractionBits: 0) == 0x1p53 - 1)
        #expect(FixedPoint.decode((Int128(1) << 54) - 1, fractionBits: 0) == 0x1p54)
    }

    @Test("numbers at the border between the fast and the shifted path encode without a jump")
    func border() throws {
        for value in [9.1e18, 9.2e18, 9.3e18, -9.2e18, -9.3e18, 0x1p100] {
            let word = try #require(FixedPoint.encode(value, fractionBits: 0))
            #expect(FixedPoint.decode(word, fractionBits: 0) == value)
        }
    }
}
