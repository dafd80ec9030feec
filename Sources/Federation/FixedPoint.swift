/// Conversion between `Double` and 128-bit two's complement fixed point.
///
/// Addition of the integers is associative and commutative, so a federated sum has the same bits whatever the order
/// of the sites, the number of threads, a retry or a resumed run.
public enum FixedPoint {
    /// `value * 2^fractionBits`, rounded half to even; `nil` if `value` is not finite or does not fit.
    @inlinable
    public static func encode(_ value: Double, fractionBits: Int) -> Int128? {
        let scaled = value * Double(sign: .plus, exponent: fractionBits, significand: 1)
        guard scaled.isFinite else { return nil }
        let rounded = scaled.rounded(.toNearestOrEven)
        if rounded.magnitude < 9.2e18 { return Int128(Int64(rounded)) }
        // At and above 2^52 a double is an integer: its significand is shifted into place.
        let exponent = Int(rounded.exponent)
        guard exponent < 126 else { return nil }
        let significand = Int128((1 << 52) | Int64(rounded.significandBitPattern))
        let magnitude = significand << Int128(exponent - 52)
        return rounded < 0 ? -magnitude : magnitude
    }

    /// The `Double` nearest to `words * 2^-fractionBits` (half to even).
    @inlinable
    public static func decode(_ word: Int128, fractionBits: Int) -> Double {
        let magnitude = word.magnitude
        let width = 128 - magnitude.leadingZeroBitCount
        let scale = Double(sign: .plus, exponent: -fractionBits, significand: 1)
        if width <= 53 {
            let value = Double(UInt64(truncatingIfNeeded: magnitude))
            return (word < 0 ? -value : value) * scale
        }
        let shift = width - 53
        var significand = UInt64(truncatingIfNeeded: magnitude >> UInt128(shift))
        let rest = magnitude & ((UInt128(1) << UInt128(shift)) - 1)
        let half = UInt128(1) << UInt128(shift - 1)
        if rest > half || (rest == half && significand & 1 == 1) { significand += 1 }
        let value = Double(significand) * Double(sign: .plus, exponent: shift, significand: 1)
        return (word < 0 ? -value : value) * scale
    }
}
