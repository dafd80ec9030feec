import Federation

/// What the means of the combinations and the pooled products say of the regression on covariates.
struct FactorMoments {
    let state: FactorComBatFit.State
    let design: FactorDesign
    /// On unit scale, combinations x (covariates, features).
    let means: [Double]

    private var p: Int { state.features.count }
    private var q: Int { state.covariates.count }

    private func column(_ place: Int) -> [Double] {
        (0..<design.combinations.count).map { means[$0 * (q + p) + place] }
    }

    /// The regression of the features on the covariates, the factors projected out.
    ///
    /// - Parameter squares: about the combinations' means, combinations x features.
    /// - Throws: `HarmonisationError.confounded`, `.tooFewCases`.
    func regression(_ sum: Contribution, squares: [Double]) throws -> ComBatModel {
        let counts = design.counts
        let cases = counts.reduce(0, +)
        let basis = design.basis(of: design.factors.count, weights: counts)
        let rank = basis.vectors.count
        guard cases > Double(rank + q) else {
            throw HarmonisationError.tooFewCases(cases: Int(cases), needed: rank + q)
        }
        // What of the combinations' means the factors do not explain is part of the residuals.
        let covariates = (0..<q).map { basis.residual(column($0)) }
        var products = q > 0 ? try sum.values("covariate_product") : []
        var cross = q > 0 ? try sum.values("cross_product") : []
        var triangle = 0
        for i in 0..<q {
            for j in i..<q {
                products[triangle] += basis.product(covariates[i], covariates[j])
                triangle += 1
            }
        }
        var square = [Double](repeating: 0, count: p)
        for feature in 0..<p {
            for combination in counts.indices { square[feature] += squares[combination * p + feature] }
            let rest = basis.residual(column(q + feature))
            square[feature] += basis.product(rest, rest)
            for i in 0..<q { cross[i * p + feature] += basis.product(covariates[i], rest) }
        }
        let ones = [Double](repeating: 1, count: counts.count)
        let pooled = PooledRegression(
            features: state.features, covariates: state.covariates, exponents: state.exponents, smooth: state.smooth,
            penalty: state.penalty,
            cases: cases, intercepts: Double(rank),
            featureSum: (0..<p).map { basis.product(ones, column(q + $0)) }, featureSquare: square,
            covariateSum: (0..<q).map { basis.product(ones, column($0)) }, covariateProduct: products,
            crossProduct: cross)
        let model = try pooled.model(method: state.method, constant: constant(squares))
        return state.classes.map(model.grouping) ?? model
    }

    /// For each feature the number of levels within which it does not vary.
    private func constant(_ squares: [Double]) -> [Double] {
        var constant = [Double](repeating: 0, count: p)
        for factor in design.factors.indices {
            let rows = design.rows(of: factor)
            for level in rows.indices where rows[level] > 1 {
                let own = design.combinations.indices.filter { design.combinations[$0][factor] == level }
                for feature in 0..<p {
                    let place = q + feature
                    let mean = own.reduce(0) { $0 + design.counts[$1] * means[$1 * (q + p) + place] } / rows[level]
                    let square = own.reduce(0) { sum, combination in
                        let difference = means[combination * (q + p) + place] - mean
                        return sum + squares[combination * p + feature]
                            + design.counts[combination] * difference * difference
                    }
                    // Means of equal values differ by their rounding.
                    if square <= rows[level] * 1e-28 * mean * mean { constant[feature] += 1 }
                }
            }
        }
        return constant
    }

    /// Means of the standardised values, combinations x features; 0 for a feature that is not adjusted.
    func standardised(_ model: ComBatModel) -> [Double] {
        let units = state.exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        let active = model.activeColumns
        var values = [Double](repeating: 0, count: design.combinations.count * p)
        for combination in design.combinations.indices {
            let start = combination * (q + p)
            for feature in active {
                var value = means[start + q + feature] * units[feature] - model.grandMean[feature]
                for i in 0..<q { value -= model.beta[feature * q + i] * means[start + i] * units[p + i] }
                values[combination * p + feature] = value / model.pooledStandardDeviation[feature]
            }
        }
        return values
    }
}
