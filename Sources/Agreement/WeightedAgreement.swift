public import Statistics

/// Agreement of several readers with chance taken off and disagreements weighted; missing ratings are allowed (Gwet, Handbook
/// of Inter-Rater Reliability, 4th edition 2014, chapters 2 and 3; R irrCAC).
public struct WeightedAgreement: Sendable {
    /// How much a disagreement counts.
    public enum Weights: String, Sendable, Equatable, Codable, CaseIterable {
        /// All disagreements alike.
        case none
        /// By the distance of the categories.
        case linear
        /// By the squared distance.
        case quadratic

        func weight(_ i: Int, _ j: Int, of count: Int) -> Double {
            guard count > 1 else { return 1 }
            let distance = Double((i - j).magnitude) / Double(count - 1)
            return switch self {
            case .none: i == j ? 1 : 0
            case .linear: 1 - distance
            case .quadratic: 1 - distance * distance
            }
        }
    }

    private let weights: [[Double]]
    /// Ratings of each case by category, cases with at least one.
    private let counts: [[Double]]
    /// Ratings of each case.
    private let totals: [Double]
    private let categories: Int
    /// Shares of the categories by reader, for chance agreement as Conger defines it.
    private let readerShares: [[Double]]
    /// Reader and category of every rating of each case, readers without any rating left out.
    private let ratings: [[(reader: Int, category: Int)]]

    /// Sums up ratings.
    ///
    /// - Parameters:
    ///   - ratings: one row a case, one column a reader; categories from 0, nil for a missing rating.
    ///   - categories: number of categories.
    public init(ratings: [[Int?]], categories: Int, weights: Weights) {
        self.categories = categories
        self.weights = (0..<categories).map { i in
            (0..<categories).map { weights.weight(i, $0, of: categories) }
        }
        var counts: [[Double]] = []
        let readers = ratings.first?.count ?? 0
        var shares = [[Double]](repeating: [Double](repeating: 0, count: categories), count: readers)
        for row in ratings {
            var line = [Double](repeating: 0, count: categories)
            for (reader, category) in row.enumerated() {
                guard let category else { continue }
                line[category] += 1
                shares[reader][category] += 1
            }
            if line.contains(where: { $0 > 0 }) { counts.append(line) }
        }
        self.counts = counts
        totals = counts.map { $0.reduce(0, +) }
        let active = shares.indices.filter { shares[$0].contains { $0 > 0 } }
        var places: [Int: Int] = [:]
        for (place, reader) in active.enumerated() { places[reader] = place }
        readerShares = active.map { reader in
            let total = shares[reader].reduce(0, +)
            return shares[reader].map { $0 / total }
        }
        self.ratings = ratings.compactMap { row in
            let given = row.enumerated().compactMap { reader, category -> (reader: Int, category: Int)? in
                guard let category, let place = places[reader] else { return nil }
                return (place, category)
            }
            return given.isEmpty ? nil : given
        }
    }

    private var caseCount: Double { Double(counts.count) }
    private var weightSum: Double { weights.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Weighted agreements within a case: ordered pairs of readers.
    private func pairs(_ line: [Double]) -> Double {
        var sum = 0.0
        for k in 0..<categories where line[k] > 0 {
            var weighted = 0.0
            for l in 0..<categories { weighted += weights[k][l] * line[l] }
            sum += line[k] * (weighted - 1)
        }
        return sum
    }

    private func average(_ line: [Double], _ values: [Double]) -> Double {
        zip(line, values).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Product of the weights with shares.
    private func weighted(_ shares: [Double]) -> [Double] {
        // All three weights are symmetric.
        weights.map { average($0, shares) }
    }

    /// Mean share of the categories over cases.
    private var shares: [Double] {
        var sum = [Double](repeating: 0, count: categories)
        for (line, total) in zip(counts, totals) {
            for k in 0..<categories { sum[k] += line[k] / total }
        }
        return sum.map { $0 / caseCount }
    }

    private func refusal() -> Estimate? {
        guard totals.contains(where: { $0 >= 2 }) else { return .notEstimable("no case has two ratings") }
        guard shares.filter({ $0 > 0 }).count > 1 else { return .notEstimable("one category only was used") }
        return nil
    }

    /// The coefficient with the interval of irrCAC: linearised variance, t with n - 1 degrees of freedom.
    ///
    /// - Parameter chance: agreement by chance, and its part for each case (of which twice the deviation counts), or nil if
    ///   it does not depend on the ratings.
    private func coefficient(chance: Double, parts: [Double]?, method: String) -> Estimate {
        if let refusal = refusal() { return refusal }
        let twice = totals.filter { $0 >= 2 }.count
        let observed = zip(counts, totals).map { $1 >= 2 ? pairs($0) / ($1 * ($1 - 1)) : 0 }
        let agreement = observed.reduce(0, +) / Double(twice)
        let value = (agreement - chance) / (1 - chance)
        var squares = 0.0
        for index in counts.indices {
            let own = totals[index] >= 2 ? observed[index] - chance : 0
            var part = caseCount / Double(twice) * own / (1 - chance)
            if let parts { part -= 2 * (1 - value) * (parts[index] - chance) / (1 - chance) }
            squares += (part - value) * (part - value)
        }
        return Self.estimate(value, squares, caseCount, method)
    }

    private static func estimate(_ value: Double, _ squares: Double, _ n: Double, _ method: String) -> Estimate {
        guard n > 1 else {
            return .value(EstimateValue(value: value, n: Int(n), method: method))
        }
        let error = (squares / (n * (n - 1))).squareRoot()
        let t = StudentDistribution.quantile(0.975, df: n - 1)
        return .value(
            EstimateValue(
                value: value, standardError: error, lower: value - t * error, upper: min(1, value + t * error),
                n: Int(n), method: method))
    }

    /// Fleiss' kappa (1971), generalised to weights and missing ratings.
    public var fleiss: Estimate {
        let shares = shares
        let weighted = weighted(shares)
        return coefficient(
            chance: average(shares, weighted),
            parts: zip(counts, totals).map { average($0, weighted) / $1 }, method: "Fleiss, linearised variance")
    }

    /// Gwet's AC1, or AC2 with weights (Gwet 2008).
    public var gwet: Estimate {
        let shares = shares
        let factor = weightSum / Double(categories * (categories - 1))
        let rest = shares.map { 1 - $0 }
        return coefficient(
            chance: factor * average(shares, rest),
            parts: zip(counts, totals).map { factor * average($0, rest) / $1 }, method: "Gwet, linearised variance")
    }

    /// Brennan and Prediger's kappa (1981): chance is the same for every category.
    public var brennanPrediger: Estimate {
        coefficient(
            chance: weightSum / Double(categories * categories), parts: nil,
            method: "Brennan-Prediger, linearised variance")
    }

    /// Conger's kappa (1980): every reader has its own shares. Standard error linearised as irrCAC's `conger.kappa.raw`.
    public var conger: Estimate {
        if let refusal = refusal() { return refusal }
        let readers = Double(readerShares.count)
        guard readers >= 2 else { return .notEstimable("fewer than two readers") }
        let sums = (0..<categories).map { k in readerShares.reduce(0) { $0 + ($1[k]) } }
        let weightedSums = weighted(sums)
        let weightedShares = readerShares.map(weighted)
        // Chance over ordered pairs of different readers.
        let own = zip(readerShares, weightedShares).reduce(0) { $0 + average($1.0, $1.1) }
        let pairs = readers * (readers - 1)
        let chance = (average(sums, weightedSums) - own) / pairs
        // The mean weighted agreement of a reader with the others, which a missing rating counts as.
        let means = readerShares.indices.map { reader in
            average(zip(sums, readerShares[reader]).map { $0 - $1 }, weightedShares[reader])
        }
        var given = [Double](repeating: 0, count: readerShares.count)
        for line in ratings { for (reader, _) in line { given[reader] += 1 } }
        let everyone = means.reduce(0, +)
        let parts = ratings.map { line -> Double in
            var part = everyone
            for (reader, category) in line {
                let own = weightedSums[category] - weightedShares[reader][category]
                part += caseCount / given[reader] * (own - means[reader])
            }
            return part / pairs
        }
        return coefficient(chance: chance, parts: parts, method: "Conger, linearised variance")
    }

    /// Krippendorff's alpha for these weights with irrCAC's standard error; cases with one rating do not count.
    public var krippendorff: Estimate {
        if let refusal = refusal() { return refusal }
        let lines = zip(counts, totals).filter { $1 >= 2 }
        let n = Double(lines.count)
        let mean = lines.reduce(0) { $0 + $1.1 } / n
        var shares = [Double](repeating: 0, count: categories)
        for (line, _) in lines {
            for k in 0..<categories { shares[k] += line[k] / mean / n }
        }
        let weighted = weighted(shares)
        let chance = average(shares, weighted)
        guard chance < 1 else { return .notEstimable("one category only was used") }
        let own = lines.map { pairs($0) / (mean * ($1 - 1)) }
        let raw = own.reduce(0, +) / n
        let correction = 1 / (n * mean)
        let agreement = (1 - correction) * raw + correction
        let value = (agreement - chance) / (1 - chance)
        // irrCAC linearises about the coefficient before the correction for small samples.
        let plain = (raw - chance) / (1 - chance)
        var squares = 0.0
        for (index, (line, total)) in lines.enumerated() {
            let excess = (total - mean) / mean
            let part = (own[index] - agreement * excess - chance) / (1 - chance)
            let expected = average(line, weighted) / mean - chance * excess
            let full = part - 2 * (1 - plain) * (expected - chance) / (1 - chance)
            squares += (full - plain) * (full - plain)
        }
        return Self.estimate(value, squares, n, "Krippendorff, linearised variance")
    }
}
