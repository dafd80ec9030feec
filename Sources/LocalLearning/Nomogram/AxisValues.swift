#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Round values that cover a range, as R's `pretty`: about `count` intervals of 1, 2, 5 or 10 times a power of ten, with a bias
/// towards the larger unit.
enum AxisValues {
    /// How much larger units are preferred, and 5 over 2.
    private static let (bias, fiveBias) = (1.5, 2.75)

    static func covering(_ lower: Double, _ upper: Double, count: Int = 10) -> [Double] {
        guard upper > lower, lower.isFinite, upper.isFinite else { return [lower] }
        let cell = (upper - lower) / Double(count)
        let base = pow(10, floor(log10(cell)))
        var unit = base
        if 2 * base - cell < bias * (cell - unit) {
            unit = 2 * base
            if 5 * base - cell < fiveBias * (cell - unit) {
                unit = 5 * base
                if 10 * base - cell < bias * (cell - unit) { unit = 10 * base }
            }
        }
        let slack = 1e-7
        let first = Int(floor(lower / unit + slack))
        let last = Int(ceil(upper / unit - slack))
        // Multiples of a unit below 1 are divisions by its inverse, which is whole: 0.3 and not 0.30000000000000004.
        let inverse = (1 / unit).rounded()
        return (first...max(first, last)).map { unit < 1 ? Double($0) / inverse : Double($0) * unit }
    }
}
