import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Log-additive model of variances: a gamma regression with logarithmic link of mean squares, weighted by their degrees of
/// freedom (Smyth and Verbyla, Environmetrics 10:695, 1999).
///
/// The deviance is convex, so that Newton's steps with halving converge; Fisher's scoring steps may not.
enum DispersionRegression {
    /// Most steps.
    static let iterationLimit = 200

    /// Logarithms of the fitted variances.
    ///
    /// - Parameters:
    ///   - basis: functions of the combinations, orthonormal under the degrees of freedom; the constant first.
    ///   - meanSquares: mean square of each combination; what has no degrees of freedom does not count.
    ///   - offset: logarithms of known factors of the variances.
    /// - Returns: nil without convergence.
    static func fit(_ basis: WeightedBasis, meanSquares: [Double], offset: [Double]) -> [Double]? {
        let weights = basis.weights
        let (sum, total) = weights.indices.reduce((0.0, 0.0)) { sums, cell in
            (sums.0 + weights[cell] * meanSquares[cell] * exp(-offset[cell]), sums.1 + weights[cell])
        }
        guard sum > 0 else { return nil }
        var linear = [Double](repeating: log(sum / total), count: weights.count)
        var deviance = half(linear, weights, meanSquares, offset)
        for _ in 0..<iterationLimit {
            guard let change = newton(linear, basis, meanSquares, offset) else { return nil }
            let largest = weights.indices.reduce(0) { weights[$1] > 0 ? max($0, change[$1].magnitude) : $0 }
            if largest < 1e-11 { return linear.indices.map { linear[$0] + change[$0] + offset[$0] } }
            var step = 1.0
            var moved = zip(linear, change).map { $0 + $1 }
            var found = half(moved, weights, meanSquares, offset)
            while !(found <= deviance + 1e-13 * total), step > 1e-9 {
                step /= 2
                moved = zip(linear, change).map { $0 + step * $1 }
                found = half(moved, weights, meanSquares, offset)
            }
            linear = moved
            deviance = found
        }
        return nil
    }

    /// Newton's step of the linear predictor.
    private static func newton(
        _ linear: [Double], _ basis: WeightedBasis, _ meanSquares: [Double], _ offset: [Double]
    ) -> [Double]? {
        let ratios = linear.indices.map { meanSquares[$0] * exp(-linear[$0] - offset[$0]) }
        let columns = basis.vectors
        var upper: [Double] = []
        for (place, column) in columns.enumerated() {
            let scaled = zip(column, ratios).map { $0 * $1 }
            for other in columns[place...] { upper.append(basis.product(scaled, other)) }
        }
        let right = columns.map { column in basis.product(column, ratios.map { $0 - 1 }) }
        guard
            let factor = try? Cholesky(SymmetricMatrix(order: columns.count, upper: upper), tolerance: 1e-14)
        else { return nil }
        var change = [Double](repeating: 0, count: linear.count)
        for (share, column) in zip(factor.solve(right), columns) {
            for cell in change.indices { change[cell] += share * column[cell] }
        }
        return change
    }

    /// Half of the deviance, without what does not depend on the fit.
    private static func half(
        _ linear: [Double], _ weights: [Double], _ meanSquares: [Double], _ offset: [Double]
    ) -> Double {
        var sum = 0.0
        for cell in weights.indices where weights[cell] > 0 {
            sum += weights[cell] * (linear[cell] + meanSquares[cell] * exp(-linear[cell] - offset[cell]))
        }
        return sum
    }
}
