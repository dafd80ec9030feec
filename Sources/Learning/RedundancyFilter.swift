public import LinearAlgebra

/// Drops of two correlated features the less relevant one.
public enum RedundancyFilter {
    /// Absolute correlation from which two features are copies of one another.
    static let copy = 1 - 1e-12

    /// Positions of the kept features, most relevant first.
    ///
    /// Features are visited by falling relevance; one is kept if its absolute correlation with every feature kept
    /// before it is at most the threshold. Copies of a kept feature (|r| >= 1 - 1e-12, whatever the units) are dropped
    /// at every threshold. Ties, which is relevance equal in its first 40 binary digits (about 12 decimal), go to the
    /// column that comes first: copies in other units do not trade places by rounding. A feature with relevance 0 is
    /// never kept.
    ///
    /// - Parameters:
    ///   - correlation: of all features.
    ///   - relevance: larger is more relevant, such as |t|.
    ///   - maximumCorrelation: the threshold.
    ///   - limit: most features kept.
    public static func relevanceOrdered(
        correlation: SymmetricMatrix, relevance: [Double], maximumCorrelation: Double, limit: Int = .max
    ) -> [Int] {
        precondition(correlation.order == relevance.count, "a relevance for each feature")
        var kept: [Int] = []
        for candidate in relevanceOrder(relevance) where relevance[candidate] > 0 && kept.count < limit {
            let isIndependent = kept.allSatisfy {
                let r = correlation[$0, candidate].magnitude
                return r <= maximumCorrelation && r < copy
            }
            if isIndependent { kept.append(candidate) }
        }
        return kept
    }

    /// Positions of the features that are no copy of one before them (|r| < 1 - 1e-12, whatever the units), in their order.
    ///
    /// - Parameter correlation: Pearson's, of all features.
    public static func withoutCopies(_ correlation: SymmetricMatrix) -> [Int] {
        relevanceOrdered(
            correlation: correlation, relevance: [Double](repeating: 1, count: correlation.order),
            maximumCorrelation: .infinity)
    }

    /// The most relevant first, ties in the order of columns.
    static func relevanceOrder(_ relevance: [Double]) -> [Int] {
        let rank = relevance.map(shortened)
        return relevance.indices.sorted { rank[$0] != rank[$1] ? rank[$0] > rank[$1] : $0 < $1 }
    }

    /// A non-negative number rounded to 40 significant binary digits; the largest numbers are left as they are.
    private static func shortened(_ value: Double) -> Double {
        let rounded = Double(bitPattern: (value.bitPattern &+ 0x1000) & ~0x1FFF)
        return rounded.isFinite ? rounded : value
    }
}
