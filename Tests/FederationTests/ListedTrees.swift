import Federation
import Learning
import TestKit

extension ListedComputation {
    /// Trees, networks and what explains them, on the 126 cases of `table`.
    static let treesAndNetworks: [ListedComputation] = {
        var forest = RandomForest.Parameters()
        forest.trees = 9
        forest.classWeights = [1, 1.7]
        var boosting = TreeBoosting.Parameters()
        boosting.rounds = 4
        var sampling = TreeBoosting.Sampling()
        sampling.cases = 0.7
        sampling.features = 0.6
        boosting.sampling = sampling
        let bins = [Int](repeating: 4, count: 6)
        let boosted = TreeBoosting(features: keyed.features, binCounts: bins, parameters: boosting)
        let grown = RandomForestFit(features: keyed.features, binCounts: bins, parameters: forest)
        var network = NeuralNetworkFit.Parameters()
        network.maxRounds = 10
        let start = NeuralNetwork(
            Standardisation(
                columns: table.featureNames, means: [3.0, 3000, 0.003, 3, 3, 3],
                standardDeviations: [1.0, 1000, 0.001, 1, 1, 1]), hidden: [5, 3], activation: .tanh, seed: 8)
        let listed = [
            ListedComputation(boosted, shard: { keyed }, split: splitKeyed),
            ListedComputation(grown, shard: { keyed }, split: splitKeyed),
            ListedComputation(
                NeuralNetworkFit(start, parameters: network), shard: { table }, split: splitRows),
        ]
        guard let trees = try? boosted.fit(keyed), let trained = try? grown.fit(keyed),
            let background = try? ShapleyBackground(trees), let explained = try? background.run(on: [keyed]).result,
            let byBackground = try? keyed.explained(.background(explained)),
            let byCovers = try? keyed.explained(.covers(trained.additive))
        else { return listed }
        return listed + [
            ListedComputation(background, shard: { keyed }, split: splitKeyed),
            ListedComputation(RandomForestOutOfBag(trained), shard: { keyed }, split: splitKeyed),
            ListedComputation(
                ShapleyGroups(features: keyed.features, groups: ["a", "a", "b", "b", "c", "c"]),
                shard: { byBackground }, split: splitExplained),
            ListedComputation(
                ShapleyImportance(features: keyed.features, binCounts: bins), shard: { byCovers },
                split: splitExplained),
        ]
    }()

    /// Four bins a feature, a key a case.
    private static let keyed: CodedTable = {
        let scales = [1, 1000, 0.001, 1, 1, 1]
        let edges = BinEdges(features: table.featureNames, edges: scales.map { [2 * $0, 3 * $0, 4 * $0] })
        let codes = (0..<6).flatMap { column in
            (0..<126).map { edges.code(table.features[$0 * 6 + column], feature: column) }
        }
        return CodedTable(features: table.featureNames, codes: codes, outcome: table.outcome)
            .keyed(by: (0..<126).map { "case \($0)" }, seed: 2)
    }()

    private static func splitKeyed(_ table: CodedTable, _ count: Int) -> [CodedTable] {
        ShardProperty.unevenRanges(table.count, into: count).map { table.selecting(Array($0)) }
    }

    private static func splitExplained(_ cases: ExplainedCases, _ count: Int) -> [ExplainedCases] {
        ShardProperty.unevenRanges(cases.count, into: count).map { cases.selecting(Array($0)) }
    }
}
