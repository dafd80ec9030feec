public import Statistics

/// Limits of agreement of two measurements (Bland and Altman 1986): mean difference +- 1.96 standard deviations.
public struct BlandAltman: Sendable, Equatable {
    /// Mean of second minus first, t interval.
    public let bias: Estimate
    /// Standard deviation of the differences.
    public let standardDeviation: Double
    /// Lower limit, with the interval of its standard error sqrt(3 / n) sd.
    public let lowerLimit: Estimate
    /// Upper limit.
    public let upperLimit: Estimate

    /// Computes the limits; `nil` with fewer than two pairs.
    public init?(_ sums: PairSums) {
        let n = sums.count
        guard n >= 2 else { return nil }
        let mean = (sums.second - sums.first) / n
        let squares = sums.firstSquares + sums.secondSquares - 2 * sums.products
        let deviation = (max(0, squares - n * mean * mean) / (n - 1)).squareRoot()
        let t = StudentDistribution.quantile(0.975, df: n - 1)
        func estimate(_ value: Double, _ error: Double) -> Estimate {
            .value(
                EstimateValue(
                    value: value, standardError: error, lower: value - t * error, upper: value + t * error, n: Int(n),
                    method: "Bland-Altman"))
        }
        bias = estimate(mean, deviation / n.squareRoot())
        standardDeviation = deviation
        lowerLimit = estimate(mean - 1.96 * deviation, deviation * (3 / n).squareRoot())
        upperLimit = estimate(mean + 1.96 * deviation, deviation * (3 / n).squareRoot())
    }
}
