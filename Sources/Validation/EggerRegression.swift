import Statistics

/// Egger's regression for small-study effects: a random-effects meta-regression of the effects on their standard errors, with
/// the between-site variance by restricted maximum likelihood (Egger et al., BMJ 1997;315:629; as metafor's `regtest`).
public struct EggerRegression: Sendable, Equatable {
    /// Coefficient of the standard error; 0 without small-study effects.
    public let slope: Double
    /// Its standard error.
    public let standardError: Double

    /// `slope` over its standard error.
    public var z: Double { slope / standardError }
    /// Two-sided p-value of no slope.
    public var pValue: Double { NormalDistribution.twoSided(z) }

    /// Fits the regression; nil with fewer than four sites, when all standard errors are the same, or without convergence.
    ///
    /// - Parameters:
    ///   - effects: one a site, on the scale of the analysis.
    ///   - variances: their variances.
    public init?(effects: [Double], variances: [Double]) {
        precondition(effects.count == variances.count, "a variance for each effect")
        let k = effects.count
        guard k >= 4, effects.allSatisfy(\.isFinite), variances.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            return nil
        }
        let errors = variances.map { $0.squareRoot() }
        var tau = 0.0
        // Hedges' start, then Fisher scoring (Viechtbauer, J Educ Behav Stat 2005;30:261).
        if let plain = Projection(errors, weights: variances.map { _ in 1 }) {
            let residuals = plain.apply(effects)
            let trace = zip(plain.diagonal, variances).reduce(0) { $0 + $1.0 * $1.1 }
            tau = max(0, (zip(effects, residuals).reduce(0) { $0 + $1.0 * $1.1 } - trace) / Double(k - 2))
        }
        var found: Projection?
        for _ in 0..<1000 where found == nil {
            guard let projection = Projection(errors, weights: variances.map { 1 / ($0 + tau) }) else { return nil }
            let once = projection.apply(effects)
            let score = once.reduce(0) { $0 + $1 * $1 } - projection.diagonal.reduce(0, +)
            let next = max(0, tau + score / projection.squaredTrace)
            let change = (next - tau).magnitude
            tau = next
            if change <= 1e-13 * max(1, tau) { found = projection }
        }
        guard let found else { return nil }
        let coefficients = found.coefficients(effects)
        slope = coefficients.slope
        standardError = coefficients.error
    }

    /// Weighted least squares on an intercept and one column.
    private struct Projection {
        let x: [Double]
        let weights: [Double]
        /// Sums of w, wx and wxx, and the determinant of their matrix.
        let sums: (Double, Double, Double)
        let determinant: Double

        init?(_ x: [Double], weights: [Double]) {
            var sums = (0.0, 0.0, 0.0)
            for (value, weight) in zip(x, weights) {
                sums.0 += weight
                sums.1 += weight * value
                sums.2 += weight * value * value
            }
            let determinant = sums.0 * sums.2 - sums.1 * sums.1
            guard determinant > 1e-12 * sums.0 * sums.2 else { return nil }
            (self.x, self.weights, self.sums, self.determinant) = (x, weights, sums, determinant)
        }

        func coefficients(_ y: [Double]) -> (intercept: Double, slope: Double, error: Double) {
            var (a, b) = (0.0, 0.0)
            for row in x.indices {
                a += weights[row] * y[row]
                b += weights[row] * x[row] * y[row]
            }
            return (
                (sums.2 * a - sums.1 * b) / determinant, (sums.0 * b - sums.1 * a) / determinant,
                (sums.0 / determinant).squareRoot()
            )
        }

        /// P y with P = W - W X (X'WX)^-1 X'W.
        func apply(_ y: [Double]) -> [Double] {
            let fit = coefficients(y)
            return x.indices.map { weights[$0] * (y[$0] - fit.intercept - fit.slope * x[$0]) }
        }

        private func leverage(_ row: Int, _ column: Int) -> Double {
            (sums.2 - sums.1 * (x[row] + x[column]) + sums.0 * x[row] * x[column]) / determinant
        }

        var diagonal: [Double] { x.indices.map { weights[$0] - weights[$0] * weights[$0] * leverage($0, $0) } }

        /// tr(PP).
        var squaredTrace: Double {
            var sum = 0.0
            for row in x.indices {
                for column in x.indices {
                    let element =
                        (row == column ? weights[row] : 0) - weights[row] * weights[column] * leverage(row, column)
                    sum += element * element
                }
            }
            return sum
        }
    }
}
