/// Zeros of functions of one variable.
public enum RootFinding {
    /// The zero of an increasing function between two points, by bisection until the points are neighbours.
    public static func bisect(_ lower: Double, _ upper: Double, _ function: (Double) -> Double) -> Double {
        var lower = lower
        var upper = upper
        for _ in 0..<2000 {
            let middle = lower + (upper - lower) / 2
            if middle <= lower || middle >= upper { break }
            if function(middle) < 0 { lower = middle } else { upper = middle }
        }
        return lower + (upper - lower) / 2
    }

    /// The x >= 0 at which an increasing distribution function reaches p.
    static func quantile(_ p: Double, _ cumulative: (Double) -> Double) -> Double {
        guard p > 0 else { return 0 }
        guard p < 1 else { return .infinity }
        var upper = 1.0
        while cumulative(upper) < p, upper < 1e300 { upper *= 2 }
        return bisect(0, upper) { cumulative($0) - p }
    }

    /// A zero between two points at which the function has opposite signs (Brent 1973, algorithm `zero`).
    ///
    /// - Parameters:
    ///   - first: one end.
    ///   - second: the other end.
    ///   - tolerance: absolute, on the argument.
    ///   - function: continuous.
    /// - Returns: the zero, or `nil` if the signs are equal or a value is NaN.
    public static func brent(
        _ first: Double, _ second: Double, tolerance: Double = 1e-14, _ function: (Double) -> Double
    ) -> Double? {
        var a = first
        var b = second
        var fa = function(a)
        var fb = function(b)
        guard !fa.isNaN, !fb.isNaN, fa * fb <= 0 else { return nil }
        var c = a
        var fc = fa
        var step = b - a
        var previous = step
        for _ in 0..<1000 {
            if fc.magnitude < fb.magnitude {
                (a, b, c) = (b, c, b)
                (fa, fb, fc) = (fb, fc, fb)
            }
            let limit = 2 * b.ulp + tolerance / 2
            let half = (c - b) / 2
            if half.magnitude <= limit || fb == 0 { return b }
            if previous.magnitude < limit || fa.magnitude <= fb.magnitude {
                step = half
                previous = half
            } else {
                let s = fb / fa
                var p: Double
                var q: Double
                if a == c {
                    p = 2 * half * s
                    q = 1 - s
                } else {
                    let r = fb / fc
                    let t = fa / fc
                    p = s * (2 * half * t * (t - r) - (b - a) * (r - 1))
                    q = (t - 1) * (r - 1) * (s - 1)
                }
                if p > 0 { q = -q } else { p = -p }
                if 2 * p < min(3 * half * q - (limit * q).magnitude, (previous * q).magnitude) {
                    previous = step
                    step = p / q
                } else {
                    step = half
                    previous = half
                }
            }
            a = b
            fa = fb
            b += step.magnitude > limit ? step : (half > 0 ? limit : -limit)
            fb = function(b)
            if fb.isNaN { return nil }
            if (fb > 0) == (fc > 0) {
                c = a
                fc = fa
                step = b - a
                previous = step
            }
        }
        return b
    }
}
