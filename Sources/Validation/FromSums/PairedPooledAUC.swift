public import Federation
public import Statistics

/// Difference of the pooled AUCs of two scores of the same cases with DeLong's standard error (Biometrics 1988;44:837), and an
/// interval that provably contains the difference of the pooled scores' AUCs.
///
/// Rounds, on edges that are known already: the class histograms of both scores, from which AUCs and variances follow; then
/// one sum for each class, of the products of what the two placements of a case differ from their AUCs by.
public struct PairedPooledAUC: Computation {
    /// `validation.paired-auc`
    public static let identifier = "validation.paired-auc"
    private let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - first: edges of the bins of the first score, as `PooledQuantileEdges` finds them.
    ///   - second: those of the second score.
    public init(first: PooledQuantileEdges.Result, second: PooledQuantileEdges.Result) {
        specification = State(first: first, second: second, histograms: nil)
    }

    /// Two scores of the cases of a site.
    public struct Shard: Sendable, Equatable {
        /// First score of each case, higher means event.
        public let first: [Double]
        /// Second score of each case.
        public let second: [Double]
        /// 1 event, 0 no event.
        public let outcome: [Double]

        /// Creates a shard; the lengths are checked where the cases are counted.
        public init(first: [Double], second: [Double], outcome: [Double]) {
            (self.first, self.second, self.outcome) = (first, second, outcome)
        }

        /// - Throws: `ValidationError`, `FederationError.wrongShape` that names the score without one value a case.
        func validated() throws {
            for (name, scores) in [("first", first), ("second", second)] {
                guard scores.count == outcome.count else {
                    throw FederationError.wrongShape(block: name, expected: outcome.count, found: scores.count)
                }
                try ScoredCases(scores: scores, outcome: outcome).validated()
            }
        }
    }

    /// The edges, then the pooled histograms too.
    public struct State: Codable, Sendable, Equatable {
        /// Edges of the first score.
        public let first: PooledQuantileEdges.Result
        /// Edges of the second score.
        public let second: PooledQuantileEdges.Result
        /// Pooled histograms of the first and of the second score, non-events and then events of each bin; nil in the first
        /// round.
        public let histograms: [[Int]]?
    }

    /// Both pooled AUCs and their difference.
    public struct Result: Sendable, Equatable {
        /// AUC of the binned first score; nil with fewer than two events or non-events.
        public let first: BinnedAUC?
        /// AUC of the binned second score.
        public let second: BinnedAUC?
        /// Covariance of both AUCs; nil without them.
        public let covariance: Double?
        /// First AUC minus second.
        public let difference: Estimate
        /// Interval that contains the difference of the AUCs of the pooled scores; nil without AUCs.
        public let certified: CertifiedInterval?
    }

    /// Asks for the histograms.
    public func initialState() -> State { specification }

    /// Counts of both scores' bins, or sums of products.
    public func blocks(for state: State) -> [BlockSpecification] {
        guard state.histograms == nil else {
            return [
                .unitScale(
                    "placement_products", shape: [2],
                    meaning: "products of a case's two placements less their AUCs, over non-events and over events",
                    discloses: "how alike both scores order the site's cases among all cases")
            ]
        }
        return [("first", state.first), ("second", state.second)].map { name, edges in
            .counts(
                name, shape: [2, edges.casesPerBin.count],
                meaning: "non-events and events in each bin of the \(name) score",
                discloses: "the site's coarse histogram of the \(name) score")
        }
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `ValidationError`, `FederationError`.
    public func contribute(_ shard: Shard, to state: State) throws -> Contribution {
        try shard.validated()
        for (name, edges) in [("first", state.first), ("second", state.second)]
        where edges.keys.count != edges.casesPerBin.count - 1 {
            throw FederationError.wrongShape(
                block: name, expected: edges.keys.count + 1, found: edges.casesPerBin.count)
        }
        let bins = (shard.first.map(state.first.bin), shard.second.map(state.second.bin))
        var sums = blocks(for: state).map(ExactSum.init)
        guard let histograms = state.histograms else {
            for row in shard.outcome.indices {
                let isEvent = shard.outcome[row] == 1
                sums[0].add(1, at: bins.0[row] + (isEvent ? state.first.casesPerBin.count : 0))
                sums[1].add(1, at: bins.1[row] + (isEvent ? state.second.casesPerBin.count : 0))
            }
            return Contribution(blocks: try sums.map { try $0.block() })
        }
        let areas = try Self.areas(state, histograms)
        guard let first = areas.first, let second = areas.second else {
            throw FederationError.specificationMismatch(block: "placement_products")
        }
        let deviations = (
            Self.deviations(histograms[0], from: first.auc), Self.deviations(histograms[1], from: second.auc)
        )
        for row in shard.outcome.indices {
            let (a, b) = (bins.0[row], bins.1[row])
            if shard.outcome[row] == 1 {
                sums[0].add(deviations.0.events[a] * deviations.1.events[b], at: 1)
            } else {
                sums[0].add(deviations.0.nonEvents[a] * deviations.1.nonEvents[b], at: 0)
            }
        }
        return Contribution(blocks: [try sums[0].block()])
    }

    /// The histograms, or the difference.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        guard let histograms = state.histograms else {
            let histograms = try ["first", "second"].map { try sum.values($0).map { Int($0) } }
            let areas = try Self.areas(state, histograms)
            guard areas.first != nil, areas.second != nil else {
                return .done(
                    Result(
                        first: nil, second: nil, covariance: nil,
                        difference: .notEstimable("needs two events and two non-events"), certified: nil))
            }
            return .broadcast(State(first: state.first, second: state.second, histograms: histograms))
        }
        let areas = try Self.areas(state, histograms)
        guard let first = areas.first, let second = areas.second else {
            throw FederationError.specificationMismatch(block: "placement_products")
        }
        let products = try sum.values("placement_products")
        let covariance = DeLong.covariance(
            events: products[1], of: Double(first.events), nonEvents: products[0], of: Double(first.nonEvents))
        let test = PairedDeLong(DeLong(first), DeLong(second), covariance: covariance)
        return .done(
            Result(
                first: first, second: second, covariance: covariance,
                difference: test.difference(
                    method: "paired DeLong of \(first.bins) and \(second.bins) pooled quantile bins"),
                certified: CertifiedInterval(
                    lower: first.certified.lower - second.certified.upper,
                    upper: first.certified.upper - second.certified.lower)))
    }

    private static func areas(
        _ state: State, _ histograms: [[Int]]
    ) throws -> (first: BinnedAUC?, second: BinnedAUC?) {
        guard histograms.count == 2 else {
            throw FederationError.wrongShape(block: "histograms", expected: 2, found: histograms.count)
        }
        func area(_ name: String, _ edges: PooledQuantileEdges.Result, _ histogram: [Int]) throws -> BinnedAUC? {
            let bins = edges.casesPerBin.count
            guard histogram.count == 2 * bins else {
                throw FederationError.wrongShape(block: name, expected: 2 * bins, found: histogram.count)
            }
            return BinnedAUC(nonEvents: Array(histogram[..<bins]), events: Array(histogram[bins...]))
        }
        return (
            try area("first", state.first, histograms[0]), try area("second", state.second, histograms[1])
        )
    }

    private static func deviations(
        _ histogram: [Int], from auc: Double
    ) -> (nonEvents: [Double], events: [Double]) {
        let bins = histogram.count / 2
        return BinnedAUC.deviations(
            nonEvents: Array(histogram[..<bins]), events: Array(histogram[bins...]), from: auc)
    }
}

extension DeLong {
    /// The AUC of binned scores.
    init(_ binned: BinnedAUC) {
        self.init(auc: binned.auc, variance: binned.variance, events: binned.events, nonEvents: binned.nonEvents)
    }
}
