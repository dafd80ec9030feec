import LinearAlgebra

/// The regression of one feature on the covariates over the rows that have it, batches projected out, from sums on unit scale.
struct FeatureRegression {
    /// Effects of the covariates, scaled as the sums are.
    let coefficients: [Double]
    /// Sum of squares that is left.
    let residual: Double

    /// Fits.
    ///
    /// - Parameters:
    ///   - products: upper triangle of the covariates' cross-products about the batches.
    ///   - cross: of covariates and feature.
    ///   - square: of the feature.
    ///   - units: power of two by which each covariate was divided.
    ///   - smooth: positions of the covariates of each smooth term; nil without.
    ///   - penalty: how the weights of their penalties are chosen; nil for the lowest generalised cross-validation score.
    ///   - unit: power of two by which the feature was divided.
    ///   - cases: number of rows.
    ///   - intercepts: number of batches, or the rank of what was projected out.
    /// - Throws: `HarmonisationError.confounded` naming the covariates.
    init(
        products: [Double], cross: [Double], square: Double, covariates: [String], units: [Double], smooth: [[Int]]?,
        penalty: PenaltyChoice?, unit: Double, cases: Double, intercepts: Double
    ) throws {
        let matrix = SymmetricMatrix(order: covariates.count, upper: products)
        let regression = try WithinBatchRegression(products: matrix, covariates: covariates, cases: cases)
        if let smooth {
            coefficients = try PenalisedRegression(
                regression, groups: smooth, units: units, cases: cases, intercepts: intercepts
            ).solve(cross, square: square, by: penalty ?? .generalisedCrossValidation, unit: unit)
        } else {
            coefficients = regression.solve(cross)
        }
        residual = WithinBatchRegression.residual(
            square: square, coefficients: coefficients, cross: cross, penalised: smooth == nil ? nil : matrix)
    }
}
