/// Rows of terms added to neighbouring elements of an `ExactSum`, many times faster than one by one and with the same bits.
///
/// A term below 2^14 is a multiple of 2^-37 and a rest of at most 2^-38; adding 1.5 2^15 and 1.5 2^-24 leaves each in the low
/// bits of a double, rounded half to even on the sum's grid. The bits of both are added as 64-bit integers that wrap, which
/// vectorises; the constants' own bits are taken off when the rows are moved to the 128-bit words.
public struct ExactRows: Sendable {
    /// Number of neighbouring elements.
    public let width: Int
    private var high: [Int64]
    private var low: [Int64]
    private var pending = 0

    private static let highMagic = 49_152.0
    private static let lowMagic = 0x1.8p-24
    /// Rows after which the 64-bit sums could overflow: 2^12 terms of 2^51 quanta each.
    private static let rowLimit = 4096

    /// Nothing pending on `width` elements.
    public init(width: Int) {
        self.width = width
        high = [Int64](repeating: 0, count: width)
        low = [Int64](repeating: 0, count: width)
    }

    /// Adds `width` terms to the elements of `sum` from `offset` on; they are in the sum after `flush`.
    ///
    /// A row with a term that is not finite or not below 2^14 is added term by term.
    ///
    /// - Precondition: `sum` has the grid of `BlockSpecification.unitScale`, and `terms` has `width` values.
    @inline(__always)
    public mutating func add(_ terms: UnsafePointer<Double>, to sum: inout ExactSum, at offset: Int) {
        if pending == Self.rowLimit { flush(into: &sum, at: offset) }
        // Inside the measured inner loop: bounds checks keep it from vectorising.
        let isUsual = high.withUnsafeMutableBufferPointer { high in
            low.withUnsafeMutableBufferPointer { low in
                Self.accumulate(terms, width, high.baseAddress.unsafelyUnwrapped, low.baseAddress.unsafelyUnwrapped)
            }
        }
        pending += 1
        if !isUsual { replace(terms, to: &sum, at: offset) }
    }

    /// Whether no term left the range; all are added in any case.
    @inline(never)
    private static func accumulate(
        _ terms: UnsafePointer<Double>, _ width: Int, _ high: UnsafeMutablePointer<Int64>,
        _ low: UnsafeMutablePointer<Int64>
    ) -> Bool {
        var changed: UInt64 = 0
        for index in 0..<width {
            let term = terms[index]
            let shifted = term + highMagic
            let rest = (term - (shifted - highMagic)) + lowMagic
            high[index] &+= Int64(bitPattern: shifted.bitPattern)
            low[index] &+= Int64(bitPattern: rest.bitPattern)
            changed |= shifted.bitPattern ^ highMagic.bitPattern
        }
        // Sign and exponent stay those of the constant exactly while terms are below 2^14.
        return changed >> 52 == 0
    }

    /// Takes back a row that was accumulated and adds it term by term.
    @inline(never)
    private mutating func replace(_ terms: UnsafePointer<Double>, to sum: inout ExactSum, at offset: Int) {
        pending -= 1
        for index in 0..<width {
            let shifted = terms[index] + Self.highMagic
            let rest = (terms[index] - (shifted - Self.highMagic)) + Self.lowMagic
            high[index] &-= Int64(bitPattern: shifted.bitPattern)
            low[index] &-= Int64(bitPattern: rest.bitPattern)
            sum.add(terms[index], at: offset + index)
        }
    }

    /// Moves what is pending to the elements of `sum` from `offset` on.
    public mutating func flush(into sum: inout ExactSum, at offset: Int) {
        precondition(sum.specification.fractionBits == 76, "the grid of unit scale")
        let rows = Int64(pending)
        let highBits = rows &* Int64(bitPattern: Self.highMagic.bitPattern)
        let lowBits = rows &* Int64(bitPattern: Self.lowMagic.bitPattern)
        for index in 0..<width {
            sum.words[offset + index] &+= Int128(high[index] &- highBits) << 39 &+ Int128(low[index] &- lowBits)
            high[index] = 0
            low[index] = 0
        }
        pending = 0
    }
}

extension ExactSum {
    /// Adds the words of another sum of as many elements, whose failures are taken over.
    public mutating func add(_ other: ExactSum, at offset: Int = 0) {
        for index in other.words.indices { words[offset + index] &+= other.words[index] }
        if failure == nil { failure = other.failure }
    }

    /// Element `index` divided by a number of rows, as `block().values` would give it.
    public func mean(_ index: Int, rows: Int) -> Double {
        FixedPoint.decode(words[index], fractionBits: specification.fractionBits) / Double(rows)
    }
}
