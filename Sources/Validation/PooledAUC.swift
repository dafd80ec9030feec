public import Federation
public import Statistics

/// AUC of the pooled scores from class histograms on pooled quantile edges, with an interval that provably contains it.
///
/// Rounds: those of `PooledQuantileEdges`; then the class histogram.
public struct PooledAUC: Computation {
    /// `validation.pooled-auc`
    public static let identifier = "validation.pooled-auc"
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - score: name of the score.
    ///   - bins: most bins of the histogram.
    ///   - minimumPerBin: fewest pooled cases of a bin.
    public init(score: String, bins: Int, minimumPerBin: Int) {
        let quantiles = PooledQuantileEdges(bins: bins, minimumPerBin: minimumPerBin)
        specification = State(score: score, quantiles: quantiles.initialState(), edges: nil)
    }

    /// The search for the edges, then the edges.
    public struct State: Codable, Sendable, Equatable {
        /// Name of the score.
        public let score: String
        /// The search for the edges.
        public let quantiles: PooledQuantileEdges.State
        /// The edges, when the histogram is asked for.
        public let edges: PooledQuantileEdges.Result?
    }

    /// The pooled AUC.
    public struct Result: Sendable, Equatable, Codable {
        /// Binned AUC with DeLong's interval of the binned scores.
        public let estimate: Estimate
        /// Interval that contains the AUC of the pooled scores; `nil` if there is no estimate.
        public let certified: CertifiedInterval?
        /// Bins used.
        public let bins: Int
        /// The edges of the bins; nil if there are none.
        public let edges: PooledQuantileEdges.Result?

        /// Whether the certified interval is narrower than `CertifiedAUC.share` of the confidence interval.
        public var isNarrow: Bool {
            guard case .value(let value) = estimate, let lower = value.lower, let upper = value.upper, let certified
            else { return false }
            return certified.upper - certified.lower < CertifiedAUC.share * (upper - lower)
        }
    }

    /// Asks for the number of cases.
    public func initialState() -> State { specification }

    /// Bins that a broadcast asks for.
    public static func askedBins(_ state: State) -> Int { state.quantiles.bins }

    /// Counts: cases, cases up to each point, or cases of each class and bin.
    public func blocks(for state: State) -> [BlockSpecification] {
        guard let edges = state.edges else { return Self.quantiles.blocks(for: state.quantiles) }
        return [
            .counts(
                "histogram", shape: [2, edges.casesPerBin.count],
                meaning: "non-events and events in each score bin", discloses: "the site's coarse score histogram")
        ]
    }

    /// Counts the site's cases.
    ///
    /// - Throws: `ValidationError`.
    public func contribute(_ shard: ScoredCases, to state: State) throws -> Contribution {
        try shard.validated()
        guard let edges = state.edges else {
            return try Self.quantiles.contribute(shard.scores, to: state.quantiles)
        }
        let specification = blocks(for: state)[0]
        let bins = specification.shape[1]
        guard edges.keys.count == bins - 1 else {
            throw FederationError.wrongShape(block: "histogram", expected: edges.keys.count + 1, found: bins)
        }
        var sum = ExactSum(specification)
        for row in 0..<shard.count {
            sum.add(1, at: (shard.outcome[row] == 1 ? bins : 0) + edges.bin(of: shard.scores[row]))
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// The next step of the search, the histogram, or the result.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        if let edges = state.edges {
            let histogram = try sum.values("histogram").map { Int($0) }
            let bins = edges.casesPerBin.count
            guard
                let binned = BinnedAUC(nonEvents: Array(histogram[..<bins]), events: Array(histogram[bins...]))
            else {
                return .done(
                    Result(
                        estimate: .notEstimable("needs two events and two non-events"), certified: nil, bins: bins,
                        edges: nil))
            }
            return .done(
                Result(estimate: .value(binned.estimate), certified: binned.certified, bins: bins, edges: edges))
        }
        switch try Self.quantiles.next(after: state.quantiles, sum: sum) {
        case .broadcast(let following):
            return .broadcast(State(score: state.score, quantiles: following, edges: nil))
        case .done(let edges):
            if edges.cases < 2 * state.quantiles.minimumPerBin {
                return .done(
                    Result(
                        estimate: .suppressed("too few pooled cases for two bins"), certified: nil, bins: 0, edges: nil)
                )
            }
            return .broadcast(State(score: state.score, quantiles: state.quantiles, edges: edges))
        }
    }

    /// A broadcast of the search, for the catalogue.
    public var exampleSearch: State {
        State(
            score: specification.score,
            quantiles: PooledQuantileEdges(bins: specification.quantiles.bins, minimumPerBin: 1).exampleSearch,
            edges: nil)
    }

    /// A broadcast that asks for the histogram, for the catalogue.
    public var exampleHistogram: State {
        let bins = specification.quantiles.bins
        return State(
            score: specification.score, quantiles: specification.quantiles,
            edges: PooledQuantileEdges.Result(
                cases: bins, keys: (1..<Int32(bins)).map { $0 }, casesPerBin: [Int](repeating: 1, count: bins)))
    }

    /// The search follows its state alone; these settings are not read.
    private static let quantiles = PooledQuantileEdges(bins: 2, minimumPerBin: 1)
}
