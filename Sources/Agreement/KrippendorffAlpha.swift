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
        guard !cases.isEmpty else { return .notEstimable("no case has two ratings") }
        var tally: [Double: Int] = [:]
        for line in cases { for value in line { tally[value, default: 0] += 1 } }
        let values = tally.keys.sorted()
        guard values.count > 1 else { return .notEstimable("one value only was used") }
        if level == .ratio, values[0] < 0 { return .notEstimable("a ratio has no negative values") }
        let counts = values.map { Double(tally[$0] ?? 0) }
        var below: [Double] = [0]
        for count in counts { below.append(below[below.count - 1] + count) }
        var places: [Double: Int] = [:]
        for (place, value) in values.enumerated() { places[value] = place }
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
        let total = below[below.count - 1]
        var observed = 0.0
        for line in cases {
            let indices = line.compactMap { places[$0] }
            var sum = 0.0
            for (position, i) in indices.enumerated() {
                for j in indices[(position + 1)...] { sum += 2 * difference(i, j) }
            }
            observed += sum / Double(line.count - 1)
        }
        var expected = 0.0
        if level == .interval {
            // Of sums, whatever the number of values.
            let mean = zip(values, counts).reduce(0) { $0 + $1.0 * $1.1 } / total
            expected = 2 * total * zip(values, counts).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
        } else if level == .nominal {
            expected = total * total - counts.reduce(0) { $0 + $1 * $1 }
        } else {
            for i in values.indices {
                for j in values.indices where j > i { expected += 2 * counts[i] * counts[j] * difference(i, j) }
            }
        }
        let value = 1 - (total - 1) * observed / expected
        return .value(EstimateValue(value: value, n: cases.count, method: "Krippendorff, \(level.rawValue)"))
    }
}
