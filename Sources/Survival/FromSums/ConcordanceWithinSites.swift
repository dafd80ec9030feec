public import Federation
public import Statistics

/// Harrell's concordance over the pairs within sites, with its infinitesimal jackknife, from sums over pairs: the number that
/// R `survival::concordance(y ~ x + strata(site))` gives on the pooled table. A model that is stratified by site promises no order
/// of cases of two sites.
///
/// One round, exact: numbers of pairs, and second moments of how many pairs of a case are in the right order. No time and no
/// score leaves.
public struct ConcordanceWithinSites: Computation {
    /// `survival.concordance-within-sites`
    public static let identifier = "survival.concordance-within-sites"

    /// Creates the computation.
    public init() {}

    /// Nothing is broadcast.
    public struct State: Codable, Sendable, Equatable {}

    /// Nothing is broadcast.
    public func initialState() -> State { State() }

    /// Cases, pairs and second moments.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "cases", shape: [2], meaning: "cases, and events among them",
                discloses: "the site's number of cases and events"),
            .counts(
                "pairs", shape: [3], meaning: "pairs in the right order, in the wrong one, and of equal scores",
                discloses: "how well the score orders the site's cases"),
            .counts(
                "moments", shape: [3],
                meaning:
                    "sums over cases of f f, f a, a a: f twice a case's pairs in the right order (ties half), a all its pairs",
                discloses: "how sure the site's concordance is"),
        ]
    }

    /// Counts the pairs within each stratum of the site.
    ///
    /// - Throws: `SurvivalError`.
    public func contribute(_ shard: StratifiedScores, to state: State) throws -> Contribution {
        try shard.followUp.validated()
        let n = shard.followUp.count
        guard shard.scores.count == n else { throw SurvivalError.lengthsDiffer(field: "scores") }
        guard shard.stratum.count == n else { throw SurvivalError.lengthsDiffer(field: "stratum") }
        guard shard.scores.allSatisfy(\.isFinite) else { throw SurvivalError.scoreNotFinite }
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add([Double(n), Double(shard.followUp.eventCount)])
        for rows in Dictionary(grouping: 0..<n, by: { shard.stratum[$0] }).values {
            let own = Concordance(shard.followUp.selecting(rows), scores: rows.map { shard.scores[$0] })
            sums[1].add([own.concordant, own.discordant, own.tiedScore])
            for share in own.shares {
                let favourable = 2 * share.favourable
                sums[2].add([favourable * favourable, favourable * share.all, share.all * share.all])
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The concordance with its standard error.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Estimate> {
        let (cases, pairs) = (try sum.values("cases"), try sum.values("pairs"))
        let moments = try sum.values("moments")
        let all = pairs.reduce(0, +)
        guard all > 0 else { return .done(.notEstimable("no pair can be compared")) }
        let value = (pairs[0] + pairs[2] / 2) / all
        let variance = (moments[0] / 4 - value * moments[1] + value * value * moments[2]) / (all * all)
        return .done(
            .value(
                .normal(
                    value, standardError: max(variance, 0).squareRoot(), n: Int(cases[0]), events: Int(cases[1]),
                    method: "Harrell, pairs within sites, infinitesimal jackknife")))
    }
}

/// Follow-up, score and stratum of one site's cases. Never leaves the site.
public struct StratifiedScores: Sendable, Equatable {
    /// Follow-up.
    public let followUp: SurvivalTimes
    /// Risk of each case; higher is earlier.
    public let scores: [Double]
    /// Stratum of each case, within which pairs are compared; a stratum lies within one site.
    public let stratum: [String]

    /// Creates a shard; the lengths are checked where pairs are counted.
    public init(followUp: SurvivalTimes, scores: [Double], stratum: [String]) {
        (self.followUp, self.scores, self.stratum) = (followUp, scores, stratum)
    }
}
