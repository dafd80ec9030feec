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
    public func fit(_ parts: [TrainingCases]) throws -> Predictor {
        guard parts.eventCount > 0, parts.eventCount < parts.caseCount else { throw LearningError.oneClass }
        let edges = parts.edges(bins: bins)
        let coded = parts.map { $0.table.coded(edges).keyed(by: $0.names, seed: parameters.seed) }
        let growth = RandomForestFit(features: edges.features, binCounts: edges.binCounts, parameters: parameters)
        // One table grows the same forest without the sums of all rounds in memory.
        let forest =
            coded.count == 1
            ? try growth.fit(coded[0])
            : try growth.run(
                on: coded, roundLimit: parameters.trees * (parameters.maxDepth + 1) + 1, keepsSums: false
            ).result
        return .forest(ForestPredictor(edges: edges, forest: forest))
    }
}
