import Federation
public import Learning

/// A random forest over bins.
public struct ForestLearner: Learner {
    /// What shapes the forest.
    public var parameters = RandomForest.Parameters()
    /// Bins of a feature, at quantiles of the training cases.
    public var bins = 16

    /// The defaults of `RandomForest`.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "forest" }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let classes = try cohort.classes()
        guard classes.events > 0, classes.others > 0 else { throw LearningError.oneClass }
        let edges = try cohort.edges(bins: bins)
        let growth = RandomForestFit(features: edges.features, binCounts: edges.binCounts, parameters: parameters)
        let forest: RandomForest
        if let only = cohort.onlyTable {
            // The same forest without the sums of all rounds in memory.
            forest = try growth.fit(only.table.coded(edges).keyed(by: only.names, seed: parameters.seed))
        } else {
            forest = try cohort.result(
                growth, .keyed(edges, parameters.seed), roundLimit: parameters.trees * (parameters.maxDepth + 1) + 1)
        }
        return .forest(ForestPredictor(edges: edges, forest: forest))
    }
}
