import Federation
import LinearAlgebra

/// `FactorMoments` where features may have missing values: a regression for each feature over the rows that have it. Grand means
/// weight combinations by all of their rows, as `IncompleteComBatFit` does batches.
struct IncompleteFactorMoments {
    let state: FactorComBatFit.State
    let design: FactorDesign
    /// On unit scale, combinations x features x (feature, covariates).
    let means: [Double]

    private var p: Int { state.features.count }
    private var q: Int { state.covariates.count }

    /// Rows of each combination that have a feature.
    private func present(_ feature: Int) -> [Double] {
        let all = state.present ?? []
        return design.counts.indices.map { all[$0 * p + feature] }
    }

    /// Means of a feature (0) or a covariate (from 1) over the rows with the feature, combination by combination.
    private func column(_ feature: Int, _ place: Int) -> [Double] {
        design.counts.indices.map { means[($0 * p + feature) * (1 + q) + place] }
    }

    /// Throws the names of features without any value at some level.
    func requirePresent() throws(HarmonisationError) {
        let culprits = (0..<p).filter { feature in
            let rows = present(feature)
            return design.factors.indices.contains { factor in
                var byLevel = [Double](repeating: 0, count: design.factors[factor].levels.count)
                for (levels, count) in zip(design.combinations, rows) { byLevel[levels[factor]] += count }
                return byLevel.contains(0)
            }
        }
        guard culprits.isEmpty else { throw .absent(features: culprits.map { state.features[$0] }) }
    }

    /// The regressions of the features on the covariates, the factors projected out.
    ///
    /// - Parameter squares: about the combinations' means, combinations x features.
    /// - Throws: `HarmonisationError.confounded`, `.tooFewCases`.
    func regression(_ sum: Contribution, squares: [Double]) throws -> ComBatModel {
        let cases = design.counts.reduce(0, +)
        let products = q > 0 ? try sum.values("covariate_product") : []
        let cross = q > 0 ? try sum.values("cross_product") : []
        let units = state.exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        let triangle = q * (q + 1) / 2
        var (beta, grandMean, deviation, passedThrough): ([Double], [Double], [Double], [String]) = ([], [], [], [])
        for feature in 0..<p {
            let rows = present(feature)
            let values = rows.reduce(0, +)
            let basis = design.basis(of: design.factors.count, weights: rows)
            let needed = basis.vectors.count + q
            guard values > Double(needed) else {
                throw HarmonisationError.tooFewCases(cases: Int(values), needed: needed)
            }
            let y = column(feature, 0)
            let rest = basis.residual(y)
            let covariates = (0..<q).map { column(feature, 1 + $0) }
            let between = covariates.map(basis.residual)
            var own = Array(products[feature * triangle..<(feature + 1) * triangle])
            var right = Array(cross[feature * q..<(feature + 1) * q])
            var place = 0
            for i in 0..<q {
                for j in i..<q {
                    own[place] += basis.product(between[i], between[j])
                    place += 1
                }
                right[i] += basis.product(between[i], rest)
            }
            var square = basis.product(rest, rest)
            for cell in rows.indices { square += squares[cell * p + feature] }
            let fit = try FeatureRegression(
                products: own, cross: right, square: square, covariates: state.covariates, units: Array(units[p...]),
                smooth: state.smooth, penalty: state.penalty, unit: units[feature], cases: values,
                intercepts: Double(basis.vectors.count))
            let (scaled, residual) = (fit.coefficients, fit.residual)
            // What the factors say of each combination at covariates 0, those without a value of the feature included.
            let fitted = basis.fitted(
                rows.indices.map { cell in (0..<q).reduce(y[cell]) { $0 - covariates[$1][cell] * scaled[$1] } })
            for i in 0..<q { beta.append(scaled[i] * units[feature] / units[p + i]) }
            let varies = residual > 1e-13 * square
            grandMean.append(zip(design.counts, fitted).reduce(0) { $0 + $1.0 * $1.1 } / cases * units[feature])
            deviation.append(varies ? (residual / values).squareRoot() * units[feature] : 0)
            if !varies || isConstant(feature, rows: rows, means: y, squares: squares) {
                passedThrough.append(state.features[feature])
            }
        }
        let model = ComBatModel(
            features: state.features, covariates: state.covariates, method: state.method, cases: Int(cases), beta: beta,
            grandMean: grandMean, pooledStandardDeviation: deviation, missing: .values, passedThrough: passedThrough)
        return state.classes.map(model.grouping) ?? model
    }

    /// Whether the values of a feature are the same, or only one, at a level of several rows.
    private func isConstant(_ feature: Int, rows: [Double], means: [Double], squares: [Double]) -> Bool {
        design.factors.indices.contains { factor in
            let all = design.rows(of: factor)
            return all.indices.contains { level in
                guard all[level] > 1 else { return false }
                let own = rows.indices.filter { design.combinations[$0][factor] == level }
                let count = own.reduce(0) { $0 + rows[$1] }
                let mean = own.reduce(0) { $0 + rows[$1] * means[$1] } / count
                let square = own.reduce(0) { sum, cell in
                    sum + squares[cell * p + feature] + rows[cell] * (means[cell] - mean) * (means[cell] - mean)
                }
                return square <= count * 1e-28 * mean * mean
            }
        }
    }

    /// Means of the standardised values, combinations x features; 0 for a feature that is not adjusted or not there.
    func standardised(_ model: ComBatModel) -> [Double] {
        let units = state.exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        var values = [Double](repeating: 0, count: design.combinations.count * p)
        for feature in model.activeColumns {
            let rows = present(feature)
            for cell in rows.indices where rows[cell] > 0 {
                let start = (cell * p + feature) * (1 + q)
                var value = means[start] * units[feature] - model.grandMean[feature]
                for i in 0..<q { value -= model.beta[feature * q + i] * means[start + 1 + i] * units[p + i] }
                values[cell * p + feature] = value / model.pooledStandardDeviation[feature]
            }
        }
        return values
    }
}
