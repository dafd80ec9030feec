public import Statistics

/// Intraclass correlation of McGraw and Wong (1996), tables 4 and 7.
public enum IntraclassCorrelation {
    /// Which model and type.
    public enum Model: String, Sendable, Equatable, Codable, CaseIterable {
        /// ICC(1): other readers for each case.
        case oneWay
        /// ICC(A): the same readers, a reader's shift counts as disagreement; ICC(2) of Shrout and Fleiss.
        case agreement
        /// ICC(C): the same readers, a reader's shift does not count; ICC(3) of Shrout and Fleiss.
        case consistency

        /// As in the field: 1, A or C.
        public var symbol: String {
            switch self {
            case .oneWay: "1"
            case .agreement: "A"
            case .consistency: "C"
            }
        }
    }

    /// What is called reliable.
    public enum Unit: String, Sendable, Equatable, Codable, CaseIterable {
        /// One reading.
        case single
        /// The mean of the readers.
        case average
    }

    private typealias Coefficient = (icc: Double, lower: Double, upper: Double)

    /// The coefficient with its two-sided interval.
    ///
    /// - Returns: `notEstimable` with fewer than two cases or if nothing varies.
    public static func estimate(
        _ sums: ReadingSums, model: Model, unit: Unit = .single, confidence: Double = 0.95
    ) -> Estimate {
        guard sums.cases >= 2 else { return .notEstimable("needs two cases") }
        let squares = sums.meanSquares
        guard squares.total > 0 else { return .notEstimable("the readings do not vary") }
        let p = 1 - (1 - confidence) / 2
        let (n, k) = (squares.cases, squares.readers)
        let found: Coefficient?
        switch model {
        case .oneWay: found = ratio(squares, error: squares.within, df: n * (k - 1), unit, p)
        case .consistency: found = ratio(squares, error: squares.residual, df: (n - 1) * (k - 1), unit, p)
        case .agreement: found = agreement(squares, unit, p)
        }
        guard let found else { return .notEstimable("the readings do not vary between cases") }
        return .value(
            EstimateValue(
                value: found.icc, lower: found.lower, upper: found.upper, n: Int(sums.cases),
                method: "ICC(\(model.symbol),\(unit == .single ? "1" : "k")), McGraw and Wong"))
    }

    /// ICC(1) and ICC(C): a function of one F ratio.
    private static func ratio(
        _ squares: ReadingSums.MeanSquares, error: Double, df: Double, _ unit: Unit, _ p: Double
    ) -> Coefficient? {
        let k = squares.readers
        guard error > 0 else { return squares.betweenCases > 0 ? (1, 1, 1) : nil }
        func coefficient(_ f: Double) -> Double { unit == .single ? (f - 1) / (f + k - 1) : 1 - 1 / f }
        let f = squares.betweenCases / error
        guard f > 0 || unit == .single else { return nil }
        let lower = f / FisherDistribution.quantile(p, df1: squares.cases - 1, df2: df)
        let upper = f * FisherDistribution.quantile(p, df1: df, df2: squares.cases - 1)
        return (coefficient(f), coefficient(lower), coefficient(upper))
    }

    /// ICC(A): Satterthwaite degrees of freedom.
    private static func agreement(_ squares: ReadingSums.MeanSquares, _ unit: Unit, _ p: Double) -> Coefficient? {
        let (n, k) = (squares.cases, squares.readers)
        let (msr, msc, mse) = (squares.betweenCases, squares.betweenReaders, squares.residual)
        let denominator = unit == .single ? msr + (k - 1) * mse + k / n * (msc - mse) : msr + (msc - mse) / n
        guard denominator > 0 else { return nil }
        let icc = (msr - mse) / denominator
        guard mse > 0 || msc > 0 else { return (icc, icc, icc) }
        let weight = unit == .single ? k : 1
        let a = weight * icc / (n * (1 - icc))
        let b = 1 + weight * icc * (n - 1) / (n * (1 - icc))
        let sum = a * msc + b * mse
        let v = sum * sum / ((a * msc) * (a * msc) / (k - 1) + (b * mse) * (b * mse) / ((n - 1) * (k - 1)))
        guard v.isFinite, v > 0 else { return (icc, icc, icc) }
        let fLower = FisherDistribution.quantile(p, df1: n - 1, df2: v)
        let fUpper = FisherDistribution.quantile(p, df1: v, df2: n - 1)
        let between = unit == .single ? k * msc + (k * n - k - n) * mse : msc - mse
        return (
            icc, n * (msr - fLower * mse) / (fLower * between + n * msr),
            n * (fUpper * msr - mse) / (between + n * fUpper * msr)
        )
    }
}
