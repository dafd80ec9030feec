/// Categories that two readers gave to the same cases.
public struct PairedRatings: Sendable, Equatable {
    /// First reader's category of each case, from 0.
    public let first: [Int]
    /// Second reader's category of each case.
    public let second: [Int]

    /// Creates the pair.
    public init(first: [Int], second: [Int]) {
        precondition(first.count == second.count, "both readers rate the same cases")
        self.first = first
        self.second = second
    }

    /// Number of cases.
    public var count: Int { first.count }

    /// The confusion table, row-major, the first reader's category is the row.
    ///
    /// - Throws: `AgreementError.unknownCategory`.
    public func table(categories: Int) throws(AgreementError) -> [Int] {
        var table = [Int](repeating: 0, count: categories * categories)
        for index in first.indices {
            guard (0..<categories).contains(first[index]), (0..<categories).contains(second[index]) else {
                throw .unknownCategory(position: index, categories: categories)
            }
            table[first[index] * categories + second[index]] += 1
        }
        return table
    }
}
