/// How often the readers of a case chose each category, and how many cases share that profile.
public struct RatingProfile: Sendable, Equatable, Codable {
    /// Number of readers that chose each category.
    public let counts: [Int]
    /// Number of cases with these counts.
    public let cases: Int

    /// Creates a profile.
    public init(counts: [Int], cases: Int = 1) {
        self.counts = counts
        self.cases = cases
    }

    /// Profiles of cases from the categories, from 0, that each case's readers chose.
    ///
    /// - Throws: `AgreementError.unknownCategory` with the position of the case.
    public static func profiles(ratings: [[Int]], categories: Int) throws(AgreementError) -> [RatingProfile] {
        var profiles: [RatingProfile] = []
        for (position, readers) in ratings.enumerated() {
            var counts = [Int](repeating: 0, count: categories)
            for category in readers {
                guard counts.indices.contains(category) else {
                    throw .unknownCategory(position: position, categories: categories)
                }
                counts[category] += 1
            }
            profiles.append(RatingProfile(counts: counts))
        }
        return profiles
    }

    /// Profiles of the cases of two readers from their confusion table (square, row-major).
    public static func profiles(table: [Int]) -> [RatingProfile] {
        let k = Int(Double(table.count).squareRoot().rounded())
        precondition(k * k == table.count && k >= 2, "a square table of at least two categories")
        return table.indices.filter { table[$0] > 0 }.map { cell in
            var counts = [Int](repeating: 0, count: k)
            counts[cell / k] += 1
            counts[cell % k] += 1
            return RatingProfile(counts: counts, cases: table[cell])
        }
    }
}
