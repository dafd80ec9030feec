/// Sums from which all forms of the intraclass correlation follow; the sums of sites are added.
public struct ReadingSums: Sendable, Equatable, Codable {
    /// Number of cases.
    public private(set) var cases: Double
    /// Sum of each reader's values.
    public private(set) var readerSums: [Double]
    /// Sum of all squared values.
    public private(set) var squares: Double
    /// Sum over cases of the squared sum of the case's values.
    public private(set) var caseSquares: Double

    /// Creates sums that were computed elsewhere.
    public init(cases: Double, readerSums: [Double], squares: Double, caseSquares: Double) {
        precondition(readerSums.count >= 2, "at least two readers")
        self.cases = cases
        self.readerSums = readerSums
        self.squares = squares
        self.caseSquares = caseSquares
    }

    /// Sums of two readers from their squares and the sum of the products.
    public init(cases: Double, sums: (Double, Double), squares: (Double, Double), product: Double) {
        self.init(
            cases: cases, readerSums: [sums.0, sums.1], squares: squares.0 + squares.1,
            caseSquares: squares.0 + squares.1 + 2 * product)
    }

    /// Sums of values, one row a case and one column a reader, about a public centre near their mean.
    public init(rows: [[Double]], centre: Double = 0) {
        let readers = rows.first?.count ?? 0
        precondition(readers >= 2 && rows.allSatisfy { $0.count == readers }, "rectangular, at least two readers")
        var sums = [Double](repeating: 0, count: readers)
        var squares = 0.0
        var caseSquares = 0.0
        for row in rows {
            var total = 0.0
            for (reader, value) in row.enumerated() {
                let deviation = value - centre
                sums[reader] += deviation
                squares += deviation * deviation
                total += deviation
            }
            caseSquares += total * total
        }
        self.init(cases: Double(rows.count), readerSums: sums, squares: squares, caseSquares: caseSquares)
    }

    /// Adds the sums of another site, made about the same centre.
    public mutating func add(_ other: ReadingSums) {
        precondition(readerSums.count == other.readerSums.count, "the same readers")
        cases += other.cases
        for reader in readerSums.indices { readerSums[reader] += other.readerSums[reader] }
        squares += other.squares
        caseSquares += other.caseSquares
    }

    /// Mean squares of the two-way layout without interaction.
    struct MeanSquares {
        let cases: Double
        let readers: Double
        /// Between cases, between readers, residual, and within cases.
        let betweenCases: Double
        let betweenReaders: Double
        let residual: Double
        let within: Double
        /// All squared deviations from the grand mean.
        let total: Double
    }

    var meanSquares: MeanSquares {
        let n = cases
        let k = Double(readerSums.count)
        let grand = readerSums.reduce(0, +)
        let correction = grand * grand / (n * k)
        // What is below the rounding of the sums is zero.
        let floor = 1e-15 * (squares + correction)
        func cleaned(_ value: Double) -> Double { value > floor ? value : 0 }
        let total = cleaned(squares - correction)
        let betweenCases = cleaned(caseSquares / k - correction)
        let betweenReaders = cleaned(readerSums.reduce(0) { $0 + $1 * $1 } / n - correction)
        let residual = cleaned(total - betweenCases - betweenReaders)
        return MeanSquares(
            cases: n, readers: k, betweenCases: betweenCases / (n - 1), betweenReaders: betweenReaders / (k - 1),
            residual: residual / ((n - 1) * (k - 1)), within: cleaned(total - betweenCases) / (n * (k - 1)),
            total: total)
    }
}
