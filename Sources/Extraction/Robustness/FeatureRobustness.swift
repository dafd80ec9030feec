import Statistics

/// How a feature stood the disturbances of one case.
public struct FeatureRobustness: Sendable, Hashable, Codable {
    /// The value after each disturbance; nil where the disturbed region does not define the feature.
    public let values: [Double?]
    /// Their mean; nil with fewer than two values, as everything else.
    public let mean: Double?
    /// Their standard deviation (n - 1).
    public let standardDeviation: Double?
    /// Standard deviation over the magnitude of the mean; nil for a mean of 0.
    public let coefficientOfVariation: Double?
    /// (Q3 - Q1) / |Q3 + Q1| (Bonett 2006), quartiles of type 7; nil for a sum of 0.
    public let quartileCoefficient: Double?

    /// Describes values.
    public init(_ values: [Double?]) {
        self.values = values
        let known = values.compactMap { $0 }
        let n = Double(known.count)
        guard known.count >= 2 else {
            (mean, standardDeviation, coefficientOfVariation, quartileCoefficient) = (nil, nil, nil, nil)
            return
        }
        let middle = known.reduce(0, +) / n
        let deviation = (known.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / (n - 1)).squareRoot()
        let sorted = known.sorted()
        let (lower, upper) = (Quantile.linear(sorted, 0.25), Quantile.linear(sorted, 0.75))
        mean = middle
        standardDeviation = deviation
        coefficientOfVariation = middle == 0 ? nil : deviation / abs(middle)
        quartileCoefficient = upper + lower == 0 ? nil : (upper - lower) / abs(upper + lower)
    }
}

/// A perturbation as it was applied to a case.
public struct AppliedPerturbation: Sendable, Hashable, Codable {
    /// What was asked for.
    public let settings: Perturbation
    /// Estimated standard deviation of the image's noise; nil if no noise was added.
    public let noiseSD: Double?
    /// Repetitions in which each region could not be made, with the reason of the first; regions without such are left out.
    public internal(set) var failures: [String: Failure]

    /// Repetitions that gave no region.
    public struct Failure: Sendable, Hashable, Codable {
        /// How many.
        public let count: Int
        /// The reason of the first.
        public let reason: String
    }
}
