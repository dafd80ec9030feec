import Statistics

/// How much one feature differs between batches.
public struct FeatureDiagnostics: Sendable, Equatable, Codable {
    /// A test of batches: statistic and p value.
    public struct Test: Sendable, Equatable, Codable {
        /// F.
        public let statistic: Double
        /// Probability of a larger F if batches do not differ.
        public let p: Double
    }

    /// Name of the feature.
    public let feature: String
    /// One-way analysis of variance of the values; nil for a feature that does not vary within batches.
    public let anova: Test?
    /// Levene's test: analysis of variance of the distances from the batches' means.
    public let levene: Test?
    /// Brown and Forsythe's test: of the distances from the batches' medians.
    public let brownForsythe: Test?
    /// Largest Kolmogorov-Smirnov distance between two batches.
    public let kolmogorovSmirnov: Double
    /// Standardised Anderson-Darling statistic of k samples with midranks (Scholz and Stephens 1987, eq. 7); nil for fewer than four
    /// values or values that are all the same.
    public let andersonDarling: Double?

    /// Diagnoses a feature.
    ///
    /// - Parameter groups: the values of each batch, none missing; at least two batches with a value each.
    public init(feature: String, groups: [[Double]]) {
        precondition(groups.count > 1 && groups.allSatisfy { !$0.isEmpty }, "two batches with values")
        self.feature = feature
        let sorted = groups.map { $0.sorted() }
        anova = Self.analysis(groups)
        levene = Self.analysis(
            groups.map { values in
                let mean = Self.mean(values)
                return values.map { ($0 - mean).magnitude }
            })
        brownForsythe = Self.analysis(
            sorted.map { values in
                let median = Quantile.linear(values, 0.5)
                return values.map { ($0 - median).magnitude }
            })
        var distance = 0.0
        for first in sorted.indices {
            for second in sorted.indices.dropFirst(first + 1) {
                distance = max(distance, Self.distance(sorted[first], sorted[second]))
            }
        }
        kolmogorovSmirnov = distance
        andersonDarling = Self.andersonDarling(sorted)
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    private static func analysis(_ groups: [[Double]]) -> Test? {
        let total = groups.reduce(0) { $0 + $1.count }
        let grand = groups.reduce(0) { $0 + $1.reduce(0, +) } / Double(total)
        var (between, within) = (0.0, 0.0)
        for values in groups {
            let own = mean(values)
            between += Double(values.count) * (own - grand) * (own - grand)
            within += values.reduce(0) { $0 + ($1 - own) * ($1 - own) }
        }
        let (df1, df2) = (Double(groups.count - 1), Double(total - groups.count))
        guard df2 > 0, within > 0 else { return nil }
        let f = (between / df1) / (within / df2)
        // The upper tail by the symmetry of the distribution, without cancellation.
        let p = f > 0 ? FisherDistribution.cumulative(1 / f, df1: df2, df2: df1) : 1
        return Test(statistic: f, p: p)
    }

    /// Largest distance of two empirical distribution functions.
    private static func distance(_ first: [Double], _ second: [Double]) -> Double {
        var (i, j, largest) = (0, 0, 0.0)
        while i < first.count, j < second.count {
            let value = min(first[i], second[j])
            while i < first.count, first[i] <= value { i += 1 }
            while j < second.count, second[j] <= value { j += 1 }
            largest = max(largest, (Double(i) / Double(first.count) - Double(j) / Double(second.count)).magnitude)
        }
        return largest
    }

    private static func andersonDarling(_ groups: [[Double]]) -> Double? {
        let pooled = groups.joined().sorted()
        let (n, k) = (Double(pooled.count), Double(groups.count))
        guard pooled.count > 3, pooled[0] < pooled[pooled.count - 1] else { return nil }
        var places = [Int](repeating: 0, count: groups.count)
        var sums = [Double](repeating: 0, count: groups.count)
        var start = 0
        while start < pooled.count {
            var end = start
            while end < pooled.count, pooled[end] == pooled[start] { end += 1 }
            let ties = Double(end - start)
            let below = Double(start) + ties / 2
            let denominator = below * (n - below) - n * ties / 4
            for (group, values) in groups.enumerated() {
                let left = places[group]
                var right = left
                while right < values.count, values[right] == pooled[start] { right += 1 }
                places[group] = right
                let own = Double(left + right) / 2
                let difference = n * own - below * Double(values.count)
                sums[group] += ties / n * difference * difference / denominator
            }
            start = end
        }
        var statistic = 0.0
        for (group, values) in groups.enumerated() { statistic += sums[group] / Double(values.count) }
        statistic *= (n - 1) / n
        let inverse = groups.reduce(0) { $0 + 1 / Double($1.count) }
        var (h, g) = (0.0, 0.0)
        for i in 1..<pooled.count { h += 1 / Double(i) }
        var partial = 0.0
        for i in 1..<(pooled.count - 1) {
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
}
