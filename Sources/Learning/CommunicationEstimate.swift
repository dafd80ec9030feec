public import Federation

/// What a training sends at most, known before its first round.
public struct CommunicationEstimate: Sendable, Equatable {
    /// Number of broadcasts.
    public let rounds: Int
    /// Payload of one site in all rounds together, in bytes (16 a number).
    public let bytesPerSite: Int

    package init(rounds: Int, words: Int) {
        self.rounds = rounds
        bytesPerSite = 16 * words
    }
}

extension Computation {
    /// Of a computation that sends blocks of the same size in every round, such as Newton's method or a network.
    ///
    /// - Parameter rounds: most rounds; Newton's method on a convex loss takes 5 to 8.
    public func communication(rounds: Int) -> CommunicationEstimate {
        let words = firstBlocks.reduce(0) { $0 + $1.count }
        return CommunicationEstimate(rounds: rounds, words: rounds * words)
    }
}

extension ElasticNetPath {
    /// Of the whole path with all folds: for each penalty four rounds and eight evaluations of a model, and second derivatives that are
    /// summed anew at every fourth; ten more of the former and six of the latter for the start.
    ///
    /// - Parameter features: most features that are in a model of the path, or are tried for it, at a time.
    public func communication(features: Int) -> CommunicationEstimate {
        let parameters = specification.parameters
        let p = specification.standardisation.columns.count
        let count = parameters.lambdas?.count ?? parameters.count
        let first = 2 * (parameters.folds + 1) * (1 + 2 * p)
        let gradients = (10 + 8 * count) * (2 + p + 1)
        // The triangle each time, and rows of the features that come in.
        let order = features + 1
        let information = (6 + count / 4) * order * (order + 1) / 2 + order * order
        return CommunicationEstimate(
            rounds: 10 + 4 * count, words: first + (parameters.folds + 1) * (gradients + information))
    }
}

extension TreeBoosting {
    /// Of all trees, if every node that may be divided is.
    ///
    /// - Parameter cases: pooled number of cases, which bounds the number of nodes of a level.
    public func communication(cases: Int) -> CommunicationEstimate {
        let state = initialState()
        let parameters = state.parameters
        let bins =
            state.features.count == state.binCounts.count
            ? state.binCounts.reduce(0, +)
            : state.binCounts.sorted(by: >).prefix(state.features.count).reduce(0, +)
        let levels = max(parameters.maxDepth, 1)
        // A tree of so many leaves has one node less than twice as many.
        let leaves = max(cases / max(parameters.minimumCases, 1), 1)
        let nodes = NodeBound(widest: leaves, total: 2 * leaves - 1).nodes(levels: levels)
        return CommunicationEstimate(
            rounds: parameters.rounds * levels, words: parameters.rounds * nodes * 3 * (1 + bins))
    }
}

extension RandomForestFit {
    /// Of all trees, if every node that may be divided is.
    ///
    /// - Parameter cases: pooled number of cases, which bounds the number of nodes of a level.
    public func communication(cases: Int) -> CommunicationEstimate {
        let state = initialState()
        let parameters = state.growth.parameters
        let drawn = RandomForestDraws(parameters, features: state.features.count).wanted
        let cells = state.binCounts.sorted(by: >).prefix(drawn).reduce(0, +)
        // Only nodes with room for two leaves wait: those that are divided, and leaves of twice the least size, which are together
        // fewer than the least leaves that the cases could fill.
        let leaves = max(cases / max(parameters.minimumCases, 1), 2)
        let bound = NodeBound(widest: leaves / 2, total: leaves - 1)
        let nodes = parameters.trees * bound.nodes(levels: parameters.maxDepth)
        // A round is full, but for one node, or leaves none waiting, after which all open nodes are a level deeper.
        let full = parameters.cellLimit > cells ? nodes * cells / (parameters.cellLimit - cells) : nodes
        return CommunicationEstimate(
            rounds: 1 + min(nodes, parameters.maxDepth + full), words: 3 * (parameters.trees + nodes * cells))
    }
}

/// Most nodes of a binary tree whose levels and whose whole are bounded.
private struct NodeBound {
    let widest: Int
    let total: Int

    func nodes(levels: Int) -> Int {
        let sum = (0..<min(levels, 64)).reduce(0) { $0 + min($1 < 40 ? 1 << $1 : .max, widest) }
        return min(sum, total)
    }
}
