#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sampling error of the logarithm of a mean square of normal values.
enum LogMeanSquare {
    /// Expected square of log(chi^2 / n) for n degrees of freedom: its variance psi'(n/2) and the square of its mean
    /// psi(n/2) - log(n/2) (Smyth, Statistical Applications in Genetics and Molecular Biology 3:3, 2004, section 6.2).
    static func squaredError(degrees: Double) -> Double {
        let half = degrees / 2
        let bias = digamma(half) - log(half)
        return trigamma(half) + bias * bias
    }

    /// psi by the recurrence up to 10 and the asymptotic series beyond (Abramowitz and Stegun 6.3.5, 6.3.18).
    static func digamma(_ x: Double) -> Double {
        var (value, x) = (0.0, x)
        while x < 10 {
            value -= 1 / x
            x += 1
        }
        let s = 1 / (x * x)
        let series = s * (1 / 12.0 - s * (1 / 120.0 - s * (1 / 252.0 - s * (1 / 240.0 - s * (1 / 132.0)))))
        return value + log(x) - 0.5 / x - series
    }

    /// psi' likewise (Abramowitz and Stegun 6.4.6, 6.4.12).
    static func trigamma(_ x: Double) -> Double {
        var (value, x) = (0.0, x)
        while x < 10 {
            value += 1 / (x * x)
            x += 1
        }
        let s = 1 / (x * x)
        let series = s * (1 / 6.0 - s * (1 / 30.0 - s * (1 / 42.0 - s * (1 / 30.0 - s * (5 / 66.0)))))
        return value + 1 / x + 0.5 * s + series / x
    }
}
