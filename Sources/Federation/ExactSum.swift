/// Accumulates a block term by term, each term rounded once to the block's grid and then added as an integer.
///
/// Because the terms are rounded one by one, the sum over a site's rows does not depend on how the rows are divided
/// among sites: k shards give the *same bits* as one shard.
public struct ExactSum: Sendable {
    /// What is being summed.
    public let specification: BlockSpecification
    @usableFromInline var words: [Int128]
    @usableFromInline let scale: Double
    @usableFromInline var failure: FederationError?

    /// An empty sum.
    public init(_ specification: BlockSpecification) {
        self.specification = specification
        words = [Int128](repeating: 0, count: specification.count)
        scale = Double(sign: .plus, exponent: specification.fractionBits, significand: 1)
    }

    /// Adds `value` to the element at `index` (row-major).
    ///
    /// A value that is not finite or beyond the bound is remembered and thrown by `block()`.
    @inlinable
    public mutating func add(_ value: Double, at index: Int = 0) {
        let scaled = (value * scale).rounded(.toNearestOrEven)
        if scaled.magnitude < 9.2e18 {
            words[index] &+= Int128(Int64(scaled))
        } else {
            addLarge(value, at: index)
        }
    }

    /// 1.5 * 2^15: added to a term below 2^13 its last bit is 2^-37.
    private static let highMagic = 49_152.0
    /// 1.5 * 2^52: its last bit is 1.
    private static let lowMagic = 6_755_399_441_055_744.0

    @usableFromInline
    mutating func addLarge(_ value: Double, at index: Int) {
        if specification.fractionBits == 76, value.magnitude < 8192 {
            // A multiple of 2^-37 and a rest of at most 2^-38, both as integers by the bits of a sum; 2^39 is even, so
            // that rounding the rest half to even rounds the whole term so.
            let shifted = value + Self.highMagic
            let rest = (value - (shifted - Self.highMagic)) * scale + Self.lowMagic
            let high = Int64(bitPattern: shifted.bitPattern) &- Int64(bitPattern: Self.highMagic.bitPattern)
            let low = Int64(bitPattern: rest.bitPattern) &- Int64(bitPattern: Self.lowMagic.bitPattern)
            words[index] &+= (Int128(high) << 39) &+ Int128(low)
            return
        }
        guard value.isFinite, value.magnitude <= specification.bound,
            let word = FixedPoint.encode(value, fractionBits: specification.fractionBits)
        else {
            if failure == nil {
                failure =
                    value.isFinite
                    ? .outOfBound(block: specification.name, index: index)
                    : .notFinite(block: specification.name, index: index)
            }
            return
        }
        words[index] &+= word
    }

    /// Adds each of `values` to the element of the same index.
    @inlinable
    public mutating func add(_ values: [Double]) {
        precondition(values.count == specification.count, "one value for each element of the block")
        for index in values.indices { add(values[index], at: index) }
    }

    /// Adds the products of each value with itself and those after it: the upper triangle, row by row, from position `start` on.
    public mutating func addProducts(_ values: ArraySlice<Double>, from start: Int = 0) {
        var place = start
        for (offset, value) in values.enumerated() {
            for other in values.dropFirst(offset) {
                add(value * other, at: place)
                place += 1
            }
        }
    }

    /// The finished block.
    ///
    /// - Throws: `FederationError.notFinite` or `.outOfBound` naming block and element.
    public func block() throws(FederationError) -> Block {
        if let failure { throw failure }
        let block = try Block(specification: specification, words: words)
        try Contribution(blocks: [block]).validate(against: [specification])
        return block
    }
}
