#if canImport(Glibc)
    import Glibc
#endif

/// The parts of a function on an icosphere by the degree of its spherical harmonics, as PyRadiomics takes them
/// (`imageoperations.getLBP3DImage`, after Banerjee et al., ACCV 2012 Workshops).
///
/// Of a function f the part of degree n is `sum over u of K(u, v) f(u)` with `K(u, v) = sum over m of Y(u) Y(v)`, without a
/// conjugate. The orders m and -m are conjugate to each other, so that K is real. PyRadiomics gives the polar angle where
/// SciPy's `sph_harm` expects the azimuth and the reverse; so does this.
struct SphericalBands {
    private let count: Int
    private let kernels: [[Double]]

    /// - Parameters:
    ///   - points: of the sphere.
    ///   - degrees: 0 to below this number.
    init(_ points: [Icosphere.Point], radius: Double, degrees: Int) {
        count = points.count
        let polar = points.map { acos(min(max($0.c / radius, -1), 1)) }
        let azimuth = points.map { atan2($0.b, $0.a) }
        let size = points.count
        kernels = (0..<degrees).map { degree in
            var kernel = [Double](repeating: 0, count: size * size)
            for order in 0...degree {
                let values = azimuth.map { Self.legendre(degree, order, cos($0)) }
                // (2n + 1) / 4 pi times (n - m)! / (n + m)!; both signs of the order.
                var norm = Double(2 * degree + 1) / (4 * Double.pi) * (order == 0 ? 1 : 2)
                for factor in (degree - order + 1)..<(degree + order + 1) { norm /= Double(factor) }
                for u in 0..<size {
                    for v in 0..<size {
                        kernel[u * size + v] +=
                            norm * values[u] * values[v] * cos(Double(order) * (polar[u] + polar[v]))
                    }
                }
            }
            return kernel
        }
    }

    /// The length of the part of a degree of a function that is 1 at some points and 0 at others.
    ///
    /// - Parameter ones: Indices of the points where it is 1.
    /// - Parameter part: Room for one number a point.
    func length(_ degree: Int, ones: [Int], part: inout [Double]) -> Double {
        for v in 0..<count { part[v] = 0 }
        kernels[degree].withUnsafeBufferPointer { kernel in
            for u in ones {
                for v in 0..<count { part[v] += kernel[u * count + v] }
            }
        }
        return part.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// The associated Legendre function without the sign (-1)^m, which squares away.
    private static func legendre(_ degree: Int, _ order: Int, _ x: Double) -> Double {
        var current = 1.0
        let root = ((1 - x) * (1 + x)).squareRoot()
        for factor in stride(from: 1, to: 2 * order, by: 2) { current *= Double(factor) * root }
        var before = 0.0
        for row in order..<degree {
            let next = (x * Double(2 * row + 1) * current - Double(row + order) * before) / Double(row - order + 1)
            (before, current) = (current, next)
        }
        return current
    }
}
