/// The elastic net on coefficients of z-scores.
struct ElasticNetPenalty {
    let alpha: Double
    let factors: [Double]
    let deviations: [Double]

    /// Largest violation of the optimality conditions that counts as none, on the scale of standard deviations.
    static let tolerance = 2e-9
    /// The same of logistic models without a fold, of which only the deviance of the cases held out is told.
    static let heldOutTolerance = 1e-7

    /// Penalty factors that sum to the number of features.
    static func normalised(_ factors: [Double]?, count: Int) -> [Double] {
        guard let factors else { return [Double](repeating: 1, count: count) }
        let total = factors.reduce(0, +)
        return total > 0 ? factors.map { $0 * Double(count) / total } : factors
    }

    /// Penalties from the largest down to a share of it, in equal ratios.
    ///
    /// - Throws: `LearningError.noPenalty`.
    static func path(largest: Double, count: Int, ratio: Double) throws(LearningError) -> [Double] {
        guard largest > 0, largest.isFinite else { throw .noPenalty }
        guard count > 1 else { return [largest] }
        let step = LogisticFunction.logOf(ratio) / Double(count - 1)
        return (0..<count).map { largest * LogisticFunction.decay(-step * Double($0)) }
    }

    /// Absolute gradient of a feature over its penalty factor, on the scale of its standard deviation.
    func slope(_ gradient: [Double], _ column: Int) -> Double {
        guard deviations[column] > 0, factors[column] > 0 else { return 0 }
        return gradient[column + 1].magnitude / deviations[column] / factors[column]
    }

    /// Smallest penalty that leaves no penalised feature.
    func largest(_ gradient: [Double]) -> Double {
        (factors.indices.map { slope(gradient, $0) }.max() ?? 0) / max(alpha, 1e-3)
    }

    /// Violation of the optimality conditions by a feature, on the scale of its standard deviation.
    ///
    /// - Parameter slope: of the negative mean log-likelihood.
    func violation(_ column: Int, coefficient: Double, slope: Double, lambda: Double) -> Double {
        guard deviations[column] > 0 else { return 0 }
        let own = slope / deviations[column]
        let scaled = coefficient * deviations[column]
        let (corner, ridge) = (lambda * alpha * factors[column], lambda * (1 - alpha) * factors[column] * scaled)
        return scaled == 0 ? own.magnitude - corner : (own + ridge + (scaled > 0 ? corner : -corner)).magnitude
    }

    /// Penalty of the intercept and some features, coordinate by coordinate.
    func terms(_ features: [Int], _ lambda: Double) -> PathDescent.Terms {
        PathDescent.Terms(
            corners: [0] + features.map { lambda * alpha * factors[$0] * deviations[$0] },
            ridges: [0] + features.map { lambda * (1 - alpha) * factors[$0] * deviations[$0] * deviations[$0] },
            scales: [1] + features.map { deviations[$0] > 0 ? deviations[$0] : 1 })
    }
}
