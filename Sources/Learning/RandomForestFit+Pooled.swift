extension RandomForestFit {
    /// The forest of one table in memory, the same bits as `run(on:)` gives for its rows at one or many sites.
    ///
    /// Tree after tree, and without the blocks of a round: this is what a pooled analysis costs.
    ///
    /// - Throws: as `contribute` and `next`.
    public func fit(_ whole: CodedTable) throws -> RandomForest {
        let state = specification
        try whole.require(features: state.features, binCounts: state.binCounts)
        try whole.requireKeys()
        let parameters = state.growth.parameters
        var draws = RandomForestDraws(parameters, features: state.features.count)
        var buffers = Buffers(state.binCounts)
        var totals: [ClassCounts] = []
        var trees: [[TreeNode]] = []
        for tree in 0..<parameters.trees {
            var cases = RandomForestCases(whole, weights: draws.weights(tree: tree, keys: whole.keys))
            totals.append(cases.total)
            trees.append(Self.grow(tree, &cases, parameters, &draws, &buffers))
        }
        try Self.requireBothClasses(totals)
        return RandomForest(parameters: parameters, features: state.features, trees: trees)
    }

    /// Memory that is used again for each feature of each node.
    private struct Buffers {
        let binCounts: [Int]
        var scratch = [UInt64](repeating: 0, count: 256)
        var counts: [ClassCounts] = []
        var occupied: [(bin: Int, counts: ClassCounts)] = []

        init(_ binCounts: [Int]) { self.binCounts = binCounts }
    }

    private static func grow(
        _ tree: Int, _ cases: inout RandomForestCases, _ parameters: RandomForest.Parameters,
        _ draws: inout RandomForestDraws, _ buffers: inout Buffers
    ) -> [TreeNode] {
        var growth = RandomForestGrowth(parameters)
        growth.plant(cases.total)
        var place = 0
        while place < growth.waiting.count {
            let open = growth.waiting[place]
            var split = RandomForestSplit(open.counts, parameters: parameters)
            for feature in draws.features(tree: tree, node: open.node) {
                let bins = buffers.binCounts[feature]
                buffers.counts.removeAll(keepingCapacity: true)
                buffers.counts.append(contentsOf: repeatElement(ClassCounts(), count: bins))
                cases.add(node: open.node, feature: feature, to: &buffers.counts, scratch: &buffers.scratch)
                buffers.occupied.removeAll(keepingCapacity: true)
                for bin in 0..<bins where buffers.counts[bin].cases > 0 {
                    buffers.occupied.append((bin, buffers.counts[bin]))
                }
                split.consider(feature: feature, bins: bins, occupied: buffers.occupied)
            }
            growth.settle(place, split.best)
            if let division = growth.trees[0][open.node].split {
                cases.divide(node: open.node, by: division)
            } else {
                cases.forget(node: open.node)
            }
            place += 1
        }
        return growth.trees[0]
    }
}
