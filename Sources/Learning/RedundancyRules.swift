public import LinearAlgebra

extension RedundancyFilter {
    /// Positions of the features that the Python package feature-engine's DropCorrelatedFeatures keeps, in column order: names are visited
    /// in the order of their code points, and one drops all later ones with an absolute correlation above the threshold.
    public static func featureEngine(names: [String], correlation: SymmetricMatrix, threshold: Double) -> [Int] {
        precondition(correlation.order == names.count, "a name for each feature")
        var isDropped = [Bool](repeating: false, count: names.count)
        let order = nameOrder(names)
        for (place, feature) in order.enumerated() where !isDropped[feature] {
            for later in order[(place + 1)...] where correlation[feature, later].magnitude > threshold {
                isDropped[later] = true
            }
        }
        return names.indices.filter { !isDropped[$0] }
    }

    /// Names in the order of their code points.
    static func nameOrder(_ names: [String]) -> [Int] {
        names.indices.sorted { names[$0].unicodeScalars.lexicographicallyPrecedes(names[$1].unicodeScalars) }
    }

    /// Positions of the features that R caret's findCorrelation(exact = TRUE) keeps, in column order: of a correlated pair the feature goes
    /// whose mean absolute correlation with the features still there is larger than that of the others.
    public static func caretExact(correlation: SymmetricMatrix, cutoff: Double) -> [Int] {
        let p = correlation.order
        let means = (0..<p).map { i in
            (0..<p).reduce(0) { $0 + ($1 == i ? 0 : correlation[i, $1].magnitude) } / Double(max(p - 1, 1))
        }
        let order = (0..<p).sorted { means[$0] != means[$1] ? means[$0] > means[$1] : $0 < $1 }
        var isThere = [Bool](repeating: true, count: p)
        // Sums over pairs of features that are both there.
        var rowSums = means.map { $0 * Double(max(p - 1, 1)) }
        var count = p
        func drop(_ feature: Int) {
            isThere[feature] = false
            count -= 1
            for other in 0..<p where isThere[other] { rowSums[other] -= correlation[feature, other].magnitude }
        }
        for (place, i) in order.enumerated() where isThere[i] {
            for j in order[(place + 1)...] where isThere[i] && isThere[j] && correlation[i, j].magnitude > cutoff {
                let own = rowSums[i] / Double(count - 1)
                // caret's mean of the others leaves out the row of j, not its column.
                let others = (0..<p).reduce(0) { $0 + (isThere[$1] && $1 != j ? rowSums[$1] : 0) }
                drop(own > others / Double((count - 1) * (count - 1)) ? i : j)
            }
        }
        return (0..<p).filter { isThere[$0] }
    }

    /// Positions of the features that R caret's findCorrelation(exact = FALSE) keeps, in column order: of each correlated pair the feature
    /// with the larger mean absolute correlation with all features goes, even if the other one has gone.
    public static func caretFast(correlation: SymmetricMatrix, cutoff: Double) -> [Int] {
        let p = correlation.order
        let means = (0..<p).map { i in (0..<p).reduce(0) { $0 + correlation[$1, i].magnitude } / Double(p) }
        var isDropped = [Bool](repeating: false, count: p)
        for j in 0..<p {
            for i in 0..<j where correlation[i, j].magnitude > cutoff {
                isDropped[means[j] > means[i] ? j : i] = true
            }
        }
        return (0..<p).filter { !isDropped[$0] }
    }
}
