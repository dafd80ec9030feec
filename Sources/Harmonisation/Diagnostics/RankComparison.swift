/// How far the distribution functions of several samples are apart, from the numbers of their values at ascending places.
///
/// A place is a value, or a cell of a histogram whose values count as equal.
struct RankComparison {
    private let sizes: [Double]
    private let total: Double
    private var cumulative: [Int]
    private var sums: [Double]
    private var below = 0
    private var places = 0
    /// Largest Kolmogorov-Smirnov distance between two samples so far.
    private(set) var distance = 0.0

    /// - Parameter sizes: values of each sample; positive.
    init(sizes: [Int]) {
        self.sizes = sizes.map(Double.init)
        total = self.sizes.reduce(0, +)
        cumulative = [Int](repeating: 0, count: sizes.count)
        sums = [Double](repeating: 0, count: sizes.count)
    }

    /// Adds the next place: how many values of each sample are there.
    mutating func add(_ counts: [Int]) {
        let together = counts.reduce(0, +)
        guard together > 0 else { return }
        places += 1
        let ties = Double(together)
        let middle = Double(below) + ties / 2
        let denominator = middle * (total - middle) - total * ties / 4
        var (lowest, highest) = (Double.infinity, -Double.infinity)
        for sample in counts.indices {
            let left = cumulative[sample]
            let right = left + counts[sample]
            cumulative[sample] = right
            let share = Double(right) / sizes[sample]
            (lowest, highest) = (min(lowest, share), max(highest, share))
            let difference = total * (Double(left + right) / 2) - middle * sizes[sample]
            sums[sample] += ties / total * difference * difference / denominator
        }
        distance = max(distance, highest - lowest)
        below += together
    }

    /// Standardised Anderson-Darling statistic of k samples with midranks (Scholz and Stephens 1987, eq. 7); nil for fewer than
    /// four values or values that are all the same.
    var andersonDarling: Double? {
        let (n, k, count) = (total, Double(sizes.count), Int(total))
        guard count > 3, places > 1 else { return nil }
        var statistic = 0.0
        for (sum, size) in zip(sums, sizes) { statistic += sum / size }
        statistic *= (n - 1) / n
        let inverse = sizes.reduce(0) { $0 + 1 / $1 }
        var (h, g) = (0.0, 0.0)
        for i in 1..<count { h += 1 / Double(i) }
        var partial = 0.0
        for i in 1..<(count - 1) {
            partial += 1 / (n - Double(i))
            g += partial / Double(i + 1)
        }
        let a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * inverse
        let b = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * inverse - 8 * h + 4 * g - 6
        let c = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * inverse + 4 * h
        let d = (2 * h + 6) * k * k - 4 * h * k
        let variance = (a * n * n * n + b * n * n + c * n + d) / ((n - 1) * (n - 2) * (n - 3))
        return variance > 0 ? (statistic - (k - 1)) / variance.squareRoot() : nil
    }

    /// Compares samples that are in memory.
    ///
    /// - Parameter sorted: ascending values of each sample, none empty.
    static func of(_ sorted: [[Double]]) -> RankComparison {
        var comparison = RankComparison(sizes: sorted.map(\.count))
        let pooled = sorted.joined().sorted()
        var places = [Int](repeating: 0, count: sorted.count)
        var counts = places
        var start = 0
        while start < pooled.count {
            let value = pooled[start]
            for (sample, values) in sorted.enumerated() {
                let left = places[sample]
                var right = left
                while right < values.count, values[right] == value { right += 1 }
                counts[sample] = right - left
                places[sample] = right
                start += right - left
            }
            comparison.add(counts)
        }
        return comparison
    }
}
