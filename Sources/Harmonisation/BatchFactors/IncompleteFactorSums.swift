import Federation

/// A site's sums for `FactorComBatFit` where features may have missing values; each row's term is rounded by itself, so that no
/// division of the rows changes a bit.
struct IncompleteFactorSums {
    let shard: CaseTable
    let state: FactorComBatFit.State
    let specifications: [BlockSpecification]

    private var p: Int { state.features.count }
    private var q: Int { state.covariates.count }

    /// The sums of a round after the first.
    ///
    /// - Parameter places: combination of each row.
    func sums(_ places: [Int]) throws -> Contribution {
        var sums = specifications.map(ExactSum.init)
        let scales = state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }
        let width = 1 + q
        guard let means = state.means else {
            var counts = [Int](repeating: 0, count: (state.combinations?.count ?? 0) * p)
            forEachValue(places) { value, row, column, place in
                counts[place] += 1
                sums[1].add(value * scales[column], at: place * width)
                for i in 0..<q {
                    sums[1].add(shard.covariates[row * q + i] * scales[p + i], at: place * width + 1 + i)
                }
            }
            sums[0].add(counts.map(Double.init))
            try requireMinimum(counts)
            return Contribution(blocks: try sums.map { try $0.block() })
        }
        guard means.count == (state.combinations?.count ?? 0) * p * width else {
            throw HarmonisationError.columnsDiffer("(means)")
        }
        var own = [Double](repeating: 0, count: q)
        let units = scales.map { 1 / $0 }
        let active = Set(state.model?.activeColumns ?? [])
        forEachValue(places) { value, row, column, place in
            let y = value * scales[column] - means[place * width]
            for i in 0..<q { own[i] = shard.covariates[row * q + i] * scales[p + i] - means[place * width + 1 + i] }
            if let model = state.model {
                guard active.contains(column) else { return }
                var residual = y * units[column]
                for i in 0..<q { residual -= model.beta[column * q + i] * own[i] * units[p + i] }
                residual /= model.pooledStandardDeviation[column]
                sums[0].add(residual * residual, at: place)
                return
            }
            sums[0].add(y * y, at: place)
            // Without covariates their blocks are not there.
            guard q > 0 else { return }
            sums[1].addProducts(own[..<q], from: column * q * (q + 1) / 2)
            for i in 0..<q {
                sums[2].add(own[i] * y, at: column * q + i)
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// Refuses to sum few values of a feature as it does few rows.
    private func requireMinimum(_ counts: [Int]) throws(HarmonisationError) {
        guard let place = counts.firstIndex(where: { $0 > 0 && $0 < state.caseMinimum }) else { return }
        let levels = state.combinations?[place / p] ?? []
        throw .sparseCombination(
            levels: zip(levels, state.factors).map { $1.levels[$0] }, cases: counts[place], minimum: state.caseMinimum)
    }

    /// Calls `body` for each value that is there, with its place among combinations x features.
    private func forEachValue(
        _ places: [Int], _ body: (_ value: Double, _ row: Int, _ column: Int, _ place: Int) -> Void
    ) {
        for row in 0..<shard.count {
            for column in 0..<p {
                let value = shard.features[row * p + column]
                if !value.isNaN { body(value, row, column, places[row] * p + column) }
            }
        }
    }
}

extension FactorComBatFit.State {
    /// Means over the rows that have the feature, from sums; 0 without any.
    func incompleteMeans(_ sums: [Double]) -> [Double] {
        let width = 1 + covariates.count
        let present = present ?? []
        return sums.indices.map { present[$0 / width] > 0 ? sums[$0] / present[$0 / width] : 0 }
    }
}
