/// Trees whose leaves hold shares of events, averaged (Breiman, Machine Learning 2001;45:5).
public struct RandomForest: Sendable, Equatable, Codable {
    /// How the cases of each tree are drawn.
    public enum Sampling: Sendable, Equatable, Codable {
        /// As if with replacement: a case counts 0, 1, 2 ... times by a Poisson variable of mean 1.
        case bootstrap
        /// Without replacement: a case is in a tree with this probability.
        case subsample(Double)
    }

    /// What shapes the forest.
    public struct Parameters: Codable, Sendable, Equatable {
        /// Number of trees.
        public var trees = 500
        /// Features that are looked at for each split; nil for the square root of their number.
        public var featuresPerSplit: Int?
        /// Levels of splits.
        public var maxDepth = 16
        /// Fewest pooled drawn cases of a leaf, each counted once.
        public var minimumCases = 5
        /// How the cases of each tree are drawn.
        public var sampling = Sampling.bootstrap
        /// Weight of a non-event and of an event.
        public var classWeights = [1.0, 1.0]
        /// Key of all draws.
        public var seed: UInt64 = 20_261_123
        /// Most cells of histograms in one round; more open nodes wait for the next.
        public var cellLimit = 2_000_000

        /// The defaults.
        public init() {}
    }

    /// What shaped the forest.
    public let parameters: Parameters
    /// Names of the features.
    public let features: [String]
    /// Trees, each from its root; the value of a leaf is its share of events.
    public internal(set) var trees: [[TreeNode]]

    /// Probability of an event of each case: the mean over the trees.
    public func probabilities(_ table: CodedTable) -> [Double] {
        var output = [Double](repeating: 0, count: table.count)
        for tree in trees {
            let leaves = BoostedTrees.leaves(of: tree, table)
            for row in 0..<table.count { output[row] += tree[leaves[row]].value }
        }
        return output.map { $0 / Double(max(trees.count, 1)) }
    }

    /// Probability of each training case by the trees that did not draw it; NaN where all did.
    public func outOfBagProbabilities(_ table: CodedTable) -> [Double] {
        let draws = RandomForestDraws(parameters, features: features.count)
        var sums = [Double](repeating: 0, count: table.count)
        var votes = [Double](repeating: 0, count: table.count)
        for (index, tree) in trees.enumerated() {
            let leaves = BoostedTrees.leaves(of: tree, table)
            let weights = draws.weights(tree: index, keys: table.keys)
            for row in 0..<table.count where weights[row] == 0 {
                sums[row] += tree[leaves[row]].value
                votes[row] += 1
            }
        }
        return zip(sums, votes).map { $1 > 0 ? $0 / $1 : .nan }
    }

    /// The same trees as a sum: what `TreeShapley` explains, where the margin is the probability.
    public var additive: BoostedTrees {
        let count = Double(max(trees.count, 1))
        return BoostedTrees(
            features: features,
            trees: trees.map { tree in
                tree.map { node in
                    var node = node
                    node.value /= count
                    return node
                }
            })
    }
}
