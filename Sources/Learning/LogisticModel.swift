public import Federation

/// A logistic model as a file: everything that is needed to apply it to a row of harmonised columns.
public struct LogisticModel: Sendable, Equatable, Codable {
    static let currentFormat = "concord-logistic-1"

    /// Format of the model file.
    public let format: String
    /// Names of the columns.
    public let columns: [String]
    /// Means that are subtracted.
    public let means: [Double]
    /// Standard deviations that are divided by.
    public let standardDeviations: [Double]
    /// Coefficients on the z-scored scale.
    public let coefficients: [Double]
    /// Intercept on the z-scored scale.
    public let intercept: Double
    /// The penalty that it was trained with.
    public let lambda: Double
    /// Probability from which a case counts as positive, if the protocol fixed one.
    public let threshold: Double?

    /// Creates a model.
    public init(
        columns: [String], means: [Double], standardDeviations: [Double], coefficients: [Double], intercept: Double,
        lambda: Double, threshold: Double? = nil
    ) {
        precondition(
            columns.count == means.count && means.count == standardDeviations.count
                && coefficients.count == columns.count, "one value for each column")
        format = Self.currentFormat
        self.columns = columns
        self.means = means
        self.standardDeviations = standardDeviations
        self.coefficients = coefficients
        self.intercept = intercept
        self.lambda = lambda
        self.threshold = threshold
    }

    /// Reads a model and checks that its parts fit together.
    ///
    /// - Throws: `DecodingError` that says what is wrong with the file.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        format = try container.decode(String.self, forKey: .format)
        columns = try container.decode([String].self, forKey: .columns)
        means = try container.decode([Double].self, forKey: .means)
        standardDeviations = try container.decode([Double].self, forKey: .standardDeviations)
        coefficients = try container.decode([Double].self, forKey: .coefficients)
        intercept = try container.decode(Double.self, forKey: .intercept)
        lambda = try container.decode(Double.self, forKey: .lambda)
        threshold = try container.decodeIfPresent(Double.self, forKey: .threshold)
        func require(_ condition: Bool, _ key: CodingKeys, _ reason: String) throws {
            guard condition else {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: reason)
            }
        }
        try require(format == Self.currentFormat, .format, "the model is not of format \(Self.currentFormat)")
        try require(means.count == columns.count, .means, "there is not one mean for each column")
        try require(
            standardDeviations.count == columns.count && standardDeviations.allSatisfy { $0 > 0 }, .standardDeviations,
            "there is not one positive standard deviation for each column")
        try require(coefficients.count == columns.count, .coefficients, "there is not one coefficient for each column")
    }

    /// Predicted probability of an event for each row.
    ///
    /// - Throws: `LearningError.columnsDiffer` unless the table has the model's columns in its order.
    public func predict(_ table: CaseTable) throws(LearningError) -> [Double] {
        try linearPredictor(table).map(LogisticFunction.probability)
    }

    /// Log odds of an event for each row, the radiomics score of a nomogram.
    ///
    /// - Throws: `LearningError.columnsDiffer` unless the table has the model's columns in its order.
    public func linearPredictor(_ table: CaseTable) throws(LearningError) -> [Double] {
        try table.requireColumns(columns)
        let p = columns.count
        return (0..<table.count).map { row in
            var eta = intercept
            for column in 0..<p {
                eta +=
                    coefficients[column]
                    * ((table.features[row * p + column] - means[column]) / standardDeviations[column])
            }
            return eta
        }
    }
}
