public import Federation

/// Public location and scale of feature columns: what z-scores are computed with, at every site alike.
public struct Standardisation: Sendable, Equatable, Codable {
    /// Names of the columns.
    public let columns: [String]
    /// Means that are subtracted.
    public let means: [Double]
    /// Standard deviations that are divided by (denominator n, as scikit-learn's StandardScaler).
    public let standardDeviations: [Double]

    /// Creates a standardisation from pooled moments.
    public init(columns: [String], means: [Double], standardDeviations: [Double]) {
        precondition(columns.count == means.count && means.count == standardDeviations.count, "one moment a column")
        self.columns = columns
        self.means = means
        self.standardDeviations = standardDeviations
    }

    /// The table with z-scores in place of its features; 0 for a constant feature.
    ///
    /// - Throws: `LearningError.columnsDiffer` unless the table has these columns in this order.
    public func apply(to table: CaseTable) throws(LearningError) -> CaseTable {
        try table.requireColumns(columns)
        var output = table
        let p = columns.count
        for row in 0..<table.count {
            for column in 0..<p {
                let deviation = table.features[row * p + column] - means[column]
                let sd = standardDeviations[column]
                output.features[row * p + column] = sd > 0 ? deviation / sd : 0
            }
        }
        return output
    }
}
