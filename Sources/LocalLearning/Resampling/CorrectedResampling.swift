public import Statistics

/// Mean of a number over resampled test sets with the variance corrected for the training sets that they share: (1 / J + test cases
/// / training cases) S^2 with J - 1 degrees of freedom (Nadeau and Bengio, Mach Learn 2003;52:239, eq. 9).
public enum CorrectedResampling {
    /// Estimate with a 95 % interval and the two-sided p of 0; needs two values.
    ///
    /// - Parameters:
    ///   - values: one a test set.
    ///   - testShare: test cases over training cases.
    public static func estimate(_ values: [Double], testShare: Double) -> (estimate: Estimate, pValue: Double?) {
        let count = Double(values.count)
        guard values.count > 1 else { return (.notEstimable("fewer than two test sets"), nil) }
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        let error = ((1 / count + testShare) * variance).squareRoot()
        guard error > 0 else { return (.notEstimable("the test sets do not differ"), nil) }
        let reach = StudentDistribution.quantile(0.975, df: count - 1) * error
        let value = EstimateValue(
            value: mean, standardError: error, lower: mean - reach, upper: mean + reach, n: values.count, events: nil,
            method: "corrected resampled t")
        return (.value(value), StudentDistribution.twoSided(mean / error, df: count - 1))
    }

    /// p-values adjusted for their number (Holm, Scand J Stat 1979;6:65), in the given order; nil stays nil.
    public static func holm(_ pValues: [Double?]) -> [Double?] {
        let order = pValues.indices.filter { pValues[$0] != nil }.sorted { (pValues[$0] ?? 1) < (pValues[$1] ?? 1) }
        var output = pValues
        var largest = 0.0
        for (rank, place) in order.enumerated() {
            largest = max(largest, min(1, (pValues[place] ?? 1) * Double(order.count - rank)))
            output[place] = largest
        }
        return output
    }
}
