#if canImport(Glibc)
    import Glibc
#endif
public import Statistics

/// Lin's concordance correlation coefficient (1989) of two measurements.
public struct LinConcordance: Sendable, Equatable {
    /// The coefficient with the interval of Fisher's z transformation (Lin 1989, corrected 2000).
    public let coefficient: Estimate
    /// Pearson's correlation.
    public let correlation: Double
    /// Ratio of the standard deviations, second over first.
    public let scaleShift: Double
    /// Difference of the means, second minus first, over the geometric mean of the standard deviations.
    public let locationShift: Double

    /// Computes the coefficient; `nil` with fewer than three pairs or if a measurement does not vary.
    public init?(_ sums: PairSums) {
        let n = sums.count
        guard n >= 3 else { return nil }
        let meanFirst = sums.first / n
        let meanSecond = sums.second / n
        let xx = sums.firstSquares / n - meanFirst * meanFirst
        let yy = sums.secondSquares / n - meanSecond * meanSecond
        let xy = sums.products / n - meanFirst * meanSecond
        // What is below the rounding of the sums is zero.
        guard xx > 1e-15 * sums.firstSquares / n, yy > 1e-15 * sums.secondSquares / n else { return nil }
        let shift = meanSecond - meanFirst
        let ccc = 2 * xy / (xx + yy + shift * shift)
        let r = xy / (xx * yy).squareRoot()
        let u = shift / (xx * yy).squareRoot().squareRoot()
        correlation = r
        scaleShift = (yy / xx).squareRoot()
        locationShift = u
        let method = "Lin, z transformation"
        guard r != 0, ccc.magnitude < 1 else {
            coefficient = .value(EstimateValue(value: ccc, n: Int(n), method: method))
            return
        }
        let square = ccc * ccc
        let fourth = u * u * u * u
        var variance = (1 - r * r) * square * (1 - square) / (r * r)
        variance += 2 * square * ccc * (1 - ccc) * u * u / r
        variance -= 0.5 * square * square * fourth / (r * r)
        let error = max(0, variance / (n - 2)).squareRoot()
        let half = NormalDistribution.quantile(0.975) * error / (1 - square)
        coefficient = .value(
            EstimateValue(
                value: ccc, standardError: error, lower: tanh(atanh(ccc) - half), upper: tanh(atanh(ccc) + half),
                n: Int(n), method: method))
    }
}
