#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Non-parametric empirical Bayes (Johnson 2007, section 3.3): the prior of a feature's location and scale in a batch is the
/// set of the other features' estimates, each weighted with the likelihood of the feature's values.
///
/// The likelihood needs no rows: the sum of squares about another location follows from the feature's own mean and
/// variance. Logarithms keep it finite for batches of any size.
enum NonparametricBayes {
    /// Posterior means.
    ///
    /// - Parameters:
    ///   - raw: location and squared scale of each feature in the batch.
    ///   - prior: what the other features offer: `raw`, or with scale 1 for a method for the location.
    static func posterior(
        _ raw: [EmpiricalBayes.Estimate], prior: [EmpiricalBayes.Estimate]
    ) -> [EmpiricalBayes.Estimate] {
        // Unless a feature's scale is 0, which weighs nothing.
        let usable = prior.indices.filter { prior[$0].delta > 0 }
        let logarithms = usable.map { -0.5 * log(2 * Double.pi * prior[$0].delta) }
        let factors = usable.map { -1 / (2 * prior[$0].delta) }
        var weights = [Double](repeating: 0, count: usable.count)
        return raw.indices.map { feature in
            let n = raw[feature].n
            let own = (n - 1) * raw[feature].delta
            var largest = -Double.infinity
            for (place, other) in usable.enumerated() where other != feature {
                let shift = raw[feature].gamma - prior[other].gamma
                weights[place] = n * logarithms[place] + factors[place] * (own + raw[feature].weight * shift * shift)
                largest = max(largest, weights[place])
            }
            var (total, gamma, delta) = (0.0, 0.0, 0.0)
            for (place, other) in usable.enumerated() where other != feature {
                let weight = exp(weights[place] - largest)
                total += weight
                gamma += weight * prior[other].gamma
                delta += weight * prior[other].delta
            }
            return total > 0
                ? .init(gamma: gamma / total, delta: delta / total, n: n, weight: raw[feature].weight) : raw[feature]
        }
    }
}
