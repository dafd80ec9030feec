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
}
