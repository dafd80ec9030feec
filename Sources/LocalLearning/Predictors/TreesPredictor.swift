public import Federation
public import Learning

/// Boosted trees with what their bins and explanations need.
public struct TreesPredictor: PredictiveModel {
    /// Limits of the bins of each feature.
    public let edges: BinEdges
    /// What shaped the trees.
    public let parameters: TreeBoosting.Parameters
    /// The trees, and how often the training cases meet each combination of the conditions on a way to a leaf.
    public let explanation: TreeShapley

    /// Names of the features.
    public var columns: [String] { edges.features }
    /// Trees have a way for missing values.
    public var takesMissing: Bool { true }
    /// What scores are.
    public var scoreName: String { "log odds" }

    /// Throws `LocalLearningError.badModel` unless the parts fit together.
    public func check() throws {
        try require(explanation.model.trees, of: explanation.model.features, within: edges)
    }

    /// Score of each row.
    public func scores(_ table: CaseTable) throws -> [Double] { explanation.model.margins(table.coded(edges)) }

    /// Probability of an event at a score.
    public func probability(score: Double) -> Double? { LogisticTransform.probability(score) }

    /// What each feature adds to each row's score, and what they are added to.
    public func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        (explanation.expectedMargin, explanation.values(table.coded(edges)))
    }

    /// Facts about the fit.
    public var facts: [String] {
        let leaves = explanation.model.trees.reduce(0) { sum, tree in sum + tree.count { $0.split == nil } }
        return ["\(explanation.model.trees.count) trees with \(leaves) leaves"]
    }
}
