#if canImport(Glibc)
    import Glibc
#endif
public import Federation

/// A logistic model as a file: everything that is needed to apply it to a row of harmonised columns.
public struct LogisticModel: Sendable, Equatable, Codable {
    /// Format of the model file.
    public private(set) var format = "concord-logistic-1"
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

    /// Creates a model.
    public init(
        columns: [String], means: [Double], standardDeviations: [Double], coefficients: [Double], intercept: Double,
        lambda: Double
    ) {
        self.columns = columns
        self.means = means
        self.standardDeviations = standardDeviations
        self.coefficients = coefficients
        self.intercept = intercept
        self.lambda = lambda
    }

    /// Predicted probability of an event for each row.
    ///
    /// - Throws: `LearningError.columnsDiffer` unless the table has the model's columns in its order.
    public func predict(_ table: CaseTable) throws(LearningError) -> [Double] {
        guard table.featureNames == columns else {
            throw .columnsDiffer(zip(table.featureNames, columns).first { $0 != $1 }?.0 ?? "(number of columns)")
        }
        let p = columns.count
        return (0..<table.count).map { row in
            var eta = intercept
            for column in 0..<p {
                eta +=
                    coefficients[column] * (table.features[row * p + column] - means[column])
                    / standardDeviations[column]
            }
            return Self.probability(eta)
        }
    }

    /// The logistic function, without overflow.
    static func probability(_ eta: Double) -> Double {
        if eta >= 0 { return 1 / (1 + exp(-eta)) }
        let power = exp(eta)
        return power / (1 + power)
    }

    /// Log-likelihood of one case, without overflow.
    static func logLikelihood(_ eta: Double, isEvent: Bool) -> Double {
        let signed = isEvent ? eta : -eta
        return signed >= 0 ? -log1p(exp(-signed)) : signed - log1p(exp(signed))
    }
}
