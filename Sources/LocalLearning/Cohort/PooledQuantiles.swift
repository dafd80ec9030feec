import Federation
import Learning
import Validation

/// Edges of bins of about equal size of several features, all searched for in the same rounds (`PooledQuantileEdges` for each).
struct PooledQuantiles: Computation {
    /// `learning.pooled-quantiles`
    static let identifier = "learning.pooled-quantiles"

    /// Fewest pooled cases of a bin, if a protocol asks for no more.
    static let minimumPerBin = 5

    private let specification: State

    /// Searches for edges.
    ///
    /// - Parameters:
    ///   - bins: most bins.
    ///   - minimumPerBin: fewest pooled cases of a bin.
    ///   - isolatesTies: whether a number that enough cases have becomes a bin of its own.
    init(columns: [String], bins: Int, minimumPerBin: Int = Self.minimumPerBin, isolatesTies: Bool = false) {
        let start = PooledQuantileEdges(bins: bins, minimumPerBin: minimumPerBin, isolatesTies: isolatesTies)
        specification = State(
            columns: columns, searches: columns.map { _ in start.initialState() }, edges: columns.map { _ in nil })
    }

    /// Searches for finer bins from what is known of each feature, with ties in bins of their own.
    init(columns: [String], bins: Int, minimumPerBin: Int, within known: [PooledQuantileEdges.Result]) {
        let starts = known.map { PooledQuantileEdges(bins: bins, minimumPerBin: minimumPerBin, within: $0) }
        specification = State(
            columns: columns, searches: starts.map { $0.settled == nil ? $0.initialState() : nil },
            edges: starts.map(\.settled))
    }

    /// The edges where nothing has to be counted for them.
    var settled: [PooledQuantileEdges.Result]? { specification.result }

    /// The searches that go on, and the edges of features whose search has ended.
    struct State: Codable, Sendable, Equatable {
        let columns: [String]
        var searches: [PooledQuantileEdges.State?]
        var edges: [PooledQuantileEdges.Result?]

        /// The edges of all features once no search goes on.
        var result: [PooledQuantileEdges.Result]? {
            let found = edges.compactMap(\.self)
            return found.count == columns.count ? found : nil
        }
    }

    /// One search: it follows its state alone.
    private static let search = PooledQuantileEdges(bins: 2, minimumPerBin: 1)

    func initialState() -> State { specification }

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

    func next(after current: State, sum: Contribution) throws -> ComputationStep<State, [PooledQuantileEdges.Result]> {
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
                state.edges[place] = result
            }
        }
        return state.result.map { .done($0) } ?? .broadcast(state)
    }
}
