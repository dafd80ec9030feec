public import Statistics

/// Concordance of a risk score with survival: share of comparable pairs of which the case with the earlier event has the higher
/// score, equal scores counting half.
///
/// Pairs weigh 1 (Harrell, JAMA 1982;247:2543) or the inverse squared probability of being uncensored before the earlier
/// event (Uno et al., Stat Med 2011;30:1105). The variance is the infinitesimal jackknife, as R `survival::concordance`.
public struct Concordance: Sendable {
    /// Weight of a pair.
    public enum Weight: String, Sendable, Equatable, Codable, CaseIterable {
        /// Every pair counts once.
        case harrell = "Harrell"
        /// Inverse probability of censoring.
        case uno = "Uno"
    }

    /// Weight of concordant pairs.
    public let concordant: Double
    /// Weight of discordant pairs.
    public let discordant: Double
    /// Weight of comparable pairs with equal scores.
    public let tiedScore: Double
    /// Number of cases.
    public let cases: Int
    /// Number of events up to the limit.
    public let events: Int
    /// For each row, which stands for that many equal cases, the weight of the concordant pairs (equal scores half) and of all
    /// pairs of one of them.
    let shares: [(cases: Double, favourable: Double, all: Double)]
    private let method: String

    /// Compares pairs in O(n log n).
    ///
    /// - Parameters:
    ///   - scores: risk of each case; higher is earlier.
    ///   - limit: only events up to this time count as earlier ones; nil for all.
    public init(_ data: SurvivalTimes, scores: [Double], weight: Weight = .harrell, limit: Double? = nil) {
        let weights: [Double]
        switch weight {
        case .harrell: weights = [Double](repeating: 1, count: data.count)
        case .uno: weights = data.uncensoredBefore().map { 1 / ($0 * $0) }
        }
        self.init(
            data, scores: scores, counts: [Int](repeating: 1, count: data.count), weights: weights, limit: limit,
            method: weight.rawValue + (limit.map { ", events to \($0)" } ?? ""))
    }

    /// Compares pairs of rows of which each stands for a number of cases with equal time, event and score.
    ///
    /// - Parameters:
    ///   - counts: cases of each row.
    ///   - weights: of the pairs whose earlier event is in the row.
    init(
        _ data: SurvivalTimes, scores: [Double], counts: [Int], weights: [Double], limit: Double? = nil, method: String
    ) {
        precondition(scores.count == data.count && counts.count == data.count, "a score and a count for each row")
        let ranks = Self.ranks(scores)
        let width = (ranks.max() ?? -1) + 1
        let isEarlier = data.times.indices.map { data.events[$0] && data.times[$0] <= limit ?? .infinity }
        var shares = counts.map { (cases: Double($0), favourable: 0.0, all: 0.0) }
        var (concordant, discordant, tied) = (0.0, 0.0, 0.0)
        let groups = data.byTime()
        // Each event against the cases that live longer; one that leaves at the same time does.
        var later = PrefixSums(count: width)
        for group in groups.reversed() {
            for row in group where !data.events[row] { later.add(shares[row].cases, at: ranks[row]) }
            for row in group where isEarlier[row] {
                let (below, upTo) = (later.below(ranks[row]), later.below(ranks[row] + 1))
                let weight = shares[row].cases * weights[row]
                concordant += weight * below
                tied += weight * (upTo - below)
                discordant += weight * (later.total - upTo)
                shares[row].favourable += weights[row] * (below + (upTo - below) / 2)
                shares[row].all += weights[row] * later.total
            }
            for row in group where data.events[row] { later.add(shares[row].cases, at: ranks[row]) }
        }
        // Each case against the events before it.
        var earlier = PrefixSums(count: width)
        func compare(_ row: Int) {
            let (below, upTo) = (earlier.below(ranks[row]), earlier.below(ranks[row] + 1))
            shares[row].favourable += earlier.total - upTo + (upTo - below) / 2
            shares[row].all += earlier.total
        }
        for group in groups {
            for row in group where data.events[row] { compare(row) }
            for row in group where isEarlier[row] {
                earlier.add(shares[row].cases * weights[row], at: ranks[row])
            }
            for row in group where !data.events[row] { compare(row) }
        }
        self.concordant = concordant
        self.discordant = discordant
        tiedScore = tied
        cases = counts.reduce(0, +)
        events = zip(counts, isEarlier).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
        self.shares = shares
        self.method = method
    }

    private init(
        concordant: Double, discordant: Double, tiedScore: Double, cases: Int, events: Int,
        shares: [(cases: Double, favourable: Double, all: Double)], method: String
    ) {
        self.concordant = concordant
        self.discordant = discordant
        self.tiedScore = tiedScore
        self.cases = cases
        self.events = events
        self.shares = shares
        self.method = method
    }

    /// Pairs within strata only.
    public static func stratified(_ strata: [Concordance]) -> Concordance {
        Concordance(
            concordant: strata.reduce(0) { $0 + $1.concordant }, discordant: strata.reduce(0) { $0 + $1.discordant },
            tiedScore: strata.reduce(0) { $0 + $1.tiedScore }, cases: strata.reduce(0) { $0 + $1.cases },
            events: strata.reduce(0) { $0 + $1.events }, shares: strata.flatMap(\.shares),
            method: (strata.first?.method ?? "") + ", pairs within sites")
    }

    /// Dense ranks: equal scores share one.
    private static func ranks(_ scores: [Double]) -> [Int] {
        var output = [Int](repeating: 0, count: scores.count)
        var rank = -1
        var previous: Double?
        for row in scores.indices.sorted(by: { scores[$0] < scores[$1] }) {
            if scores[row] != previous { rank += 1 }
            previous = scores[row]
            output[row] = rank
        }
        return output
    }

    /// The concordance with its standard error.
    public var estimate: Estimate {
        let pairs = concordant + discordant + tiedScore
        guard pairs > 0 else { return .notEstimable("no pair can be compared") }
        let value = (concordant + tiedScore / 2) / pairs
        var variance = 0.0
        for share in shares {
            let influence = (share.favourable - value * share.all) / pairs
            variance += share.cases * (influence * influence)
        }
        return .value(
            .normal(
                value, standardError: variance.squareRoot(), n: cases, events: events,
                method: method + ", infinitesimal jackknife"))
    }
}
