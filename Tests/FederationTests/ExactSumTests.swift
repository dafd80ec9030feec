import Federation
import Statistics
import Testing

@Suite("Exact sum")
struct ExactSumTests {
    static let specification = BlockSpecification.unitScale("x", shape: [2], meaning: "x", discloses: "x")

    static func sum(_ values: [Double]) throws -> Block {
        var sum = ExactSum(specification)
        for (index, value) in values.enumerated() { sum.add(value, at: index % 2) }
        return try sum.block()
    }

    @Test("has the same bits in any order and any grouping, over twenty orders of magnitude")
    func order() throws {
        var generator = SeededGenerator(seed: 8)
        let pairs = (0..<500).map { row -> [Double] in
            let scale = Double(sign: .plus, exponent: row % 67 - 56, significand: 1)
            return [generator.normal() * scale, generator.normal()]
        }
        let expected = try Self.sum(pairs.flatMap { $0 })
        for _ in 0..<10 {
            let shuffled = pairs.shuffled(using: &generator)
            #expect(try Self.sum(shuffled.flatMap { $0 }) == expected)
            let cut = Int(generator.uniform() * 500)
            var left = Contribution(blocks: [try Self.sum(shuffled[..<cut].flatMap { $0 })])
            try left.add(Contribution(blocks: [try Self.sum(shuffled[cut...].flatMap { $0 })]))
            #expect(left.blocks[0] == expected)
        }
        // A plain sum of the same numbers does depend on the order.
        let plain = Set((0..<10).map { _ in pairs.shuffled(using: &generator).reduce(0) { $0 + $1[0] } })
        #expect(plain.count > 1)
    }

    @Test("is exact where a plain sum loses a term")
    func cancellation() throws {
        let sum = try Self.sum([0x1p39, 0, 0x1p-76, 0, -0x1p39, 0])
        #expect(sum.values == [0x1p-76, 0])
    }

    @Test("remembers a value that is not finite or beyond the bound, and names the element")
    func failures() {
        #expect(throws: FederationError.notFinite(block: "x", index: 1)) { try Self.sum([1, .nan, .infinity]) }
        #expect(throws: FederationError.outOfBound(block: "x", index: 0)) { try Self.sum([0x1p41, 1]) }
        #expect(throws: FederationError.outOfBound(block: "x", index: 0)) {
            try Self.sum([0x1p39, 0, 0x1p39, 0, 0x1p39])
        }
    }

    @Test("Terms on the unit-scale grid have the bits of a plain rounding, of every size and at ties")
    func unitScaleRounding() throws {
        var state: UInt64 = 11
        var terms: [Double] = [0, -0.0, 1, -1, 8191.999, -8192, 8192.5, 1e6, .leastNonzeroMagnitude]
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let fraction = Double(Int64(bitPattern: state) >> 11) / 9_007_199_254_740_992
            terms.append(fraction * Double(sign: .plus, exponent: Int(state % 97) - 80, significand: 1))
        }
        // Half a quantum, and half of one above the bits that a double can carry beside it.
        for exponent in [-77, -78, -20] {
            let half = Double(sign: .plus, exponent: -77, significand: 1)
            terms += [half, -half, 3 * half, Double(sign: .plus, exponent: exponent, significand: 1) + half]
        }
        let specification = BlockSpecification.unitScale("x", shape: [terms.count], meaning: "m", discloses: "d")
        var sum = ExactSum(specification)
        for (index, term) in terms.enumerated() { sum.add(term, at: index) }
        let words = try sum.block().words
        for (index, term) in terms.enumerated() {
            #expect(words[index] == FixedPoint.encode(term, fractionBits: 76), "\(term)")
        }
    }

    @Test("Rows added at once have the bits of terms added one by one, past the 64-bit limit and with huge terms")
    func rows() throws {
        var generator = SeededGenerator(seed: 21)
        let specification = BlockSpecification.unitScale("x", shape: [9], meaning: "m", discloses: "d")
        var (single, together) = (ExactSum(specification), ExactSum(specification))
        var rows = ExactRows(width: 5)
        for row in 0..<9000 {
            var terms = (0..<5).map { _ in
                generator.normal() * Double(sign: .plus, exponent: row % 80 - 66, significand: 1)
            }
            if row % 1000 == 7 { terms[3] = 16_384 }
            if row % 1000 == 8 { terms[1] = -0x1p34 }
            if row % 10 == 9 { terms = [16_383.999, -16_384, 0x1p-77, -0x1.8p-76, 0x1p-78] }
            for (index, term) in terms.enumerated() { single.add(term, at: 3 + index) }
            rows.add(&terms, to: &together, at: 3)
        }
        rows.flush(into: &together, at: 3)
        #expect(try single.block() == together.block())
        var bad: [Double] = [0, 0, .nan, 0, 0]
        rows.add(&bad, to: &together, at: 3)
        #expect(throws: FederationError.notFinite(block: "x", index: 5)) { try together.block() }
    }
}
