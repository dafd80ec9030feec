public import Federation

/// Counts what interventional Shapley values of trees need of their background (Lundberg et al., Nature Machine Intelligence 2020;2:56),
/// in one round.
///
/// For one leaf a background case matters only through which of the conditions on the way it meets. Counts of these
/// patterns over all sites make the whole federation the background, and no row leaves.
public struct ShapleyBackground: Computation {
    /// `learning.shapley-background`
    public static let identifier = "learning.shapley-background"
    let model: BoostedTrees

    /// Most patterns that are counted: 64 MiB of payload.
    static let cellLimit = 4_194_304

    /// Creates the computation for a model.
    ///
    /// - Throws: `LearningError.tooManyPatterns` for trees so deep that the patterns are too many; they can be explained along
    ///   their covers (`TreeShapley.pathDependent`).
    public init(_ model: BoostedTrees) throws(LearningError) {
        var cells = 0
        for path in model.trees.flatMap(LeafPath.all) {
            cells += path.conditions.count < 32 ? 1 << path.conditions.count : Self.cellLimit + 1
            guard cells <= Self.cellLimit else { throw .tooManyPatterns(limit: Self.cellLimit) }
        }
        self.model = model
    }

    /// The model.
    public func initialState() -> BoostedTrees { model }

    /// A count for each pattern of each leaf.
    public func blocks(for state: BoostedTrees) -> [BlockSpecification] {
        let cells = state.trees.reduce(0) { sum, tree in
            LeafPath.all(of: tree).reduce(sum) { $0 + 1 << $1.conditions.count }
        }
        return [
            .counts("cases", meaning: "number of cases", discloses: "the site's number of cases"),
            .counts(
                "patterns", shape: [max(cells, 1)],
                meaning: "cases by which of the conditions on the way to a leaf they meet",
                discloses: "joint counts of the site's cases over the few bins of one way through a tree"),
        ]
    }

    /// Patterns of the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`.
    public func contribute(_ shard: CodedTable, to state: BoostedTrees) throws -> Contribution {
        guard shard.features == state.features else { throw LearningError.columnsDiffer("(names of the columns)") }
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(Double(shard.count))
        var start = 0
        for tree in state.trees {
            for path in LeafPath.all(of: tree) {
                for row in 0..<shard.count {
                    sums[1].add(1, at: start + path.pattern { shard.codes[$0 * shard.count + row] })
                }
                start += 1 << path.conditions.count
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The explanation of cases against this background.
    ///
    /// - Throws: `LearningError.oneClass` without a case.
    public func next(
        after state: BoostedTrees, sum: Contribution
    ) throws -> ComputationStep<BoostedTrees, TreeShapley> {
        let cases = try sum.scalar("cases")
        guard cases > 0 else { throw LearningError.oneClass }
        return .done(TreeShapley(model: state, shares: try sum.values("patterns").map { $0 / cases }))
    }
}

/// Shapley values of the margins of boosted trees, or of a forest's probabilities (`RandomForest.additive`). They are computed at the site, for its own cases.
public struct TreeShapley: Sendable, Equatable, Codable {
    /// What is explained.
    public let model: BoostedTrees
    /// Shares of the background cases with each pattern of each leaf.
    let shares: [Double]

    /// Mean margin of the background.
    public var expectedMargin: Double {
        var (start, sum) = (0, 0.0)
        for path in model.trees.flatMap(LeafPath.all) {
            let full = 1 << path.conditions.count
            sum += path.value * shares[start + full - 1]
            start += full
        }
        return sum
    }

    /// What each feature adds to each case's margin, cases x features row-major; with `expectedMargin` they sum to it.
    public func values(_ table: CodedTable) -> [Double] {
        let (n, p) = (table.count, model.features.count)
        var output = [Double](repeating: 0, count: n * p)
        var start = 0
        for path in model.trees.flatMap(LeafPath.all) {
            let k = path.conditions.count
            let full = (1 << k) - 1
            let weights = Self.weights(k)
            for row in 0..<n {
                let own = path.pattern { table.codes[$0 * n + row] }
                // Background cases that meet all that this one does not.
                let needed = full & ~own
                for pattern in 0...full where pattern & needed == needed && shares[start + pattern] > 0 {
                    let (only, other) = (own & ~pattern, pattern & ~own)
                    let (a, b) = (only.nonzeroBitCount, other.nonzeroBitCount)
                    let weight = path.value * shares[start + pattern]
                    for place in 0..<k {
                        let cell = row * p + path.conditions[place].feature
                        if only >> place & 1 == 1 { output[cell] += weight * weights[a - 1][b] }
                        if other >> place & 1 == 1 { output[cell] -= weight * weights[b - 1][a] }
                    }
                }
            }
            start += full + 1
        }
        return output
    }

    /// i! j! / (i + j + 1)!
    private static func weights(_ count: Int) -> [[Double]] {
        var factorial = [1.0]
        for n in 1...(2 * count + 1) { factorial.append(factorial[n - 1] * Double(n)) }
        return (0...count).map { i in (0...count).map { factorial[i] * factorial[$0] / factorial[i + $0 + 1] } }
    }

    /// Values against the covers of the trees instead of a background: what a feature outside the coalition passes on is in
    /// proportion to the training cases (`tree_path_dependent`).
    public static func pathDependent(_ model: BoostedTrees, _ table: CodedTable) -> [Double] {
        let (n, p) = (table.count, model.features.count)
        var output = [Double](repeating: 0, count: n * p)
        for path in model.trees.flatMap(LeafPath.all) where !path.conditions.isEmpty {
            // Many cases meet the same conditions, and what these add is then the same.
            var known: [Int: [Double]] = [:]
            for row in 0..<n {
                let own = path.pattern { table.codes[$0 * n + row] }
                let values = known[own] ?? pathDependent(path, pattern: own)
                known[own] = values
                for (condition, value) in zip(path.conditions, values) { output[row * p + condition.feature] += value }
            }
        }
        return output
    }

    /// What the conditions of one way to a leaf add for a case that meets those of the pattern.
    private static func pathDependent(_ path: LeafPath, pattern: Int) -> [Double] {
        let k = path.conditions.count
        let weights = Self.weights(k)
        return (0..<k).map { place in
            // Coalitions of the other features by their size: products of 0, 1 and shares.
            var polynomial = [1.0]
            for other in 0..<k where other != place {
                let share = path.conditions[other].share
                let met = pattern >> other & 1 == 1 ? 1.0 : 0
                var following = [Double](repeating: 0, count: polynomial.count + 1)
                for (size, value) in polynomial.enumerated() {
                    following[size] += value * share
                    following[size + 1] += value * met
                }
                polynomial = following
            }
            var sum = 0.0
            for (size, value) in polynomial.enumerated() { sum += value * weights[size][k - 1 - size] }
            return path.value * ((pattern >> place & 1 == 1 ? 1 : 0) - path.conditions[place].share) * sum
        }
    }
}

/// Shapley values of a linear predictor whose features are taken one by one from a background (Lundberg and Lee, NeurIPS 2017).
public enum LinearShapley {
    /// What each feature adds: coefficient times distance from the background's mean.
    public static func values(coefficients: [Double], means: [Double], row: [Double]) -> [Double] {
        precondition(coefficients.count == means.count && means.count == row.count, "one value for each feature")
        return row.indices.map { coefficients[$0] * (row[$0] - means[$0]) }
    }
}
