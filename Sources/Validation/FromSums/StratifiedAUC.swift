public import Federation
public import Statistics

/// AUC over the pairs of an event and a non-event of the same site, `sum n1 n0 AUC / sum n1 n0`, with its variance
/// `sum (n1 n0)^2 var / (sum n1 n0)^2`, as the sites are independent.
///
/// One round: of each site the numbers of cases, events and pairs, of concordant pairs (ties one half), and DeLong's variance times
/// the squared pairs. The AUC is exact. A site is one stratum; the shard is a list so that one agent can answer for several.
public struct StratifiedAUC: Computation {
    /// `validation.stratified-auc`
    public static let identifier = "validation.stratified-auc"
    private let minimumPerClass: Int

    /// Creates the computation.
    ///
    /// - Parameter minimumPerClass: fewest events and fewest non-events, 2 or more; a site with fewer takes no part and is counted.
    public init(minimumPerClass: Int = 10) {
        precondition(minimumPerClass >= 2, "DeLong's variance needs two of each class")
        self.minimumPerClass = minimumPerClass
    }

    /// The floor.
    public struct State: Codable, Sendable, Equatable {
        /// Fewest events and fewest non-events of a site.
        public let minimumPerClass: Int
    }

    /// The AUC within sites.
    public struct Result: Sendable, Equatable {
        /// The AUC with its normal interval.
        public let estimate: Estimate
        /// Sites that took part.
        public let strata: Int
        /// Sites with cases that have too few events or non-events.
        public let leftOut: Int
    }

    /// Asks for the sums.
    public func initialState() -> State { State(minimumPerClass: minimumPerClass) }

    /// Counts and the weighted variance.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "strata", shape: [2], meaning: "sites that take part; sites with too few events or non-events",
                discloses: "whether the site has enough of each class"),
            .counts(
                "pairs", shape: [4],
                meaning: "cases, events, pairs of an event and a non-event, twice the concordant pairs (ties once)",
                discloses: "the size of the site's cohort, its number of events and its own AUC"),
            // A variance is at most 1 / (4 min(n1, n0)): the bound holds beyond ten million events and non-events.
            BlockSpecification(
                name: "weighted_variance", shape: [1], fractionBits: 50, bound: 0x1p67,
                meaning: "DeLong's variance times the squared number of pairs",
                discloses: "the standard error of the site's own AUC"),
        ]
    }

    /// The sites' own AUCs.
    ///
    /// - Throws: `ValidationError`; `FederationError.wrongShape` for a floor below 2.
    public func contribute(_ shard: [ScoredCases], to state: State) throws -> Contribution {
        guard state.minimumPerClass >= 2 else {
            throw FederationError.wrongShape(block: "strata", expected: 2, found: state.minimumPerClass)
        }
        var sums = blocks(for: state).map(ExactSum.init)
        for stratum in shard where stratum.count > 0 {
            try stratum.validated()
            guard let roc = DeLong(scores: stratum.scores, outcome: stratum.outcome),
                min(roc.events, roc.nonEvents) >= state.minimumPerClass
            else {
                sums[0].add(1, at: 1)
                continue
            }
            let terms = Self.terms(roc)
            sums[0].add(1)
            sums[1].add([terms.cases, terms.events, terms.pairs, terms.doubledConcordant])
            sums[2].add(terms.weightedVariance)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The AUC within sites.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let strata = try sum.values("strata")
        let pairs = try sum.values("pairs")
        let terms = Terms(
            cases: pairs[0], events: pairs[1], pairs: pairs[2], doubledConcordant: pairs[3],
            weightedVariance: try sum.scalar("weighted_variance"))
        return .done(
            Result(
                estimate: Self.estimate(terms, strata: Int(strata[0]), minimumPerClass: state.minimumPerClass),
                strata: Int(strata[0]), leftOut: Int(strata[1])))
    }

    /// The same from the sites' AUCs, each with at least two events and two non-events.
    public static func estimate(_ sites: [DeLong]) -> Estimate {
        let all = sites.map(terms).reduce(Terms()) { sum, term in
            Terms(
                cases: sum.cases + term.cases, events: sum.events + term.events, pairs: sum.pairs + term.pairs,
                doubledConcordant: sum.doubledConcordant + term.doubledConcordant,
                weightedVariance: sum.weightedVariance + term.weightedVariance)
        }
        return estimate(all, strata: sites.count, minimumPerClass: 2)
    }

    /// What sites add.
    private struct Terms {
        var cases = 0.0
        var events = 0.0
        var pairs = 0.0
        /// Twice the concordant pairs, ties once: a whole number.
        var doubledConcordant = 0.0
        var weightedVariance = 0.0
    }

    private static func terms(_ roc: DeLong) -> Terms {
        let pairs = Double(roc.events) * Double(roc.nonEvents)
        return Terms(
            cases: Double(roc.events + roc.nonEvents), events: Double(roc.events), pairs: pairs,
            doubledConcordant: (2 * pairs * roc.auc).rounded(), weightedVariance: pairs * pairs * roc.variance)
    }

    private static func estimate(_ sum: Terms, strata: Int, minimumPerClass: Int) -> Estimate {
        guard sum.pairs > 0 else {
            let floor = minimumPerClass == 2 ? "two" : "\(minimumPerClass)"
            return .notEstimable("no site has \(floor) events and \(floor) non-events")
        }
        return .value(
            .normal(
                sum.doubledConcordant / (2 * sum.pairs), standardError: sum.weightedVariance.squareRoot() / sum.pairs,
                n: Int(sum.cases), events: Int(sum.events), method: "DeLong within \(strata) sites, weighted by pairs"))
    }
}
