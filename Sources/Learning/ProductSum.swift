import Federation

/// Sums the upper triangle of `weight * x x'` over cases, with the bits of `ExactSum` on the unit-scale grid.
///
/// A term v is split into a multiple of 2^-37 and a rest of at most 2^-38, each of which becomes an integer by adding a
/// power of two ("magic number"); the two integers are summed in 64 bits and joined to 128 every `span` cases. The
/// rounding is that of the whole term (half to even), as 2^39 is even. Terms of 2^13 and more, and NaN, take
/// `ExactSum`'s way. About 30 times as fast as `ExactSum.add`
/// (1000 rows, 300 features: 0.06 s against 2.06 s).
struct ProductSum {
    /// Cases between two joins: 2^50 * 2^12 stays within 64 bits.
    private static let span = 4096
    /// 1.5 * 2^15: its last bit is 2^-37.
    private static let highMagic = 49_152.0
    /// 1.5 * 2^52: its last bit is 1.
    private static let lowMagic = 6_755_399_441_055_744.0
    /// 2^76.
    private static let scale = 75_557_863_725_914_323_419_136.0
    /// Binary digits of the grid below those of the high part.
    private static let lowBits: Int128 = 39

    private let order: Int
    private var large: ExactSum
    private var words: [Int128]
    private var high: [Int64]
    private var low: [Int64]
    private var pending = 0

    /// An empty sum of `order * (order + 1) / 2` elements.
    ///
    /// - Precondition: the block is on the grid of `BlockSpecification.unitScale`.
    init(_ specification: BlockSpecification, order: Int) {
        precondition(specification.fractionBits == 76, "the split is that of the unit-scale grid")
        precondition(specification.count == order * (order + 1) / 2, "an upper triangle")
        self.order = order
        large = ExactSum(specification)
        words = [Int128](repeating: 0, count: specification.count)
        high = [Int64](repeating: 0, count: specification.count)
        low = high
    }

    /// Adds `weight * x[i] * x[j]`, evaluated from left to right, to each element of the upper triangle.
    mutating func add(_ x: [Double], weight: Double) {
        precondition(x.count == order, "one value for each row")
        var largest = 0.0
        for value in x { largest = value.isNaN ? .infinity : max(largest, value.magnitude) }
        guard largest < 90, weight.magnitude <= 1 else { return addLarge(x, weight: weight) }
        let (order, magic, lowMagic, scale) = (order, Self.highMagic, Self.lowMagic, Self.scale)
        let (magicBits, lowBits) = (Int64(bitPattern: magic.bitPattern), Int64(bitPattern: lowMagic.bitPattern))
        // Pointers: the compiler vectorises this loop only without bounds checks (measured: 9 times as fast).
        x.withUnsafeBufferPointer { x in
            high.withUnsafeMutableBufferPointer { high in
                low.withUnsafeMutableBufferPointer { low in
                    var position = 0
                    for i in 0..<order {
                        let factor = weight * x[i]
                        for j in i..<order {
                            let term = factor * x[j]
                            let shifted = term + magic
                            let rest = (term - (shifted - magic)) * scale + lowMagic
                            high[position] &+= Int64(bitPattern: shifted.bitPattern) &- magicBits
                            low[position] &+= Int64(bitPattern: rest.bitPattern) &- lowBits
                            position += 1
                        }
                    }
                }
            }
        }
        pending += 1
        if pending == Self.span { join() }
    }

    private mutating func addLarge(_ x: [Double], weight: Double) {
        var position = 0
        for i in 0..<order {
            let factor = weight * x[i]
            for j in i..<order {
                large.add(factor * x[j], at: position)
                position += 1
            }
        }
    }

    private mutating func join() {
        for index in words.indices {
            words[index] &+= (Int128(high[index]) << Self.lowBits) &+ Int128(low[index])
            high[index] = 0
            low[index] = 0
        }
        pending = 0
    }

    /// The finished block.
    ///
    /// - Throws: `FederationError.notFinite` or `.outOfBound` naming block and element.
    mutating func block() throws(FederationError) -> Block {
        join()
        var block = try large.block()
        for index in words.indices { block.words[index] &+= words[index] }
        try Contribution(blocks: [block]).validate(against: [block.specification])
        return block
    }
}
