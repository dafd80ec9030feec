public import Statistics

/// Cohen's kappa of two readers (Cohen 1960), unweighted or weighted.
public enum CohenKappa {
    /// How disagreements between ordered categories count.
    public enum Weights: String, Sendable, Equatable, Codable, CaseIterable {
        /// All disagreements count alike.
        case none
        /// By the distance of the categories.
        case linear
        /// By the squared distance of the categories.
        case quadratic
    }

    /// Kappa with its asymptotic standard error (Fleiss, Cohen and Everitt 1969, eq. 13) and normal interval.
    ///
    /// - Parameters:
    ///   - table: counts, row-major, first reader's category is the row.
    ///   - weights: how disagreements count.
    /// - Returns: `notEstimable`, never 0, if one category only was used.
    public static func estimate(table: [Int], weights: Weights = .none) -> Estimate {
        let k = Int(Double(table.count).squareRoot().rounded())
        precondition(k * k == table.count && k >= 2, "a square table of at least two categories")
        let total = Double(table.reduce(0, +))
        guard total > 0 else { return .notEstimable("no case was rated by both readers") }
        let p = table.map { Double($0) / total }
        let rows = (0..<k).map { i in (0..<k).reduce(0) { $0 + p[i * k + $1] } }
        let columns = (0..<k).map { j in (0..<k).reduce(0) { $0 + p[$1 * k + j] } }
        func weight(_ i: Int, _ j: Int) -> Double {
            let distance = Double((i - j).magnitude) / Double(k - 1)
            switch weights {
            case .none: return i == j ? 1 : 0
            case .linear: return 1 - distance
            case .quadratic: return 1 - distance * distance
            }
        }
        var observed = 0.0
        var expected = 0.0
        for i in 0..<k {
            for j in 0..<k {
                observed += weight(i, j) * p[i * k + j]
                expected += weight(i, j) * rows[i] * columns[j]
            }
        }
        guard expected < 1 - 1e-15 else { return .notEstimable("one category only was used") }
        let kappa = (observed - expected) / (1 - expected)
        let rowWeights = (0..<k).map { i in (0..<k).reduce(0) { $0 + columns[$1] * weight(i, $1) } }
        let columnWeights = (0..<k).map { j in (0..<k).reduce(0) { $0 + rows[$1] * weight($1, j) } }
        var sum = 0.0
        for i in 0..<k {
            for j in 0..<k {
                let term = weight(i, j) - (rowWeights[i] + columnWeights[j]) * (1 - kappa)
                sum += p[i * k + j] * term * term
            }
        }
        let shift = kappa - expected * (1 - kappa)
        let variance = max(0, sum - shift * shift) / (total * (1 - expected) * (1 - expected))
        let error = variance.squareRoot()
        let z = NormalDistribution.quantile(0.975)
        return .value(
            EstimateValue(
                value: kappa, standardError: error, lower: kappa - z * error, upper: min(1, kappa + z * error),
                n: Int(total), method: "Cohen, \(weights.rawValue) weights"))
    }

    /// Light's kappa (1971): the mean of Cohen's kappa over all pairs of readers.
    ///
    /// - Parameters:
    ///   - pairs: kappa of each pair.
    ///   - cases: number of cases.
    /// - Returns: `notEstimable` if a pair of readers has no kappa.
    public static func light(_ pairs: [Estimate], cases: Int) -> Estimate {
        let numbers = pairs.compactMap(\.number)
        guard !pairs.isEmpty, numbers.count == pairs.count else {
            return .notEstimable("a pair of readers has no kappa")
        }
        return .value(
            EstimateValue(
                value: numbers.reduce(0, +) / Double(numbers.count), n: cases,
                method: "mean of Cohen's kappa over pairs (Light 1971)"))
    }
}
