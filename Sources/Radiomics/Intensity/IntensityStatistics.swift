/// Statistics of intensities (IBSI 3.4), in the order of the catalogue.
enum IntensityStatistics {
    static func values(_ inside: [Float], sorted: SortedIntensities) -> [Double] {
        let count = Double(inside.count)
        let moments = Moments(inside)
        let median = sorted.percentile(50)
        let (p10, p25, p75, p90) = (
            sorted.percentile(10), sorted.percentile(25), sorted.percentile(75), sorted.percentile(90)
        )
        let (minimum, maximum) = (Double(sorted.values[0]), Double(sorted.values[inside.count - 1]))
        var (absolute, fromMedian, energy) = (0.0, 0.0, 0.0)
        var (robustSum, robustCount) = (0.0, 0.0)
        for value in sorted.values {
            let value = Double(value)
            absolute += abs(value - moments.mean)
            fromMedian += abs(value - median)
            energy += value * value
            let weight = value >= p10 && value <= p90 ? 1.0 : 0.0
            robustSum += weight * value
            robustCount += weight
        }
        let robustMean = robustSum / robustCount
        var robust = 0.0
        for value in sorted.values {
            let value = Double(value)
            robust += (value >= p10 && value <= p90 ? 1.0 : 0.0) * abs(value - robustMean)
        }
        return [
            moments.mean, moments.variance, moments.skewness, moments.excessKurtosis, median, minimum, p10, p90,
            maximum,
            p75 - p25, maximum - minimum, absolute / count, robust / robustCount, fromMedian / count,
            ratio(moments.variance.squareRoot(), moments.mean), ratio(p75 - p25, p75 + p25), energy,
            (energy / count).squareRoot(),
        ]
    }
}

/// A quotient that is NaN, never infinite, when the divisor is zero.
func ratio(_ numerator: Double, _ denominator: Double) -> Double {
    denominator == 0 ? .nan : numerator / denominator
}
