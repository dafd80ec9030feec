import LocalLearning

extension StudyScreen {
    /// The strongest correlations of features with each covariate.
    func correlationTable(_ correlations: CovariateCorrelation) -> String {
        func text(_ value: Double?) -> String { value.map { NumberFormat.fixed($0, 3) } ?? "-" }
        func small(_ value: Double?) -> String {
            value.map { $0 < 0.0001 ? "< 0.0001" : NumberFormat.fixed($0, 4) } ?? "-"
        }
        let showsRanks = correlations.rows.contains { $0.ranksLower != nil }
        let columns =
            ["covariate", "feature", "cases", "correlation [95% CI]", "p", "q"] + (showsRanks ? ["exact ranks"] : [])
        let rows = correlations.strongest(5).map { row in
            [
                row.covariate, row.feature, row.cases.map(String.init) ?? "-",
                "\(text(row.correlation)) [\(text(row.lower)), \(text(row.upper))]", small(row.pValue),
                small(row.qValue),
            ] + (showsRanks ? ["within \(text(row.ranksLower)) to \(text(row.ranksUpper))"] : [])
        }
        let without = correlations.rows.count { $0.correlation == nil }
        return "correlations  \(correlations.kind), \(correlations.rows.count) pairs"
            + (without > 0 ? ", \(without) of them without a number" : "") + "; the strongest of each covariate:\n"
            + TextTable(columns: columns, rows: rows).text
    }
}
