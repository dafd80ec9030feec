#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A mixture of normal laws of one variable, by expectation and maximisation (Dempster, Laird and Rubin 1977) from fixed
/// starts, so that the same values give the same mixture.
public struct GaussianMixture: Sendable, Equatable {
    /// One normal law.
    public struct Component: Sendable, Equatable, Codable {
        /// Share of the values.
        public let share: Double
        /// Mean.
        public let mean: Double
        /// Variance.
        public let variance: Double
    }

    /// Components, by their means.
    public let components: [Component]
    /// Logarithm of the likelihood.
    public let logLikelihood: Double
    /// Bayesian information criterion, -2 log L + (3 k - 1) log n; lower is better.
    public let bic: Double

    /// Most steps from one start.
    private static let iterationLimit = 3000
    /// Part of the values' variance below which a component may not fall: it would hold a single value.
    private static let varianceFloor = 1e-3

    /// Fits `count` components.
    ///
    /// - Parameter precision: gain of the log-likelihood of a step, for each value, below which it ends.
    /// - Returns: nil for fewer than three values for each component, or values that do not vary or are not finite.
    public init?(_ values: [Double], components count: Int, precision: Double = 1e-10) {
        guard count >= 1, values.count >= 3 * count, values.allSatisfy(\.isFinite) else { return nil }
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        guard variance > 0 else { return nil }
        let sorted = values.sorted()
        var best: (components: [Component], logLikelihood: Double)?
        for start in Self.starts(count) {
            let found = Self.climb(
                values, from: Self.split(sorted, at: start, floor: variance * Self.varianceFloor), precision: precision)
            if found.logLikelihood > best?.logLikelihood ?? -.infinity { best = found }
        }
        guard let best else { return nil }
        components = best.components.sorted { $0.mean < $1.mean }
        logLikelihood = best.logLikelihood
        bic = -2 * best.logLikelihood + Double(3 * count - 1) * log(n)
    }

    /// Shares at which sorted values are split: equal parts, and a tenth or a quarter at either end.
    private static func starts(_ count: Int) -> [[Double]] {
        guard count > 1 else { return [[]] }
        let (steps, parts) = ((0..<count - 1).map { Double($0) }, Double(count - 1))
        var starts: [[Double]] = [steps.map { ($0 + 1) / Double(count) }]
        for share in [0.1, 0.25] {
            starts.append(steps.map { share + (1 - share) * $0 / parts })
            starts.append(steps.map { (1 - share) * ($0 + 1) / parts })
        }
        return starts
    }

    private static func split(_ sorted: [Double], at shares: [Double], floor: Double) -> [Component] {
        let n = Double(sorted.count)
        let ends = shares.map { min(max(Int($0 * n), 1), sorted.count - 1) }
        return zip([0] + ends, ends + [sorted.count]).map { start, end in
            let own = sorted[start..<max(end, start + 1)]
            let mean = own.reduce(0, +) / Double(own.count)
            let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(own.count)
            return Component(share: Double(own.count) / n, mean: mean, variance: max(variance, floor))
        }
    }

    /// Writes the probability of each component for a value.
    ///
    /// - Returns: the logarithm of the value's density.
    private static func posterior(
        _ value: Double, _ components: [Component], _ constants: [Double], into probabilities: inout [Double]
    ) -> Double {
        var largest = -Double.infinity
        for part in components.indices {
            let difference = value - components[part].mean
            let logarithm = constants[part] - 0.5 * difference * difference / components[part].variance
            probabilities[part] = logarithm
            largest = max(largest, logarithm)
        }
        var total = 0.0
        for part in components.indices {
            probabilities[part] = exp(probabilities[part] - largest)
            total += probabilities[part]
        }
        for part in components.indices { probabilities[part] /= total }
        return largest + log(total)
    }

    /// Logarithm of the share and the normal law's constant of each component.
    private static func constants(_ components: [Component]) -> [Double] {
        components.map { log($0.share) - 0.5 * log(2 * Double.pi * $0.variance) }
    }

    private static func climb(
        _ values: [Double], from start: [Component], precision: Double
    ) -> (components: [Component], logLikelihood: Double) {
        let (n, k) = (Double(values.count), start.count)
        let floor = start.map(\.variance).max().map { $0 * varianceFloor } ?? 0
        var components = start
        var before = -Double.infinity
        var own = [Double](repeating: 0, count: k)
        for _ in 0..<iterationLimit {
            let constants = constants(components)
            // Moments about the present means, which they stay near.
            var moments = [Double](repeating: 0, count: 3 * k)
            var logLikelihood = 0.0
            for value in values {
                logLikelihood += posterior(value, components, constants, into: &own)
                for part in 0..<k {
                    let difference = value - components[part].mean
                    moments[3 * part] += own[part]
                    moments[3 * part + 1] += own[part] * difference
                    moments[3 * part + 2] += own[part] * difference * difference
                }
            }
            if logLikelihood - before < precision * n { return (components, logLikelihood) }
            before = logLikelihood
            for part in 0..<k where moments[3 * part] > 1e-9 {
                let weight = moments[3 * part]
                let shift = moments[3 * part + 1] / weight
                components[part] = Component(
                    share: max(weight / n, 1e-12), mean: components[part].mean + shift,
                    variance: max(moments[3 * part + 2] / weight - shift * shift, floor))
            }
        }
        return (components, before)
    }

    /// The component that a value most probably comes from.
    public func component(of value: Double) -> Int {
        var probabilities = [Double](repeating: 0, count: components.count)
        _ = Self.posterior(value, components, Self.constants(components), into: &probabilities)
        return probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    }

    /// Smallest distance of two neighbouring components in units of their pooled standard deviation (Ashman, Bird and Zepf
    /// 1994); above 2 they can be told apart. Infinite for one component.
    public var separation: Double {
        zip(components, components.dropFirst()).map { first, second in
            (second.mean - first.mean) / ((first.variance + second.variance) / 2).squareRoot()
        }.min() ?? .infinity
    }
}
