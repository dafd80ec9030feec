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
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let edges = try cohort.edges(bins: bins)
        let levels = parameters.rounds * max(parameters.maxDepth, 1) + 1
        // Cases are drawn by their names.
        let form = parameters.sampling.map { ShardForm.keyed(edges, $0.seed) } ?? .coded(edges)
        let model = try cohort.result(
            TreeBoosting(features: edges.features, binCounts: edges.binCounts, parameters: parameters), form,
            roundLimit: levels)
        let explanation = try cohort.result(ShapleyBackground(model), .coded(edges))
        return .trees(TreesPredictor(edges: edges, parameters: parameters, explanation: explanation))
    }
}
