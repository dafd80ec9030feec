#if canImport(Glibc)
    import Glibc
#endif

/// The standard normal distribution.
public enum NormalDistribution {
    /// P(Z <= z).
    public static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

    /// P(|Z| >= |z|): the two-sided p-value.
    public static func twoSided(_ z: Double) -> Double { erfc(z.magnitude / 2.0.squareRoot()) }

    /// The z with P(Z <= z) = p, 0 < p < 1: Acklam's rational approximation with two Halley steps.
    public static func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p <= 0 ? -.infinity : .infinity }
        if p > 0.5 { return -quantile(1 - p) }
        let a = [
            -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
            -3.066479806614716e+01, 2.506628277459239e+00,
        ]
        let b = [
            -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
            -1.328068155288572e+01,
        ]
        let c = [
            -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
            4.374664141464968e+00, 2.938163982698783e+00,
        ]
        let d = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00]
        var z: Double
        if p < 0.02425 {
            let q = (-2 * log(p)).squareRoot()
            z =
                (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5])
                / ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1)
        } else {
            let q = p - 0.5
            let r = q * q
            z =
                (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q
                / (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1)
        }
        for _ in 0..<2 {
            let error = cumulative(z) - p
            let step = error * (2 * Double.pi).squareRoot() * exp(z * z / 2)
            z -= step / (1 + z * step / 2)
        }
        return z
    }
}

/// Student's t distribution.
public enum StudentDistribution {
    /// P(T <= t) with `df` degrees of freedom.
    public static func cumulative(_ t: Double, df: Double) -> Double {
        let tail = twoSided(t, df: df) / 2
        return t >= 0 ? 1 - tail : tail
    }

    /// P(|T| >= |t|): the two-sided p-value.
    public static func twoSided(_ t: Double, df: Double) -> Double {
        SpecialFunctions.incompleteBeta(df / (df + t * t), a: df / 2, b: 0.5)
    }

    /// The t with P(T <= t) = p, 0 < p < 1, by bisection.
    public static func quantile(_ p: Double, df: Double) -> Double {
        if p == 0.5 { return 0 }
        if p < 0.5 { return -quantile(1 - p, df: df) }
        return RootFinding.quantile(p) { cumulative($0, df: df) }
    }
}

/// The chi-square distribution.
public enum ChiSquareDistribution {
    /// P(X <= x) with `df` degrees of freedom.
    public static func cumulative(_ x: Double, df: Double) -> Double {
        SpecialFunctions.incompleteGamma(df / 2, x / 2)
    }

    /// P(X > x), without cancellation in the far tail.
    public static func upperTail(_ x: Double, df: Double) -> Double {
        SpecialFunctions.incompleteGammaComplement(df / 2, x / 2)
    }

    /// The x with P(X <= x) = p, 0 < p < 1.
    public static func quantile(_ p: Double, df: Double) -> Double {
        RootFinding.quantile(p) { cumulative($0, df: df) }
    }
}

/// The F distribution.
public enum FisherDistribution {
    /// P(F <= f).
    public static func cumulative(_ f: Double, df1: Double, df2: Double) -> Double {
        f <= 0 ? 0 : SpecialFunctions.incompleteBeta(df1 * f / (df1 * f + df2), a: df1 / 2, b: df2 / 2)
    }

    /// The f with P(F <= f) = p, 0 < p < 1.
    public static func quantile(_ p: Double, df1: Double, df2: Double) -> Double {
        RootFinding.quantile(p) { cumulative($0, df1: df1, df2: df2) }
    }
}
