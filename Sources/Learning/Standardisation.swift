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

    /// Decodes a standardisation, which may come from outside.
    ///
    /// - Throws: `DecodingError` where there is not one moment a column.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        columns = try container.decode([String].self, forKey: .columns)
        means = try container.decode([Double].self, forKey: .means)
        standardDeviations = try container.decode([Double].self, forKey: .standardDeviations)
        guard columns.count == means.count, means.count == standardDeviations.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .columns, in: container, debugDescription: "one mean and standard deviation a column")
        }
    }

    /// The table with z-scores in place of its features; 0 for a constant feature.
    ///
    /// - Throws: `LearningError.columnsDiffer` unless the table has these columns in this order.
    public func apply(to table: CaseTable) throws(LearningError) -> CaseTable {
        try table.requireColumns(columns)
        var output = table
        output.features = scores(table.features)
        return output
    }

    /// The z-scores of values that are rows x columns; 0 for a constant feature.
    func scores(_ values: [Double]) -> [Double] {
        var output = values
        let p = columns.count
        // What is divided by infinity is 0.
        let divisors = standardDeviations.map { $0 > 0 ? $0 : .infinity }
        // Pointers: without bounds checks the loop runs in vectors.
        output.withUnsafeMutableBufferPointer { output in
            means.withUnsafeBufferPointer { means in
                divisors.withUnsafeBufferPointer { divisors in
                    for row in 0..<(p > 0 ? output.count / p : 0) {
                        for column in 0..<p {
                            output[row * p + column] = (output[row * p + column] - means[column]) / divisors[column]
                        }
                    }
                }
            }
        }
        return output
    }

    /// A column of `intercept`, then the z-scores of values that are rows x columns.
    func design(_ values: [Double], rows: Int, intercept: Double) -> ColumnTable {
        // What is divided by infinity is 0.
        ColumnTable(
            values, rows: rows, centres: means, scales: standardDeviations.map { $0 > 0 ? $0 : .infinity },
            first: intercept)
    }
}
