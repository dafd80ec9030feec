/// Complex numbers, one of each of the lines that are transformed together.
struct ComplexVector {
    /// Lines that run together.
    typealias Lanes = SIMD8<Float>

    var re: Lanes
    var im: Lanes

    static let zero = ComplexVector(re: .zero, im: .zero)

    @inline(__always)
    static func + (a: ComplexVector, b: ComplexVector) -> ComplexVector {
        ComplexVector(re: a.re + b.re, im: a.im + b.im)
    }

    @inline(__always)
    static func - (a: ComplexVector, b: ComplexVector) -> ComplexVector {
        ComplexVector(re: a.re - b.re, im: a.im - b.im)
    }

    /// Product with one number for all lanes.
    @inline(__always)
    static func * (a: ComplexVector, b: Complex) -> ComplexVector {
        ComplexVector(re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re)
    }

    /// Product with -i.
    @inline(__always)
    var turned: ComplexVector { ComplexVector(re: im, im: -re) }

    /// Real and imaginary part exchanged: between two exchanges a transform is its inverse.
    @inline(__always)
    var exchanged: ComplexVector { ComplexVector(re: im, im: re) }
}

/// A complex number.
struct Complex: Sendable {
    var re: Float
    var im: Float

    var exchanged: Complex { Complex(re: im, im: re) }
}
