public import LinearAlgebra

/// Drops of two correlated features the less relevant one.
public enum RedundancyFilter {
    /// Positions of the kept features, most relevant first.
    ///
    /// Features are visited by falling relevance, ties by their position; one is kept if its absolute correlation with
    /// every feature kept before it is at most the threshold. A feature with relevance 0 is never kept.
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
        let order = relevance.indices.sorted {
            relevance[$0] != relevance[$1] ? relevance[$0] > relevance[$1] : $0 < $1
        }
        var kept: [Int] = []
        for candidate in order where relevance[candidate] > 0 && kept.count < limit {
            if kept.allSatisfy({ correlation[$0, candidate].magnitude <= maximumCorrelation }) {
                kept.append(candidate)
            }
        }
        return kept
    }
}
