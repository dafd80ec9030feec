#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Features of the histogram of grey levels (IBSI 3.5), in the order of the catalogue.
enum IntensityHistogram {
    /// `counts[i]` voxels have level i + 1.
    static func values(_ counts: [Int]) -> [Double] {
        let total = counts.reduce(0, +)
        let count = Double(total)
        let first = counts.firstIndex { $0 > 0 } ?? 0
        let last = counts.lastIndex { $0 > 0 } ?? 0
        var sum = 0
        for (index, voxels) in counts.enumerated() { sum += (index + 1) * voxels }
        let mean = Double(sum) / count
        let median = percentile(counts, total, 50)
        let (p10, p25, p75, p90) = (
            percentile(counts, total, 10), percentile(counts, total, 25), percentile(counts, total, 75),
            percentile(counts, total, 90)
        )
        var (second, third, fourth, absolute, fromMedian) = (0.0, 0.0, 0.0, 0.0, 0.0)
        var (entropy, uniformity, robustSum, robustCount) = (0.0, 0.0, 0.0, 0.0)
        for (index, voxels) in counts.enumerated() where voxels > 0 {
            let (level, p) = (Double(index + 1), Double(voxels) / count)
            let difference = level - mean
            second += p * difference * difference
            third += p * difference * difference * difference
            fourth += p * difference * difference * difference * difference
            absolute += p * abs(difference)
            fromMedian += p * abs(level - median)
            entropy -= p * log2(p)
            uniformity += p * p
            if level >= p10 && level <= p90 {
                robustSum += Double(voxels) * level
                robustCount += Double(voxels)
            }
        }
        var robust = 0.0
        for (index, voxels) in counts.enumerated() where voxels > 0 {
            let level = Double(index + 1)
            if level >= p10 && level <= p90 { robust += Double(voxels) * abs(level - robustSum / robustCount) }
        }
        let moments = Moments(mean: mean, second: second, third: third, fourth: fourth)
        let gradient = gradient(counts)
        let steepest = gradient.max() ?? .nan
        let deepest = gradient.min() ?? .nan
        return [
            mean, second, moments.skewness, moments.excessKurtosis, median, Double(first + 1), p10, p90,
            Double(last + 1), mode(counts, mean: mean), p75 - p25, Double(last - first), absolute,
            robust / robustCount, fromMedian, ratio(second.squareRoot(), mean), ratio(p75 - p25, p75 + p25), entropy,
            uniformity, steepest, Double((gradient.firstIndex(of: steepest) ?? 0) + 1), deepest,
            Double((gradient.firstIndex(of: deepest) ?? 0) + 1),
        ]
    }

    /// The level with most voxels; among equals the one closest to the mean, then the lower.
    private static func mode(_ counts: [Int], mean: Double) -> Double {
        let most = counts.max() ?? 0
        var best = Double.infinity
        for (index, voxels) in counts.enumerated() where voxels == most {
            let level = Double(index + 1)
            if abs(level - mean) < abs(best - mean) { best = level }
        }
        return best
    }

    /// Central differences of the counts, one-sided at both ends.
    private static func gradient(_ counts: [Int]) -> [Double] {
        guard counts.count > 1 else { return [0] }
        let last = counts.count - 1
        return counts.indices.map { index in
            if index == 0 { return Double(counts[1] - counts[0]) }
            if index == last { return Double(counts[last] - counts[last - 1]) }
            return Double(counts[index + 1] - counts[index - 1]) / 2
        }
    }

    private static func percentile(_ counts: [Int], _ total: Int, _ percent: Double) -> Double {
        let position = percent / 100 * Double(total - 1)
        let below = Int(position)
        let low = level(counts, rank: below)
        let high = level(counts, rank: min(below + 1, total - 1))
        return low + (high - low) * (position - Double(below))
    }

    private static func level(_ counts: [Int], rank: Int) -> Double {
        var seen = 0
        for (index, voxels) in counts.enumerated() {
            seen += voxels
            if seen > rank { return Double(index + 1) }
        }
        return Double(counts.count)
    }
}
