import LocalLearning

extension StudyScreen {
    /// The strongest correlations of features with each covariate.
    func correlationTable(_ correlations: CovariateCorrelation) -> String {
        func text(_ value: Double?, _ digits: Int = 3) -> String { value.map { NumberFormat.fixed($0, digits) } ?? "-" }
        let showsRanks = correlations.rows.contains { $0.ranksLower != nil }
        let columns =
            ["covariate", "feature", "cases", "correlation [95% CI]", "p", "q"] + (showsRanks ? ["exact ranks"] : [])
        let rows = correlations.strongest(5).map { row in
            [
                row.covariate, row.feature, row.cases.map(String.init) ?? "-",
                "\(text(row.correlation)) [\(text(row.lower)), \(text(row.upper))]", text(row.pValue, 4),
                text(row.qValue, 4),
            ] + (showsRanks ? ["within \(text(row.ranksLower)) to \(text(row.ranksUpper))"] : [])
        }
        let without = correlations.rows.count { $0.correlation == nil }
        return "correlations  \(correlations.kind), \(correlations.rows.count) pairs"
            + (without > 0 ? ", \(without) of them without a number" : "") + "; the strongest of each covariate:\n"
            + TextTable(columns: columns, rows: rows).text
    }
}
