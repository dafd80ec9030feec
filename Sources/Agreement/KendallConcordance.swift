public import Statistics

/// Kendall's coefficient of concordance of several readers' rankings, corrected for ties (Kendall and Babington Smith 1939;
/// Siegel and Castellan 1988, section 9.6).
public struct KendallConcordance: Sendable, Equatable {
    /// W: 0 for unrelated rankings, 1 for the same.
    public let coefficient: Estimate
    /// P-value of no concordance: chi-square m (n - 1) W with n - 1 degrees of freedom; nil without a coefficient.
    public let pValue: Double?

    /// Ranks the cases of every reader.
    ///
    /// - Parameter rows: one row a case, one column a reader, none missing.
    public init(_ rows: [[Double]]) {
        let (n, m) = (rows.count, rows.first?.count ?? 0)
        guard n >= 2, m >= 2 else {
            (coefficient, pValue) = (.notEstimable("needs two cases and two readers"), nil)
            return
        }
        var sums = [Double](repeating: 0, count: n)
        var ties = 0.0
        for reader in 0..<m {
            let order = rows.indices.sorted { rows[$0][reader] < rows[$1][reader] }
            var start = 0
            while start < n {
                var end = start + 1
                while end < n, rows[order[end]][reader] == rows[order[start]][reader] { end += 1 }
                for place in start..<end { sums[order[place]] += Double(start + end + 1) / 2 }
                let size = Double(end - start)
                ties += size * size * size - size
                start = end
            }
        }
        let (cases, readers) = (Double(n), Double(m))
        let mean = readers * (cases + 1) / 2
        let squares = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let most = readers * readers * (cases * cases * cases - cases) - readers * ties
        guard most > 0 else {
            (coefficient, pValue) = (.notEstimable("every reader gave all cases the same value"), nil)
            return
        }
        let w = 12 * squares / most
        coefficient = .value(EstimateValue(value: w, n: n, method: "Kendall, corrected for ties"))
        pValue = ChiSquareDistribution.upperTail(readers * (cases - 1) * w, df: cases - 1)
    }
}
