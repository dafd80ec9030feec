import Federation
import Testing

@Suite("Contributions")
struct ContributionTests {
    static let specifications: [BlockSpecification] = [
        .counts("cases", shape: [2], meaning: "cases", discloses: "their number"),
        .unitScale("sum", shape: [3], meaning: "a sum", discloses: "the mean"),
    ]

    static func contribution(_ seed: Int) throws -> Contribution {
        Contribution(blocks: [
            try Block(specification: specifications[0], words: [Int128(seed), Int128(seed * seed)]),
            try Block(
                specification: specifications[1],
                words: (0..<3).map { Int128(seed * 7919 + $0) << 70 &- Int128($0 * seed) }),
        ])
    }

    static func sum(_ left: Contribution, _ right: Contribution) throws -> Contribution {
        var sum = left
        try sum.add(right)
        return sum
    }

    @Test("are a commutative monoid: zero is neutral, order and grouping do not matter")
    func monoid() throws {
        let (a, b, c) = (try Self.contribution(3), try Self.contribution(-11), try Self.contribution(500))
        let zero = Contribution.zero(Self.specifications)
        #expect(try Self.sum(zero, a) == a)
        #expect(try Self.sum(a, zero) == a)
        #expect(try Self.sum(a, b) == Self.sum(b, a))
        #expect(try Self.sum(Self.sum(a, b), c) == Self.sum(a, Self.sum(b, c)))
    }

    @Test("of other blocks are not added")
    func mismatch() throws {
        var sum = try Self.contribution(1)
        let fewer = Contribution(blocks: [try Self.contribution(1).blocks[0]])
        #expect(throws: FederationError.specificationMismatch(block: "(number of blocks)")) { try sum.add(fewer) }
        let swapped = Contribution(blocks: try Self.contribution(1).blocks.reversed())
        #expect(throws: FederationError.specificationMismatch(block: "sum")) { try sum.add(swapped) }
    }

    @Test("beyond the bound of a block are refused, naming block and element; more sites may have more")
    func bound() throws {
        let narrow = BlockSpecification(
            name: "x", shape: [2], fractionBits: 4, bound: 10, meaning: "x", discloses: "x")
        let contribution = Contribution(blocks: [try Block(specification: narrow, words: [160, -161])])
        #expect(throws: FederationError.outOfBound(block: "x", index: 1)) {
            try contribution.validate(against: [narrow])
        }
        try contribution.validate(against: [narrow], sites: 2)
        #expect(throws: FederationError.specificationMismatch(block: "x")) {
            try contribution.validate(against: Self.specifications)
        }
    }

    @Test("a block has as many words as its shape says, and survives its byte form")
    func blocks() throws {
        let specification = Self.specifications[1]
        #expect(throws: FederationError.wrongShape(block: "sum", expected: 3, found: 2)) {
            try Block(specification: specification, words: [1, 2])
        }
        let block = try Block(specification: specification, words: [.max, .min, -1])
        #expect(block.littleEndianBytes.count == 48)
        #expect(try Block(specification: specification, littleEndianBytes: block.littleEndianBytes) == block)
        #expect(throws: FederationError.self) {
            try Block(specification: specification, littleEndianBytes: [1, 2, 3])
        }
    }

    @Test("are read by name, and a name that is absent is said")
    func names() throws {
        let contribution = try Self.contribution(4)
        #expect(try contribution.values("cases") == [4, 16])
        #expect(contribution.payloadBytes == 80)
        #expect(throws: FederationError.missingBlock("median")) { try contribution.values("median") }
        #expect(throws: FederationError.wrongShape(block: "cases", expected: 1, found: 2)) {
            try contribution.scalar("cases")
        }
    }
}
