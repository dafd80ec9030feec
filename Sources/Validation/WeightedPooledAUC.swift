public import Federation

/// AUC of the cases of some sites under the weights of entropy balancing: the AUC that the score would have there if the case
/// mix were that of the target, with an interval that contains it.
///
/// One round: sums of the weights of each class and bin on edges that are known already, of the weights and of their squares.
/// Without edges (one site) the weights alone are summed.
public struct WeightedPooledAUC: Computation {
    /// `validation.weighted-auc`
    public static let identifier = "validation.weighted-auc"
    private let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - rule: the weights.
    ///   - edges: of the bins of the score; nil to have the weights alone.
    public init(rule: EntropyBalancing.Result, edges: PooledQuantileEdges.Result?) {
        specification = State(rule: rule.state, edges: edges)
    }

    /// Cases with their scores and covariates.
    public struct Shard: Sendable {
        /// Scores and outcomes.
        public let cases: ScoredCases
        /// The covariates of the same cases, as features.
        public let covariates: CaseTable

        /// Creates a shard.
        public init(cases: ScoredCases, covariates: CaseTable) {
            precondition(cases.count == covariates.count, "one row of covariates a case")
            (self.cases, self.covariates) = (cases, covariates)
        }
    }

    /// The rule of the weights and the edges.
    public struct State: Codable, Sendable, Equatable {
        let rule: EntropyBalancing.State
        let edges: PooledQuantileEdges.Result?

        /// Names of the covariates.
        public var columns: [String] { rule.columns }
        /// Weight of each row of a table of the covariates, with mean 1.
        public func weights(_ table: CaseTable) -> [Double] { EntropyBalancing.Result(state: rule).weights(table) }
        /// Whether a histogram of the weights is asked for.
        public var hasEdges: Bool { edges != nil }
    }

    /// The weighted AUC.
    public struct Result: Sendable, Equatable {
        /// AUC of the weighted bins; nil without edges, or without weight in both classes.
        public let auc: Double?
        /// Interval that contains the weighted AUC of the scores themselves.
        public let certified: CertifiedInterval?
        /// Kish's effective number of cases: squared sum of the weights over the sum of their squares.
        public let effectiveCases: Double
    }

    /// Two covariates and eight bins, for the catalogue.
    public static var example: WeightedPooledAUC {
        let rule = EntropyBalancing(columns: ["a", "b"], means: [0, 0], standardDeviations: [1, 1]).initialState()
        return WeightedPooledAUC(
            rule: EntropyBalancing.Result(state: rule),
            edges: PooledAUC(score: "", bins: 8, minimumPerBin: 1).exampleHistogram.edges)
    }

    /// The rule and the edges.
    public func initialState() -> State { specification }

    /// Sums of weights.
    public func blocks(for state: State) -> [BlockSpecification] {
        // exp(20) times a million cases is below 2^49, its square below 2^78.
        var blocks = [
            BlockSpecification(
                name: "weight", shape: [1], fractionBits: 60, bound: 0x1p56, meaning: "sum of the weights",
                discloses: "how far the site's case mix is from the target's"),
            BlockSpecification(
                name: "squared_weight", shape: [1], fractionBits: 30, bound: 0x1p86,
                meaning: "sum of the squared weights", discloses: "how uneven the weights of the site's cases are"),
        ]
        if let edges = state.edges {
            blocks.append(
                BlockSpecification(
                    name: "weighted_histogram", shape: [2, edges.casesPerBin.count], fractionBits: 60, bound: 0x1p56,
                    meaning: "weights of non-events and of events in each score bin",
                    discloses: "the site's coarse score histogram, weighted"))
        }
        return blocks
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `ValidationError`, `FederationError` for other covariates than those of the rule.
    public func contribute(_ shard: Shard, to state: State) throws -> Contribution {
        try shard.cases.validated()
        guard shard.covariates.featureNames == state.columns else {
            throw FederationError.wrongShape(
                block: "weight", expected: state.columns.count, found: shard.covariates.featureCount)
        }
        let weights = try EntropyBalancing.rawWeights(shard.covariates, state.rule)
        var sums = blocks(for: state).map(ExactSum.init)
        for row in 0..<shard.cases.count {
            sums[0].add(weights[row])
            sums[1].add(weights[row] * weights[row])
            guard let edges = state.edges else { continue }
            let place = shard.cases.outcome[row] == 1 ? edges.casesPerBin.count : 0
            sums[2].add(weights[row], at: place + edges.bin(of: shard.cases.scores[row]))
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The weighted AUC.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let total = try sum.scalar("weight")
        let squares = try sum.scalar("squared_weight")
        let effective = squares > 0 ? total * total / squares : 0
        guard let edges = state.edges else {
            return .done(Result(auc: nil, certified: nil, effectiveCases: effective))
        }
        let bins = edges.casesPerBin.count
        let histogram = try sum.values("weighted_histogram")
        let (nonEvents, events) = (histogram[..<bins], histogram[bins...])
        let (n, m) = (nonEvents.reduce(0, +), events.reduce(0, +))
        guard n > 0, m > 0 else { return .done(Result(auc: nil, certified: nil, effectiveCases: effective)) }
        var (concordant, tied, below) = (0.0, 0.0, 0.0)
        for (control, event) in zip(nonEvents, events) {
            concordant += event * (below + control / 2)
            tied += event * control / 2
            below += control
        }
        return .done(
            Result(
                auc: concordant / n / m,
                certified: CertifiedInterval(
                    lower: max(0, (concordant - tied) / n / m), upper: min(1, (concordant + tied) / n / m)),
                effectiveCases: effective))
    }
}
