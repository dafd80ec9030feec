/// Hyper-parameters of one batch over its features (Johnson 2007, section 3.2): normal for the location, inverse gamma
/// for the scale.
struct EmpiricalBayes {
    /// Location and squared scale of one feature in one batch, and the number of values that they come from.
    struct Estimate {
        var gamma: Double
        var delta: Double
        var n: Double
        /// Sum of the values' weights: their number, unless other factors of their variances are known.
        var weight: Double

        init(gamma: Double, delta: Double, n: Double, weight: Double? = nil) {
            (self.gamma, self.delta, self.n, self.weight) = (gamma, delta, n, weight ?? n)
        }
    }

    /// Most iterations of a fixed point.
    static let iterationLimit = 10_000

    let mean: Double
    let variance: Double
    /// Shape and rate of the scale's prior; `nil` if the scales do not differ.
    let scalePrior: (shape: Double, rate: Double)?

    /// Method of moments over the features; `nil` with fewer than two features or equal locations.
    init?(gamma: [Double], delta: [Double]) {
        guard gamma.count >= 2 else { return nil }
        (mean, variance) = Self.moments(gamma)
        guard variance > 0 else { return nil }
        let (m, s2) = Self.moments(delta)
        scalePrior = s2 > 0 ? ((2 * s2 + m * m) / s2, (m * s2 + m * m * m) / s2) : nil
    }

    /// Mean and variance (denominator n - 1), summed in the order of the features.
    private static func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
        var sum = 0.0
        for value in values { sum += value }
        let mean = sum / Double(values.count)
        var square = 0.0
        for value in values { square += (value - mean) * (value - mean) }
        return (mean, square / Double(values.count - 1))
    }

    /// Posterior location at a given squared scale and sum of weights.
    func location(gamma: Double, delta: Double, weight: Double) -> Double {
        (variance * weight * gamma + delta * mean) / (variance * weight + delta)
    }

    private func step(
        _ current: Estimate, from raw: Estimate, prior: (shape: Double, rate: Double)
    ) -> Estimate {
        let n = raw.n
        let gamma = location(gamma: raw.gamma, delta: current.delta, weight: raw.weight)
        // The sum of squares about the new location, from the one about the batch mean.
        let square = (n - 1) * raw.delta + raw.weight * (raw.gamma - gamma) * (raw.gamma - gamma)
        return Estimate(
            gamma: gamma, delta: (0.5 * square + prior.rate) / (n / 2 + prior.shape - 1), n: n, weight: raw.weight)
    }

    /// The posterior of one feature to 1e-10, whatever the other features are; `nil` without convergence.
    func fixedPoint(_ raw: Estimate, prior: (shape: Double, rate: Double)) -> Estimate? {
        var current = raw
        for _ in 0..<Self.iterationLimit {
            let following = step(current, from: raw, prior: prior)
            let change = max(
                (following.gamma - current.gamma).magnitude / max(current.gamma.magnitude, 1e-6),
                (following.delta - current.delta).magnitude / max(current.delta.magnitude, 1e-300))
            current = following
            if change < 1e-10 { return current }
        }
        return nil
    }

    /// The iteration of R `sva` 3.46 (`it.sol`): all features together until no *signed* relative change exceeds 1e-4,
    /// so that features with a negative location never count.
    func signedIteration(_ raw: [Estimate], prior: (shape: Double, rate: Double)) -> [Estimate]? {
        var current = raw
        for _ in 0..<Self.iterationLimit {
            var change = -Double.infinity
            for column in raw.indices {
                let following = step(current[column], from: raw[column], prior: prior)
                change = max(
                    change, (following.gamma - current[column].gamma).magnitude / current[column].gamma,
                    (following.delta - current[column].delta).magnitude / current[column].delta)
                current[column] = following
            }
            if change <= 1e-4 { return current }
        }
        return nil
    }
}
