import LinearAlgebra

/// The pooled regression of features on covariates, batches projected out, from sums on unit scale (Frisch and Waugh).
struct PooledRegression {
    let features: [String]
    let covariates: [String]
    /// Binary exponents of the scales: features, then covariates.
    let exponents: [Int]
    /// Positions of the covariates of each smooth term; nil without.
    let smooth: [[Int]]?
    /// How the weights of their penalties are chosen; nil for the lowest generalised cross-validation score.
    let penalty: PenaltyChoice?
    /// Rows.
    let cases: Double
    /// Number of batches, or the rank of what was projected out.
    let intercepts: Double
    /// Sums over rows.
    let featureSum: [Double]
    /// Sums of squares about the batches.
    let featureSquare: [Double]
    /// Sums over rows.
    let covariateSum: [Double]
    /// Upper triangle of cross-products about the batches.
    let covariateProduct: [Double]
    /// Cross-products of covariates and features about the batches, covariates x features.
    let crossProduct: [Double]

    /// The model.
    ///
    /// - Parameter constant: number of batches within which each feature is constant.
    /// - Throws: `HarmonisationError.confounded` naming the covariates.
    func model(method: ComBatMethod, constant: [Double]) throws -> ComBatModel {
        let (p, q) = (features.count, covariates.count)
        let scaled = try coefficients()
        let products = SymmetricMatrix(order: q, upper: covariateProduct)
        let units = exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        var beta: [Double] = []
        var grandMean: [Double] = []
        var deviation: [Double] = []
        var passedThrough: [String] = []
        for column in 0..<p {
            var grand = featureSum[column] / cases
            let residual = WithinBatchRegression.residual(
                square: featureSquare[column], coefficients: Array(scaled[column * q..<(column + 1) * q]),
                cross: (0..<q).map { crossProduct[$0 * p + column] }, penalised: smooth == nil ? nil : products)
            for i in 0..<q {
                let own = scaled[column * q + i]
                grand -= covariateSum[i] / cases * own
                beta.append(scaled[column * q + i] * units[column] / units[p + i])
            }
            // What remains below 1e-13 of the spread is rounding, not a residual.
            let varies = residual > 1e-13 * featureSquare[column]
            grandMean.append(grand * units[column])
            deviation.append(varies ? (residual / cases).squareRoot() * units[column] : 0)
            let isSkipped = constant[column] > 0 && method != .parametricNeuroCombat
            if isSkipped || !varies { passedThrough.append(features[column]) }
        }
        return ComBatModel(
            features: features, covariates: covariates, method: method, cases: Int(cases), beta: beta,
            grandMean: grandMean, pooledStandardDeviation: deviation, passedThrough: passedThrough)
    }

    /// Coefficients of the scaled regression, feature by feature (`features x covariates`).
    private func coefficients() throws -> [Double] {
        let (p, q) = (features.count, covariates.count)
        guard q > 0 else { return [] }
        let regression = try WithinBatchRegression(
            products: SymmetricMatrix(order: q, upper: covariateProduct), covariates: covariates, cases: cases)
        guard let smooth else {
            return (0..<p).flatMap { column in regression.solve((0..<q).map { crossProduct[$0 * p + column] }) }
        }
        let penalised = PenalisedRegression(
            regression, groups: smooth,
            units: (0..<q).map { Double(sign: .plus, exponent: exponents[p + $0], significand: 1) },
            cases: cases, intercepts: intercepts)
        return try (0..<p).flatMap { column in
            try penalised.solve(
                (0..<q).map { crossProduct[$0 * p + column] }, square: featureSquare[column],
                by: penalty ?? .generalisedCrossValidation,
                unit: Double(sign: .plus, exponent: exponents[column], significand: 1))
        }
    }
}
