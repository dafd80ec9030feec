import Federation
public import Learning

/// Gradient-boosted trees over bins.
public struct BoostingLearner: Learner {
    /// What shapes the trees.
    public var parameters = TreeBoosting.Parameters()
    /// Bins of a feature, at quantiles of the training cases.
    public var bins = 16

    /// The defaults of `TreeBoosting`.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "boosting" }

    /// Fits the model.
    public func fit(_ parts: [TrainingCases]) throws -> Predictor {
        let edges = parts.edges(bins: bins)
        let coded = parts.map { $0.table.coded(edges) }
        let levels = parameters.rounds * max(parameters.maxDepth, 1) + 1
        let model = try TreeBoosting(
            features: edges.features, binCounts: edges.binCounts, parameters: parameters
        ).run(on: coded, roundLimit: levels, keepsSums: false).result
        let explanation = try ShapleyBackground(model).run(on: coded).result
        return .trees(TreesPredictor(edges: edges, parameters: parameters, explanation: explanation))
    }
}
