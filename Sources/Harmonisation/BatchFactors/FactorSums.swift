import Federation

/// A site's sums for `FactorComBatFit`; each row's term is rounded by itself, so that no division of the rows changes a bit.
struct FactorSums {
    let shard: CaseTable
    let state: FactorComBatFit.State
    let specifications: [BlockSpecification]

    private var p: Int { state.features.count }
    private var q: Int { state.covariates.count }
    private var scales: [Double] { state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) } }

    /// Rows of each combination.
    ///
    /// - Throws: `HarmonisationError.sparseCombination`.
    func counts(_ levels: FactorLevels) throws -> Contribution {
        var sum = ExactSum(specifications[0])
        var counts: [Int: Int] = [:]
        for row in levels.rows { counts[row, default: 0] += 1 }
        for (place, count) in counts.sorted(by: { $0.key < $1.key }) {
            guard count >= state.caseMinimum else {
                let own = FactorLevels.levels(of: place, state.factors)
                throw HarmonisationError.sparseCombination(
                    levels: zip(own, state.factors).map { $1.levels[$0] }, cases: count, minimum: state.caseMinimum)
            }
            sum.add(Double(count), at: place)
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// Sums of covariates and features.
    func means(_ places: [Int]) throws -> Contribution {
        var sum = ExactSum(specifications[0])
        let scales = scales
        for row in 0..<shard.count {
            let start = places[row] * (q + p)
            for i in 0..<q { sum.add(shard.covariates[row * q + i] * scales[p + i], at: start + i) }
            for column in 0..<p { sum.add(shard.features[row * p + column] * scales[column], at: start + q + column) }
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// Deviations of a row from the means of its combination: covariates, then features.
    private func deviations(_ row: Int, _ place: Int, _ means: [Double], _ scales: [Double], into own: inout [Double]) {
        let start = place * (q + p)
        for i in 0..<q { own[i] = shard.covariates[row * q + i] * scales[p + i] - means[start + i] }
        for column in 0..<p {
            own[q + column] = shard.features[row * p + column] * scales[column] - means[start + q + column]
        }
    }

    /// Products about the means.
    func products(_ places: [Int], means: [Double]) throws -> Contribution {
        var sums = specifications.map(ExactSum.init)
        let scales = scales
        var own = [Double](repeating: 0, count: q + p)
        for row in 0..<shard.count {
            deviations(row, places[row], means, scales, into: &own)
            let start = places[row] * p
            for column in 0..<p { sums[0].add(own[q + column] * own[q + column], at: start + column) }
            // Without covariates their blocks are not there.
            guard q > 0 else { continue }
            sums[1].addProducts(own[..<q])
            for i in 0..<q {
                for column in 0..<p { sums[2].add(own[i] * own[q + column], at: i * p + column) }
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// Squares of the standardised residuals about the means.
    func residuals(_ places: [Int], means: [Double], model: ComBatModel) throws -> Contribution {
        var sum = ExactSum(specifications[0])
        let scales = scales
        let units = state.exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        let active = model.activeColumns
        var own = [Double](repeating: 0, count: q + p)
        for row in 0..<shard.count {
            deviations(row, places[row], means, scales, into: &own)
            for column in active {
                var residual = own[q + column] * units[column]
                for i in 0..<q { residual -= model.beta[column * q + i] * own[i] * units[p + i] }
                residual /= model.pooledStandardDeviation[column]
                sum.add(residual * residual, at: places[row] * p + column)
            }
        }
        return Contribution(blocks: [try sum.block()])
    }
}
