public import Federation

/// A random forest by histograms of fixed bins, the same to the last bit for any number of sites and any order of rows.
///
/// All trees grow in the same rounds: a round is one level of as many trees as `Parameters.cellLimit` admits. Which cases a tree
/// draws is a keyed hash of tree and case, which features a node looks at one of tree and node, so that sites need not talk
/// about either. Gini's impurity; no leaf below `minimumCases` pooled cases.
public struct RandomForestFit: Computation {
    /// `learning.random-forest`
    public static let identifier = "learning.random-forest"

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the features.
    ///   - binCounts: number of bins of each feature, 254 at most.
    public init(features: [String], binCounts: [Int], parameters: RandomForest.Parameters = RandomForest.Parameters()) {
        precondition(features.count == binCounts.count && !features.isEmpty, "a number of bins for each feature")
        precondition(binCounts.allSatisfy { (1...254).contains($0) }, "1 to 254 bins")
        precondition(parameters.trees > 0 && parameters.cellLimit > 0, "at least a tree and a cell")
        precondition(
            parameters.classWeights.count == 2 && parameters.classWeights.allSatisfy { $0 > 0 && $0.isFinite },
            "two class weights above 0")
        specification = State(features: features, binCounts: binCounts, growth: RandomForestGrowth(parameters))
    }

    /// The forest so far.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let features: [String]
        /// Number of bins of each feature.
        public let binCounts: [Int]
        var growth: RandomForestGrowth
    }

    /// One histogram that a round asks for.
    private struct Request {
        let open: RandomForestGrowth.Open
        let features: [Int]
    }

    /// No tree.
    public func initialState() -> State { specification }

    /// First nodes that wait, as many as fit the limit of cells.
    private static func requests(_ state: State) -> [Request] {
        let parameters = state.growth.parameters
        var draws = RandomForestDraws(parameters, features: state.features.count)
        var output: [Request] = []
        var cells = 0
        for open in state.growth.waiting {
            let features = draws.features(tree: open.tree, node: open.node)
            cells += features.reduce(0) { $0 + state.binCounts[$1] }
            if cells > parameters.cellLimit, !output.isEmpty { break }
            output.append(Request(open: open, features: features))
        }
        return output
    }

    private static func cells(_ requests: [Request], _ state: State) -> Int {
        requests.reduce(0) { sum, request in request.features.reduce(sum) { $0 + state.binCounts[$1] } }
    }

    /// Totals of the trees, then histograms of waiting nodes.
    public func blocks(for state: State) -> [BlockSpecification] { Self.blocks(state, Self.requests(state)) }

    private static func blocks(_ state: State, _ requests: [Request]) -> [BlockSpecification] {
        let isFirst = state.growth.trees.isEmpty
        let cells = isFirst ? state.growth.parameters.trees : max(Self.cells(requests, state), 1)
        let place = isFirst ? "of each tree" : "in each bin of the drawn features of each waiting node"
        func counts(_ name: String, _ what: String, _ discloses: String) -> BlockSpecification {
            .counts(name, shape: [cells], meaning: "\(what) \(place)", discloses: "\(discloses) \(place)")
        }
        return [
            counts("cases", "drawn cases, each counted once,", "the site's number of drawn cases"),
            counts("others", "non-events, as often as drawn,", "the site's non-events"),
            counts("events", "events, as often as drawn,", "the site's events"),
        ]
    }

    /// Counts of the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`, `.unknownOutcome`, `.badBin` or `.noCaseKeys`.
    public func contribute(_ shard: CodedTable, to state: State) throws -> Contribution {
        try shard.require(features: state.features, binCounts: state.binCounts)
        try shard.requireKeys()
        let parameters = state.growth.parameters
        let draws = RandomForestDraws(parameters, features: state.features.count)
        let requests = Self.requests(state)
        var words = (cases: [Int128](), others: [Int128](), events: [Int128]())
        func append(_ counts: ClassCounts) {
            words.cases.append(Int128(counts.cases))
            words.others.append(Int128(counts.others))
            words.events.append(Int128(counts.events))
        }
        if state.growth.trees.isEmpty {
            for tree in 0..<parameters.trees {
                append(RandomForestCases(shard, weights: draws.weights(tree: tree, keys: shard.keys)).total)
            }
        } else {
            let byTree = Dictionary(grouping: requests, by: \.open.tree)
            var cases: [Int: RandomForestCases] = [:]
            for (tree, own) in byTree {
                cases[tree] = RandomForestCases(
                    shard, weights: draws.weights(tree: tree, keys: shard.keys), tree: state.growth.trees[tree],
                    nodes: own.map(\.open.node))
            }
            var scratch = [UInt64](repeating: 0, count: 256)
            for request in requests {
                for feature in request.features {
                    var counts = [ClassCounts](repeating: ClassCounts(), count: state.binCounts[feature])
                    cases[request.open.tree]?.add(
                        node: request.open.node, feature: feature, to: &counts, scratch: &scratch)
                    for own in counts { append(own) }
                }
            }
        }
        return Contribution(
            blocks: try zip(Self.blocks(state, requests), [words.cases, words.others, words.events]).map {
                try Block(specification: $0, words: $1)
            })
    }

    /// Divides the nodes that were asked for.
    ///
    /// - Throws: `LearningError.oneClass` without a case of each class.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, RandomForest> {
        var state = current
        let (cases, others, events) = (try sum["cases"].words, try sum["others"].words, try sum["events"].words)
        func counts(_ cell: Int) -> ClassCounts {
            ClassCounts(cases: Int(cases[cell]), others: Int(others[cell]), events: Int(events[cell]))
        }
        let parameters = state.growth.parameters
        if state.growth.trees.isEmpty {
            let totals = (0..<parameters.trees).map(counts)
            try Self.requireBothClasses(totals)
            for total in totals { state.growth.plant(total) }
        } else {
            let requests = Self.requests(state)
            var cell = 0
            for (place, request) in requests.enumerated() {
                var split = RandomForestSplit(request.open.counts, parameters: parameters)
                for feature in request.features {
                    let bins = state.binCounts[feature]
                    let occupied = (0..<bins).map { ($0, counts(cell + $0)) }.filter { $0.1.cases > 0 }
                    split.consider(feature: feature, bins: bins, occupied: occupied)
                    cell += bins
                }
                state.growth.settle(place, split.best)
            }
            state.growth.dropFirst(requests.count)
        }
        guard state.growth.waiting.isEmpty else { return .broadcast(state) }
        return .done(RandomForest(parameters: parameters, features: state.features, trees: state.growth.trees))
    }

    static func requireBothClasses(_ totals: [ClassCounts]) throws(LearningError) {
        let whole = totals.reduce(ClassCounts(), +)
        guard whole.events > 0, whole.others > 0 else { throw .oneClass }
    }
}
