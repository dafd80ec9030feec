// Choices lane by lane by the sign of a difference. Comparisons make masks that the compiler takes apart lane by lane on
// the baseline instruction set, which took most of the time of the loops that use these.

extension SIMD4<Float> {
    /// Takes the values of another vector, and their names, in the lanes where they are lower.
    @inline(__always)
    mutating func lower(to other: SIMD4<Float>, names: inout SIMD4<Int32>, others: SIMD4<Int32>) {
        let mask = unsafeBitCast(other - self, to: SIMD4<Int32>.self) &>> 31
        let (own, new) = (unsafeBitCast(self, to: SIMD4<Int32>.self), unsafeBitCast(other, to: SIMD4<Int32>.self))
        self = unsafeBitCast((new & mask) | (own & ~mask), to: SIMD4<Float>.self)
        names = (others & mask) | (names & ~mask)
    }
}

extension SIMD8<Float> {
    /// Takes the values of another vector, and their names, in the lanes where they are lower. Of two infinite ones either.
    @inline(__always)
    mutating func lower(to other: SIMD8<Float>, names: inout SIMD8<Int32>, others: SIMD8<Int32>) {
        let mask = unsafeBitCast(other - self, to: SIMD8<Int32>.self) &>> 31
        let (own, new) = (unsafeBitCast(self, to: SIMD8<Int32>.self), unsafeBitCast(other, to: SIMD8<Int32>.self))
        self = unsafeBitCast((new & mask) | (own & ~mask), to: SIMD8<Float>.self)
        names = (others & mask) | (names & ~mask)
    }

    /// Whether a lane lies below a number.
    @inline(__always)
    func reaches(below value: Float) -> Bool {
        let signs = unsafeBitCast(self - value, to: SIMD8<Int32>.self)
        let half = signs.lowHalf | signs.highHalf
        let quarter = half.lowHalf | half.highHalf
        return quarter[0] | quarter[1] < 0
    }

    /// Whether a lane lies above a number.
    @inline(__always)
    func reaches(above value: Float) -> Bool { (-self).reaches(below: -value) }
}
