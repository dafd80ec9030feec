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
///
/// With a reference, effects are differences to those of its levels, whose own are 0 with scale 1. A feature with missing values
/// is fitted over the rows that have it.
struct FactorEstimation {
    let design: FactorDesign
    let model: ComBatModel
    /// Standardised values: means of combinations, and sums of squares about them; combinations x features.
    let means: [Double]
    let squares: [Double]
    private let active: [Int]
    /// Rows of each combination that have a feature; features with the same ones share the place.
    private let patterns: [[Double]]
    /// Place among the patterns of each active feature.
    private let pattern: [Int]

    /// - Parameter present: rows of each combination that have a feature, combinations x features; nil where none misses any.
    init(design: FactorDesign, model: ComBatModel, means: [Double], squares: [Double], present: [Double]?) {
        self.design = design
        self.model = model
        self.means = means
        self.squares = squares
        active = model.activeColumns
        let p = model.features.count
        var patterns: [[Double]] = []
        var places: [[Double]: Int] = [:]
        pattern = active.map { column in
            let own = present.map { all in design.counts.indices.map { all[$0 * p + column] } } ?? design.counts
            if let place = places[own] { return place }
            places[own] = patterns.count
            patterns.append(own)
            return patterns.count - 1
        }
        self.patterns = patterns
    }

    /// Effects of each factor.
    ///
    /// - Throws: `HarmonisationError.factorsConfounded`, `.confoundedWhereMissing`, `.noConvergence`.
    func effects() throws -> [FactorEffects] {
        let p = model.features.count
        let cells = design.combinations.indices
        // Feature by feature, the combinations of each.
        var rest = active.map { column in cells.map { means[$0 * p + column] } }
        var offsets = active.map { _ in cells.map { _ in 0.0 } }
        var locations: [Int: [[Double]]] = [:]
        var scales: [Int: [[Double]]] = [:]
        let later = design.factors.indices.dropFirst().reversed()
        for factor in later {
            let steps = try steps(factor, weights: patterns)
            let raw = rest.indices.map { steps[pattern[$0]].operation.times(rest[$0]) }
            let shrunk = shrink(raw, errors: steps.map(\.variances))
            for place in rest.indices {
                for cell in cells { rest[place][cell] -= shrunk[place][design.combinations[cell][factor]] }
            }
            locations[factor] = shrunk
        }
        if !later.isEmpty, !model.method.isLocationOnly {
            let residual = residuals()
            for factor in later { scales[factor] = try scale(factor, residual, offsets: &offsets) }
        }
        let first = try firstFactor(rest, offsets: offsets)
        return design.factors.indices.map { factor in
            FactorEffects(
                name: design.factors[factor].name, nestedIn: design.ancestors[factor].map { design.factors[$0].name },
                levels: factor == 0 ? first : levels(factor, locations[factor] ?? [], scales[factor]))
        }
    }

    /// The step of a factor for each pattern.
    private func steps(_ factor: Int, weights: [[Double]]) throws -> [FactorStep] {
        try weights.enumerated().map { place, own in
            do {
                return try FactorStep(design, factor: factor, weights: own)
            } catch HarmonisationError.factorsConfounded where patterns[place] != design.counts {
                // All rows tell the effects apart.
                let column = active[pattern.firstIndex(of: place) ?? 0]
                throw HarmonisationError.confoundedWhereMissing(
                    feature: model.features[column], factor: design.factors[factor].name)
            }
        }
    }

    /// Mean squares about the additive fit of each feature, and of each pattern their degrees of freedom: rows times one minus
    /// their leverage.
    private func residuals() -> (meanSquares: [[Double]], degrees: [[Double]]) {
        let bases = patterns.map { design.basis(of: design.factors.count, weights: $0) }
        let cells = design.combinations.indices
        let degrees = zip(patterns, bases).map { counts, basis in
            cells.map { cell in
                let leverage = basis.vectors.reduce(0) { $0 + $1[cell] * $1[cell] }
                let value = counts[cell] * (1 - leverage)
                return value > 1e-9 ? value : 0
            }
        }
        let p = model.features.count
        let meanSquares = active.enumerated().map { place, column in
            let (counts, own) = (patterns[pattern[place]], degrees[pattern[place]])
            let difference = bases[pattern[place]].residual(cells.map { means[$0 * p + column] })
            return cells.map { cell in
                let square = squares[cell * p + column] + counts[cell] * difference[cell] * difference[cell]
                return own[cell] > 0 ? square / own[cell] : 0
            }
        }
        return (meanSquares, degrees)
    }

    /// Squared scales of a factor's levels, feature by feature; adds their logarithms to the offsets.
    private func scale(
        _ factor: Int, _ residual: (meanSquares: [[Double]], degrees: [[Double]]), offsets: inout [[Double]]
    ) throws -> [[Double]] {
        let steps = try steps(factor, weights: residual.degrees)
        let bases = residual.degrees.map { design.basis(of: factor + 1, weights: $0) }
        var raw: [[Double]] = []
        for (place, column) in active.enumerated() {
            guard
                let fitted = DispersionRegression.fit(
                    bases[pattern[place]], meanSquares: residual.meanSquares[place], offset: offsets[place])
            else { throw HarmonisationError.noConvergence(feature: model.features[column]) }
            raw.append(steps[pattern[place]].operation.times(zip(fitted, offsets[place]).map { $0 - $1 }))
        }
        // The variance of a logarithm is twice that of the step, 2 / degrees of freedom, where these are many.
        let errors = steps.map { step in
            step.variances.map { $0 > 0 ? LogMeanSquare.squaredError(degrees: 1 / $0) : 0 }
        }
        let shrunk = shrink(raw, errors: errors)
        for place in offsets.indices {
            for cell in offsets[place].indices {
                offsets[place][cell] += shrunk[place][design.combinations[cell][factor]]
            }
        }
        return shrunk.map { $0.map { exp($0) } }
    }

    /// Effects (features x levels) drawn to 0, by level and class of features.
    ///
    /// - Parameter errors: squared sampling errors of the levels, for each pattern.
    private func shrink(_ effects: [[Double]], errors: [[Double]]) -> [[Double]] {
        guard model.method != .withoutEB else { return effects }
        var shrunk = effects
        for group in BatchEstimate.groups(active, classes: model.classes) where group.count > 1 {
            for level in effects[group[0]].indices {
                var (square, error) = (0.0, 0.0)
                for place in group {
                    square += effects[place][level] * effects[place][level]
                    error += errors[pattern[place]][level]
                }
                // Equal errors keep their bits.
                let isEqual = group.allSatisfy { errors[pattern[$0]][level] == errors[pattern[group[0]]][level] }
                let mean = isEqual ? errors[pattern[group[0]]][level] : error / Double(group.count)
                let prior = max(0, square / Double(group.count) - mean)
                for place in group {
                    shrunk[place][level] *= prior > 0 ? prior / (prior + errors[pattern[place]][level]) : 0
                }
            }
        }
        return shrunk
    }

    /// ComBat of the first factor from what the others leave.
    private func firstFactor(_ rest: [[Double]], offsets: [[Double]]) throws(HarmonisationError) -> [BatchEstimate] {
        let p = model.features.count
        let rows = design.rows(of: 0)
        var estimates: [BatchEstimate] = []
        for (level, name) in design.factors[0].levels.enumerated() {
            if level == design.reference?[0] {
                estimates.append(.reference(name, cases: Int(rows[level]), features: p))
                continue
            }
            let cells = design.combinations.indices.filter { design.combinations[$0][0] == level }
            let moments = active.enumerated().map { place, column in
                let counts = patterns[pattern[place]]
                let weights = cells.map { exp(-offsets[place][$0]) }
                var (weight, sum, n) = (0.0, 0.0, 0.0)
                for (cell, factor) in zip(cells, weights) {
                    n += counts[cell]
                    weight += counts[cell] * factor
                    sum += counts[cell] * factor * rest[place][cell]
                }
                let gamma = sum / weight
                var square = 0.0
                for (cell, factor) in zip(cells, weights) {
                    let difference = rest[place][cell] - gamma
                    square += factor * (squares[cell * p + column] + counts[cell] * difference * difference)
                }
                return EmpiricalBayes.Estimate(
                    gamma: gamma, delta: n > 1 ? square / (n - 1) : 0, n: n, weight: weight)
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
        _ factor: Int, _ locations: [[Double]], _ scales: [[Double]]?
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
