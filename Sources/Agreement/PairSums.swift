/// Sums of paired measurements from which Lin's coefficient and Bland-Altman limits follow; the sums of sites are added.
///
/// Measurements are taken about a public centre near their mean, so that squares keep their digits.
public struct PairSums: Sendable, Equatable, Codable {
    /// The centre that was subtracted from both measurements.
    public let centre: Double
    /// Number of pairs.
    public private(set) var count: Double
    /// Sum of the first measurements.
    public private(set) var first: Double
    /// Sum of the second measurements.
    public private(set) var second: Double
    /// Sum of the squared first measurements.
    public private(set) var firstSquares: Double
    /// Sum of the squared second measurements.
    public private(set) var secondSquares: Double
    /// Sum of the products.
    public private(set) var products: Double

    /// Sums of two measurements of the same cases.
    public init(_ first: [Double], _ second: [Double], centre: Double) {
        precondition(first.count == second.count, "pairs")
        self.centre = centre
        count = Double(first.count)
        var sums = (0.0, 0.0, 0.0, 0.0, 0.0)
        for index in first.indices {
            let a = first[index] - centre
            let b = second[index] - centre
            sums.0 += a
            sums.1 += b
            sums.2 += a * a
            sums.3 += b * b
            sums.4 += a * b
        }
        (self.first, self.second, firstSquares, secondSquares, products) = sums
    }

    /// Sums that were computed elsewhere.
    ///
    /// - Parameters:
    ///   - sums: of the first and of the second measurements about the centre.
    ///   - squares: of both about the centre.
    public init(
        centre: Double, count: Double, sums: (Double, Double), squares: (Double, Double), products: Double
    ) {
        (self.centre, self.count, self.products) = (centre, count, products)
        (first, second) = sums
        (firstSquares, secondSquares) = squares
    }

    /// Adds the sums of another site, made about the same centre.
    public mutating func add(_ other: PairSums) {
        precondition(centre == other.centre, "the same centre")
        count += other.count
        first += other.first
        second += other.second
        firstSquares += other.firstSquares
        secondSquares += other.secondSquares
        products += other.products
    }
}
