import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The regression on covariates within batches, from their cross-products about batch means.
struct WithinBatchRegression {
    /// Cross-products scaled to correlations.
    let correlations: SymmetricMatrix
    /// Square roots of the diagonal of the cross-products.
    let roots: [Double]
    private let factor: Cholesky

    /// Factors the cross-products.
    ///
    /// - Parameter cases: number of rows behind the products.
    /// - Throws: `HarmonisationError.confounded` naming the covariates.
    init(products: SymmetricMatrix, covariates: [String], cases: Double) throws {
        var correlations = products
        let q = products.order
        // Scaled to correlations, so that the rank test does not depend on the units of the covariates.
        let roots = (0..<q).map { products[$0, $0].squareRoot() }
        for index in 0..<q where !(products[index, index] > cases * 1e-21) {
            throw HarmonisationError.confounded(covariate: covariates[index], with: [])
        }
        for i in 0..<q {
            for j in i..<q { correlations[i, j] /= roots[i] * roots[j] }
        }
        do {
            factor = try Cholesky(correlations, tolerance: 1e-10)
        } catch {
            guard case .dependent(let column, let others) = error else { throw error }
            throw HarmonisationError.confounded(
                covariate: covariates[column], with: others.map { covariates[$0] })
        }
        self.correlations = correlations
        self.roots = roots
    }

    /// Logarithm of the determinant of the cross-products.
    var logDeterminant: Double { roots.reduce(factor.logDeterminant) { $0 + 2 * log($1) } }

    /// Sum of squares that a fit of one feature leaves.
    ///
    /// - Parameters:
    ///   - square: sum of squares of the feature about its batch means.
    ///   - products: the covariates' cross-products where the fit is penalised, y'y - 2 b'c + b'Gb; nil where it is a
    ///     projection, y'y - b'c.
    static func residual(
        square: Double, coefficients: [Double], cross: [Double], penalised products: SymmetricMatrix?
    ) -> Double {
        var residual = square
        for i in coefficients.indices {
            residual -= coefficients[i] * cross[i]
            guard let products else { continue }
            var fitted = -cross[i]
            for j in coefficients.indices { fitted += products[i, j] * coefficients[j] }
            residual += coefficients[i] * fitted
        }
        return residual
    }

    /// Coefficients of one feature from its cross-products with the covariates.
    func solve(_ cross: [Double]) -> [Double] {
        let solution = factor.solve(zip(cross, roots).map { $0 / $1 })
        return zip(solution, roots).map { $0 / $1 }
    }
}
