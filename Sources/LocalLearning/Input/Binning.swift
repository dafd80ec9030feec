import Federation
public import Learning

extension CaseTable {
    /// The features as bins.
    func coded(_ edges: BinEdges) -> CodedTable {
        var codes: [UInt8] = []
        codes.reserveCapacity(count * featureCount)
        for feature in 0..<featureCount {
            for row in 0..<count {
                codes.append(edges.code(features[row * featureCount + feature], feature: feature))
            }
        }
        return CodedTable(features: featureNames, codes: codes, outcome: outcome)
    }
}

extension [TrainingCases] {
    /// Distinct quantiles k / bins of each feature over all parts, by the inverse of the distribution function.
    public func edges(bins: Int) -> BinEdges {
        let p = features.count
        let edges = (0..<p).map { feature in
            let sorted = flatMap { part in (0..<part.count).map { part.table.features[$0 * p + feature] } }
                .filter { !$0.isNaN }.sorted()
            guard !sorted.isEmpty else { return [Double]() }
            let quantiles = (1..<bins).map { k in sorted[(k * sorted.count + bins - 1) / bins - 1] }
            return Set(quantiles).sorted()
        }
        return BinEdges(features: features, edges: edges)
    }
}
