import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Location and scale of the levels of batch factors, from the finest factor to the coarsest.
///
/// Of each factor but the first, effects of the least squares fit beside the coarser factors (of the finer ones the shrunk
/// effects are taken off before) are drawn to 0, the coarser factors' level, by g t^2 / (t^2 + v): v is the squared sampling
/// error and t^2 the mean over features of g^2 - v, or 0. Logarithms of scales likewise, from the log-additive model of the
/// mean squares (`DispersionRegression`), with the sampling error of `LogMeanSquare`. What remains is ComBat of the first
/// factor (Johnson 2007), with the weights that the finer factors' scales give; with one factor it is ComBat.
struct FactorEstimation {
    let design: FactorDesign
    let model: ComBatModel
    /// Standardised values: means of combinations, and sums of squares about them; combinations x features.
    let means: [Double]
    let squares: [Double]

    /// Effects of each factor.
    ///
    /// - Throws: `HarmonisationError.factorsConfounded`, `.noConvergence`.
    func effects() throws -> [FactorEffects] {
        let active = model.activeColumns
        let p = model.features.count
        let cells = design.combinations.indices
        // Feature by feature, the combinations of each.
        var rest = active.map { column in cells.map { means[$0 * p + column] } }
        var offsets = active.map { _ in cells.map { _ in 0.0 } }
        var locations: [Int: [[Double]]] = [:]
        var scales: [Int: [[Double]]] = [:]
        let later = design.factors.indices.dropFirst().reversed()
        for factor in later {
            let step = try FactorStep(design, factor: factor, weights: design.counts)
            let shrunk = shrink(rest.map(step.operation.times), errors: step.variances, active: active)
            for place in rest.indices {
                for cell in cells { rest[place][cell] -= shrunk[place][design.combinations[cell][factor]] }
            }
            locations[factor] = shrunk
        }
        if !later.isEmpty, !model.method.isLocationOnly {
            let residual = residuals(active)
            for factor in later {
                scales[factor] = try scale(factor, residual, offsets: &offsets, active: active)
            }
        }
        let first = try firstFactor(rest, offsets: offsets, active: active)
        return design.factors.indices.map { factor in
            FactorEffects(
                name: design.factors[factor].name, nestedIn: design.ancestors[factor].map { design.factors[$0].name },
                levels: factor == 0
                    ? first : levels(factor, locations[factor] ?? [], scales[factor], active: active))
        }
    }

    /// Mean squares about the additive fit, and their degrees of freedom: rows times one minus their leverage.
    private func residuals(_ active: [Int]) -> (meanSquares: [[Double]], degrees: [Double]) {
        let basis = design.basis(of: design.factors.count, weights: design.counts)
        let cells = design.combinations.indices
        let degrees = cells.map { cell in
            let leverage = basis.vectors.reduce(0) { $0 + $1[cell] * $1[cell] }
            let value = design.counts[cell] * (1 - leverage)
            return value > 1e-9 ? value : 0
        }
        let p = model.features.count
        let meanSquares = active.map { column in
            let difference = basis.residual(cells.map { means[$0 * p + column] })
            return cells.map { cell in
                let square =
                    squares[cell * p + column] + design.counts[cell] * difference[cell] * difference[cell]
                return degrees[cell] > 0 ? square / degrees[cell] : 0
            }
        }
        return (meanSquares, degrees)
    }

    /// Squared scales of a factor's levels, feature by feature; adds their logarithms to the offsets.
    private func scale(
        _ factor: Int, _ residual: (meanSquares: [[Double]], degrees: [Double]), offsets: inout [[Double]],
        active: [Int]
    ) throws -> [[Double]] {
        let step = try FactorStep(design, factor: factor, weights: residual.degrees)
        let basis = design.basis(of: factor + 1, weights: residual.degrees)
        var raw: [[Double]] = []
        for (place, column) in active.enumerated() {
            guard
                let fitted = DispersionRegression.fit(
                    basis, meanSquares: residual.meanSquares[place], offset: offsets[place])
            else { throw HarmonisationError.noConvergence(feature: model.features[column]) }
            raw.append(step.operation.times(zip(fitted, offsets[place]).map { $0 - $1 }))
        }
        // The variance of a logarithm is twice that of the step, 2 / degrees of freedom, where these are many.
        let errors = step.variances.map { $0 > 0 ? LogMeanSquare.squaredError(degrees: 1 / $0) : 0 }
        let shrunk = shrink(raw, errors: errors, active: active)
        for place in offsets.indices {
            for cell in offsets[place].indices {
                offsets[place][cell] += shrunk[place][design.combinations[cell][factor]]
            }
        }
        return shrunk.map { $0.map { exp($0) } }
    }

    /// Effects (features x levels) drawn to 0, by level and class of features.
    private func shrink(_ effects: [[Double]], errors: [Double], active: [Int]) -> [[Double]] {
        guard model.method != .withoutEB else { return effects }
        var shrunk = effects
        for group in BatchEstimate.groups(active, classes: model.classes) where group.count > 1 {
            for (level, error) in errors.enumerated() {
                var square = 0.0
                for place in group { square += effects[place][level] * effects[place][level] }
                let prior = max(0, square / Double(group.count) - error)
                let factor = prior > 0 ? prior / (prior + error) : 0
                for place in group { shrunk[place][level] *= factor }
            }
        }
        return shrunk
    }

    /// ComBat of the first factor from what the others leave.
    private func firstFactor(
        _ rest: [[Double]], offsets: [[Double]], active: [Int]
    ) throws(HarmonisationError) -> [BatchEstimate] {
        let p = model.features.count
        let rows = design.rows(of: 0)
        var estimates: [BatchEstimate] = []
        for (level, name) in design.factors[0].levels.enumerated() {
            let cells = design.combinations.indices.filter { design.combinations[$0][0] == level }
            let moments = active.enumerated().map { place, column in
                let weights = cells.map { exp(-offsets[place][$0]) }
                var (weight, sum) = (0.0, 0.0)
                for (cell, factor) in zip(cells, weights) {
                    weight += design.counts[cell] * factor
                    sum += design.counts[cell] * factor * rest[place][cell]
                }
                let gamma = sum / weight
                var square = 0.0
                for (cell, factor) in zip(cells, weights) {
                    let difference = rest[place][cell] - gamma
                    square +=
                        factor * (squares[cell * p + column] + design.counts[cell] * difference * difference)
                }
                return EmpiricalBayes.Estimate(
                    gamma: gamma, delta: rows[level] > 1 ? square / (rows[level] - 1) : 0, n: rows[level],
                    weight: weight)
            }
            estimates.append(
                try BatchEstimate(
                    batch: name, moments: moments, rows: Int(rows[level]),
                    constant: [Bool](repeating: false, count: active.count), active: active, model: model))
        }
        return estimates
    }

    /// Estimates of a later factor's levels.
    private func levels(
        _ factor: Int, _ locations: [[Double]], _ scales: [[Double]]?, active: [Int]
    ) -> [BatchEstimate] {
        let p = model.features.count
        let isShrunk = model.method != .withoutEB && active.count > 1
        return design.factors[factor].levels.enumerated().map { level, name in
            var location = [Double](repeating: 0, count: p)
            var scale = [Double](repeating: 1, count: p)
            for (place, column) in active.enumerated() {
                location[column] = locations[place][level]
                if let scales { scale[column] = scales[place][level] }
            }
            return BatchEstimate(
                batch: name, cases: Int(design.rows(of: factor)[level]), location: location, scale: scale,
                constantFeatures: [], isLocationOnly: scales == nil || scale.allSatisfy { $0 == 1 },
                isShrunk: isShrunk)
        }
    }
}
