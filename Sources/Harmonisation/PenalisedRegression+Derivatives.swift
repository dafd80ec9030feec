import LinearAlgebra

extension PenalisedRegression {
    /// The generalised cross-validation score, times `scale`, with gradient and Hessian by the logarithms of the weights.
    ///
    /// With A = G + sum of S_k, S_k the weighted penalties, b the coefficients and P_k = A^-1 S_k: the derivatives of b are
    /// b_k = -P_k b and b_kl = -P_l b_k - P_k b_l (+ b_k where k is l), those of the trace of A^-1 G follow from P_k alike.
    func derivatives(
        _ c: [Double], square: Double, logWeights: [Double], scale: Double
    ) throws -> PenaltyDescent.Point {
        let q = c.count
        let factor = try factor(logWeights)
        let inverse = factor.inverse
        let solution = factor.solve(c)
        let ridges = ridges(logWeights)
        // Gb - c, which is minus the sum of S_k b.
        let gradientOfFit = (0..<q).map { i in -ridges.reduce(0) { $0 + $1[i] * solution[i] } }
        func pulled(_ term: Int, _ b: [Double]) -> [Double] {
            (0..<q).map { i in (0..<q).reduce(0) { $0 + inverse[i, $1] * ridges[term][$1] * b[$1] } }
        }
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let moved = ridges.indices.map { pulled($0, solution).map { -$0 } }
        // The columns of F = A^-1 G and of P_k F.
        let fitted = (0..<q).map { j in
            (0..<q).map { i in (i == j ? 1 : 0) - ridges.reduce(0) { $0 + inverse[i, j] * $1[j] } }
        }
        let shrunk = ridges.indices.map { term in fitted.map { pulled(term, $0) } }
        let trace = (0..<q).reduce(intercepts) { $0 + fitted[$1][$1] }
        let freedom = ridges.indices.map { term in (0..<q).reduce(0) { $0 + shrunk[term][$1][$1] } }
        var residual = square - product(solution, c) + product(solution, gradientOfFit)
        residual *= scale
        let slopes = moved.map { 2 * scale * product(gradientOfFit, $0) }
        let rest = cases - trace
        let terms = ridges.count
        var hessian = SymmetricMatrix(order: terms, upper: [Double](repeating: 0, count: terms * (terms + 1) / 2))
        for k in 0..<terms {
            let weighted = (0..<q).map { i in
                (0..<q).reduce(0) { $0 + regression.correlations[i, $1] * moved[k][$1] }
            }
            for l in k..<terms {
                var bent = zip(pulled(l, moved[k]), pulled(k, moved[l])).map { -$0 - $1 }
                if k == l { bent = zip(bent, moved[k]).map(+) }
                let curve = 2 * scale * (product(weighted, moved[l]) + product(gradientOfFit, bent))
                var spread = -2 * (0..<q).reduce(0) { $0 + pulled(k, shrunk[l][$1])[$1] }
                if k == l { spread += freedom[k] }
                hessian[k, l] =
                    cases
                    * (curve / (rest * rest)
                        - 2 * (slopes[k] * freedom[l] + slopes[l] * freedom[k]) / (rest * rest * rest)
                        + 6 * residual * freedom[k] * freedom[l] / (rest * rest * rest * rest)
                        - 2 * residual * spread / (rest * rest * rest))
            }
        }
        let gradient = zip(slopes, freedom).map {
            cases * ($0 / (rest * rest) - 2 * residual * $1 / (rest * rest * rest))
        }
        return .init(score: cases * residual / (rest * rest), gradient: gradient, hessian: hessian)
    }
}
