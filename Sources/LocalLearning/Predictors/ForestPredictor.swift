public import Federation
public import Learning

/// A random forest with the limits of its bins.
public struct ForestPredictor: PredictiveModel {
    /// Limits of the bins of each feature.
    public let edges: BinEdges
    /// The trees and what shaped them.
    public let forest: RandomForest

    /// Names of the features.
    public var columns: [String] { edges.features }
    /// Trees have a way for missing values.
    public var takesMissing: Bool { true }
    /// What scores are.
    public var scoreName: String { "probability" }

    /// Throws `LocalLearningError.badModel` unless the parts fit together.
    public func check() throws {
        try require(!forest.trees.isEmpty, "a forest has no tree")
        try require(forest.trees, of: forest.features, within: edges)
        let values = forest.trees.joined().filter { $0.split == nil }.map(\.value)
        try require(values.allSatisfy { (0...1).contains($0) }, "a leaf of a forest is no share")
    }

    /// Score of each row.
    public func scores(_ table: CaseTable) throws -> [Double] { forest.probabilities(table.coded(edges)) }

    /// The score itself.
    public func probability(score: Double) -> Double? { score }

    /// What each feature adds to each row's score along the covers of the trees, and the mean over the training cases.
    public func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        let sum = forest.additive
        var base = 0.0
        for tree in sum.trees {
            let leaves = tree.filter { $0.split == nil }
            base += leaves.reduce(0) { $0 + $1.cover * $1.value } / leaves.reduce(0) { $0 + $1.cover }
        }
        return (base, TreeShapley.pathDependent(sum, table.coded(edges)))
    }

    /// Facts about the fit.
    public var facts: [String] {
        let leaves = forest.trees.reduce(0) { sum, tree in sum + tree.count { $0.split == nil } }
        return ["random forest: \(forest.trees.count) trees with \(leaves) leaves, \(columns.count) features"]
    }
}
