/// One node of a tree over bins.
public struct TreeNode: Sendable, Equatable, Codable {
    /// How a node that is no leaf divides its cases.
    public struct Split: Sendable, Equatable, Codable {
        /// Position of the feature.
        public let feature: Int
        /// Cases whose bin is below go to `left`.
        public let bin: Int
        /// Whether cases without a value go to `left`.
        public let sendsMissingLeft: Bool
        /// Position of the node of the cases below.
        public let left: Int
        /// Position of the node of the others.
        public let right: Int
        /// How much the penalised objective falls.
        public let gain: Double
    }

    /// The division; nil for a leaf.
    public internal(set) var split: Split?
    /// What a leaf adds to the margin.
    public internal(set) var value: Double
    /// Sum of the second derivatives of its cases.
    public let cover: Double
    /// Number of training cases.
    public let cases: Int
}

/// Gradient-boosted trees of a binary outcome.
public struct BoostedTrees: Sendable, Equatable, Codable {
    /// Names of the features.
    public let features: [String]
    /// Trees, each from its root; children follow in the order of levels.
    public internal(set) var trees: [[TreeNode]]

    /// Margin of each case: the logarithm of the odds.
    public func margins(_ table: CodedTable) -> [Double] {
        var output = [Double](repeating: 0, count: table.count)
        for tree in trees {
            let leaves = Self.leaves(of: tree, table)
            for row in 0..<table.count { output[row] += tree[leaves[row]].value }
        }
        return output
    }

    /// Probability of an event of each case.
    public func probabilities(_ table: CodedTable) -> [Double] { margins(table).map(LogisticFunction.probability) }

    /// Position of the leaf, or of the last node so far, that each case falls into.
    static func leaves(of tree: [TreeNode], _ table: CodedTable) -> [Int] {
        let n = table.count
        return table.codes.withUnsafeBufferPointer { codes in
            (0..<n).map { row in
                var place = 0
                while let split = tree[place].split {
                    let code = codes[split.feature * n + row]
                    let goesLeft = code == CodedTable.missing ? split.sendsMissingLeft : Int(code) < split.bin
                    place = goesLeft ? split.left : split.right
                }
                return place
            }
        }
    }
}
