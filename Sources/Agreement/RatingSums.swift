/// The weights of all pairs of categories.
struct WeightMatrix: Sendable {
    /// One row a category.
    let rows: [[Double]]

    init(_ weights: WeightedAgreement.Weights, categories: Int) {
        rows = (0..<categories).map { i in (0..<categories).map { weights.weight(i, $0, of: categories) } }
    }

    var sum: Double { rows.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Product with shares; all three weights are symmetric.
    func times(_ shares: [Double]) -> [Double] { rows.map { Self.product($0, shares) } }

    static func product(_ line: [Double], _ values: [Double]) -> Double {
        zip(line, values).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Weighted agreements within a case: ordered pairs of readers.
    func pairs(_ line: [Double]) -> Double {
        var sum = 0.0
        for k in line.indices where line[k] > 0 {
            sum += line[k] * (Self.product(rows[k], line) - 1)
        }
        return sum
    }
}

/// The ratings of a case, at least one.
struct RatedCase: Sendable {
    /// Reader and category of every rating.
    let ratings: [(reader: Int, category: Int)]
    /// Ratings by category.
    let counts: [Double]
    /// Number of ratings.
    let total: Double
    /// Number of cases with these ratings.
    let multiplicity: Double

    /// Nil without any rating.
    init?(_ row: [Int?], categories: Int, multiplicity: Double = 1) {
        var counts = [Double](repeating: 0, count: categories)
        var ratings: [(reader: Int, category: Int)] = []
        for (reader, category) in row.enumerated() {
            guard let category else { continue }
            counts[category] += 1
            ratings.append((reader, category))
        }
        guard !ratings.isEmpty else { return nil }
        self.ratings = ratings
        self.counts = counts
        total = Double(ratings.count)
        self.multiplicity = multiplicity
    }

    /// Share of the pairs of its readers that agree; 0 of one reader.
    func agreement(_ weights: WeightMatrix) -> Double {
        total >= 2 ? weights.pairs(counts) / (total * (total - 1)) : 0
    }

    /// The same times the number of its ratings.
    func ratedAgreement(_ weights: WeightMatrix) -> Double { total >= 2 ? weights.pairs(counts) / (total - 1) : 0 }
}

/// Sums over cases from which the coefficients of several readers follow; a case counts if it has a rating.
public struct RatingSums: Sendable, Equatable, Codable {
    /// Number of cases.
    var cases = 0.0
    /// Number of cases with two ratings.
    var repeatedCases = 0.0
    /// Ratings by reader and category.
    var readerCounts: [[Double]]
    /// Sum of the cases' shares of each category.
    var shares: [Double]
    /// Sum of the cases' agreements.
    var agreement = 0.0
    /// Ratings of the cases with two ratings, by category.
    var repeatedCounts: [Double]
    /// Sum of the cases' agreements times their numbers of ratings.
    var ratedAgreement = 0.0

    init(readers: Int, categories: Int) {
        shares = [Double](repeating: 0, count: categories)
        repeatedCounts = shares
        readerCounts = [[Double]](repeating: shares, count: readers)
    }

    /// Whether the sums have these dimensions.
    func isFor(readers: Int, categories: Int) -> Bool {
        shares.count == categories && repeatedCounts.count == categories && readerCounts.count == readers
            && readerCounts.allSatisfy { $0.count == categories }
    }

    mutating func add(_ rated: RatedCase, _ weights: WeightMatrix) {
        let times = rated.multiplicity
        cases += times
        for (reader, category) in rated.ratings { readerCounts[reader][category] += times }
        for k in shares.indices { shares[k] += times * (rated.counts[k] / rated.total) }
        guard rated.total >= 2 else { return }
        repeatedCases += times
        agreement += times * rated.agreement(weights)
        ratedAgreement += times * rated.ratedAgreement(weights)
        for k in shares.indices { repeatedCounts[k] += times * rated.counts[k] }
    }
}
