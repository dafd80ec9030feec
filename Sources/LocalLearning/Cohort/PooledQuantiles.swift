import Federation
import Learning
import Validation

/// Edges of bins of about equal size of several features, all searched for in the same rounds (`PooledQuantileEdges` for each).
struct PooledQuantiles: Computation {
    /// `learning.pooled-quantiles`
    static let identifier = "learning.pooled-quantiles"

    /// Fewest pooled cases of a bin.
    static let minimumPerBin = 5

    let columns: [String]
    let bins: Int

    /// The searches that go on, and the edges of features whose search has ended.
    struct State: Codable, Sendable, Equatable {
        let columns: [String]
        var searches: [PooledQuantileEdges.State?]
        var edges: [[Double]]
    }

    /// One search: it follows its state alone.
    private static let search = PooledQuantileEdges(bins: 2, minimumPerBin: 1)

    func initialState() -> State {
        let start = PooledQuantileEdges(bins: bins, minimumPerBin: Self.minimumPerBin).initialState()
        return State(columns: columns, searches: columns.map { _ in start }, edges: columns.map { _ in [] })
    }

    func blocks(for state: State) -> [BlockSpecification] {
        state.searches.enumerated().flatMap { place, search in
            search.map { Self.search.blocks(for: $0).map { $0.renamed("\($0.name)_\(place)") } }
                ?? []
        }
    }

    func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        guard shard.featureNames == state.columns else {
            throw FederationError.wrongShape(block: "cases", expected: state.columns.count, found: shard.featureCount)
        }
        try shard.requireFiniteFeatures()
        let p = shard.featureCount
        var blocks: [Block] = []
        for (place, search) in state.searches.enumerated() {
            guard let search else { continue }
            let values = (0..<shard.count).map { shard.features[$0 * p + place] }
            blocks += try Self.search.contribute(values, to: search).blocks.map { block in
                try Block(
                    specification: block.specification.renamed("\(block.specification.name)_\(place)"),
                    words: block.words)
            }
        }
        return Contribution(blocks: blocks)
    }

    func next(after current: State, sum: Contribution) throws -> ComputationStep<State, [[Double]]> {
        var state = current
        for (place, search) in current.searches.enumerated() {
            guard let search else { continue }
            let own = try Self.search.blocks(for: search).map { specification in
                try Block(specification: specification, words: try sum["\(specification.name)_\(place)"].words)
            }
            switch try Self.search.next(after: search, sum: Contribution(blocks: own)) {
            case .broadcast(let following): state.searches[place] = following
            case .done(let result):
                state.searches[place] = nil
                state.edges[place] = result.edges
            }
        }
        return state.searches.contains { $0 != nil } ? .broadcast(state) : .done(state.edges)
    }
}
