/// The additive design of batch factors over the combinations of levels that occur.
///
/// A factor whose levels each occur with one level of an earlier factor is nested in it: its effects are differences to
/// that level's effect. All other factors are crossed; their effects are differences to the mean of all rows.
struct FactorDesign {
    let factors: [BatchFactor]
    /// Level of each factor, combination by combination.
    let combinations: [[Int]]
    /// Rows of each combination.
    let counts: [Double]
    /// For each factor the earlier ones that it is nested in.
    let ancestors: [[Int]]
    /// Level of each factor that the others are brought to; nil for the mean of all rows.
    let reference: [Int]?

    /// Checks that effects can be told apart.
    ///
    /// - Throws: `HarmonisationError.oneLevel`, `.factorOrder`, `.factorsConfounded` or `.factorsDisconnected`.
    init(
        factors: [BatchFactor], combinations: [[Int]], counts: [Double], reference: [Int]? = nil
    ) throws(HarmonisationError) {
        self.factors = factors
        self.combinations = combinations
        self.counts = counts
        var ancestors = [[Int]](repeating: [], count: factors.count)
        for later in factors.indices {
            guard factors[later].levels.count > 1 else { throw .oneLevel(factor: factors[later].name) }
            for earlier in 0..<later {
                let isNested = Self.follows(earlier, from: later, in: combinations)
                let isCoarser = Self.follows(later, from: earlier, in: combinations)
                switch (isNested, isCoarser) {
                case (true, true):
                    throw .factorsConfounded(factor: factors[later].name, with: [factors[earlier].name])
                case (false, true):
                    throw .factorOrder(coarser: factors[later].name, finer: factors[earlier].name)
                case (true, false): ancestors[later].append(earlier)
                case (false, false): try Self.requireConnected(later, earlier, of: factors, in: combinations)
                }
            }
        }
        self.ancestors = ancestors
        self.reference = reference
    }

    /// The reference's level of a factor, and the levels whose effects are differences to its effect: all, or of a nested factor
    /// those within the same levels of the coarser ones.
    func referred(_ factor: Int) -> (reference: Int, levels: [Int])? {
        guard let reference else { return nil }
        let own = combinations.filter { levels in ancestors[factor].allSatisfy { levels[$0] == reference[$0] } }
        return (reference[factor], Set(own.map { $0[factor] }).sorted())
    }

    /// Whether each level of `fine` occurs with one level of `coarse` only.
    private static func follows(_ coarse: Int, from fine: Int, in combinations: [[Int]]) -> Bool {
        var found: [Int: Int] = [:]
        for levels in combinations {
            if let known = found[levels[fine]], known != levels[coarse] { return false }
            found[levels[fine]] = levels[coarse]
        }
        return true
    }

    /// Crossed factors fall apart if some levels of the one occur only with some of the other, and the rest with the rest.
    private static func requireConnected(
        _ later: Int, _ earlier: Int, of factors: [BatchFactor], in combinations: [[Int]]
    ) throws(HarmonisationError) {
        guard let start = combinations.first else { return }
        var reached: Set<Int> = [start[later]]
        var others: Set<Int> = []
        var size = -1
        while reached.count + others.count != size {
            size = reached.count + others.count
            for levels in combinations {
                if reached.contains(levels[later]) { others.insert(levels[earlier]) }
                if others.contains(levels[earlier]) { reached.insert(levels[later]) }
            }
        }
        guard reached.count < factors[later].levels.count else { return }
        throw .factorsDisconnected(
            factor: factors[later].name, levels: reached.sorted().map { factors[later].levels[$0] },
            with: factors[earlier].name, others: others.sorted().map { factors[earlier].levels[$0] })
    }

    /// Rows of each level of a factor.
    func rows(of factor: Int) -> [Double] {
        var rows = [Double](repeating: 0, count: factors[factor].levels.count)
        for (levels, count) in zip(combinations, counts) { rows[levels[factor]] += count }
        return rows
    }

    /// Orthonormal functions of the combinations that span the first `count` factors.
    func basis(of count: Int, weights: [Double]) -> WeightedBasis {
        var basis = WeightedBasis(weights: weights)
        basis.add([Double](repeating: 1, count: combinations.count))
        for factor in 0..<count {
            for level in factors[factor].levels.indices {
                basis.add(combinations.map { $0[factor] == level ? 1 : 0 })
            }
        }
        return basis
    }
}
