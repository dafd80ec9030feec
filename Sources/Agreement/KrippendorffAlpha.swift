public import Statistics

/// Krippendorff's alpha for values of any level, with missing ratings (Krippendorff, Content Analysis, 2nd edition 2004,
/// chapter 11).
public enum KrippendorffAlpha {
    /// What the differences of values mean.
    public enum Level: String, Sendable, Equatable, Codable, CaseIterable {
        /// Equal or not.
        case nominal
        /// By the number of values between them.
        case ordinal
        /// The squared difference.
        case interval
        /// The squared difference over the squared sum.
        case ratio
    }

    /// Alpha; it has no standard error in closed form for every level.
    ///
    /// - Parameter ratings: one row a case, one column a reader; nil for a missing rating.
    /// - Returns: `notEstimable` without a case of two ratings, or if all values are equal.
    public static func estimate(_ ratings: [[Double?]], level: Level) -> Estimate {
        let cases = ratings.map { $0.compactMap(\.self).sorted() }.filter { $0.count >= 2 }
        var tally: [Double: Double] = [:]
        for line in cases { for value in line { tally[value, default: 0] += 1 } }
        let values = tally.keys.sorted()
        do {
            let scale = try Scale(values: values, counts: values.map { tally[$0] ?? 0 }, level: level)
            var places: [Double: Int] = [:]
            for (place, value) in values.enumerated() { places[value] = place }
            var observed = 0.0
            for line in cases {
                let indices = line.compactMap { places[$0] }
                var sum = 0.0
                for (position, i) in indices.enumerated() {
                    for j in indices[(position + 1)...] { sum += 2 * scale.difference(i, j) }
                }
                observed += sum / Double(line.count - 1)
            }
            return closed(
                total: scale.total, observed: observed, expected: scale.expected, cases: cases.count, level: level)
        } catch { return .notEstimable(error.reason) }
    }

    /// Alpha from the coincidences of known values.
    ///
    /// - Parameters:
    ///   - values: in ascending order; those that nobody gave do not count.
    ///   - counts: ratings of each value in cases with two ratings at least.
    ///   - coincidences: of each pair of values, row-major: over the cases the ordered pairs of ratings, divided by the case's
    ///     number of ratings less one.
    ///   - cases: cases with two ratings at least.
    static func estimate(
        values: [Double], counts: [Double], coincidences: [Double], cases: Int, level: Level
    ) -> Estimate {
        let used = values.indices.filter { counts[$0] > 0 }
        do {
            let scale = try Scale(values: used.map { values[$0] }, counts: used.map { counts[$0] }, level: level)
            var observed = 0.0
            for (i, row) in used.enumerated() {
                for (j, column) in used.enumerated() {
                    observed += coincidences[row * values.count + column] * scale.difference(i, j)
                }
            }
            return closed(
                total: scale.total, observed: observed, expected: scale.expected, cases: cases, level: level)
        } catch { return .notEstimable(error.reason) }
    }

    /// Alpha of the interval level from sums about a centre near the mean.
    ///
    /// - Parameters:
    ///   - cases: cases with two ratings at least; `total`: their ratings.
    ///   - sum: sum of these ratings about the centre; `squares`: of their squares.
    ///   - observed: over the cases the squared differences of ordered pairs of ratings, divided by the case's ratings less one.
    static func interval(cases: Int, total: Double, sum: Double, squares: Double, observed: Double) -> Estimate {
        guard cases > 0 else { return .notEstimable("no case has two ratings") }
        let deviations = squares - sum * sum / total
        // What is below the rounding of the sums is zero.
        guard deviations > 1e-15 * squares else { return .notEstimable("one value only was used") }
        return closed(
            total: total, observed: observed, expected: 2 * total * deviations, cases: cases, level: .interval)
    }

    /// Alpha from the number of ratings and the observed and expected disagreements.
    static func closed(total: Double, observed: Double, expected: Double, cases: Int, level: Level) -> Estimate {
        let value = 1 - (total - 1) * observed / expected
        return .value(EstimateValue(value: value, n: cases, method: "Krippendorff, \(level.rawValue)"))
    }

    /// The values that were used, how often, and what their differences mean.
    private struct Scale {
        let values: [Double]
        let counts: [Double]
        let level: Level
        /// Ratings of lower values, and of all values at the end.
        let below: [Double]

        init(values: [Double], counts: [Double], level: Level) throws(NotEstimable) {
            guard !values.isEmpty else { throw NotEstimable(reason: "no case has two ratings") }
            guard values.count > 1 else { throw NotEstimable(reason: "one value only was used") }
            if level == .ratio, values[0] < 0 { throw NotEstimable(reason: "a ratio has no negative values") }
            (self.values, self.counts, self.level) = (values, counts, level)
            var below: [Double] = [0]
            for count in counts { below.append(below[below.count - 1] + count) }
            self.below = below
        }

        var total: Double { below[below.count - 1] }

        func difference(_ i: Int, _ j: Int) -> Double {
            switch level {
            case .nominal: return i == j ? 0 : 1
            case .interval: return (values[i] - values[j]) * (values[i] - values[j])
            case .ratio:
                let sum = values[i] + values[j]
                return sum == 0 ? 0 : (values[i] - values[j]) * (values[i] - values[j]) / (sum * sum)
            case .ordinal:
                let (low, high) = (min(i, j), max(i, j))
                let between = below[high + 1] - below[low] - (counts[low] + counts[high]) / 2
                return i == j ? 0 : between * between
            }
        }

        var expected: Double {
            if level == .interval {
                // Of sums, whatever the number of values.
                let mean = zip(values, counts).reduce(0) { $0 + $1.0 * $1.1 } / total
                return 2 * total * zip(values, counts).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
            }
            if level == .nominal { return total * total - counts.reduce(0) { $0 + $1 * $1 } }
            var expected = 0.0
            for i in values.indices {
                for j in values.indices where j > i { expected += 2 * counts[i] * counts[j] * difference(i, j) }
            }
            return expected
        }
    }
}
