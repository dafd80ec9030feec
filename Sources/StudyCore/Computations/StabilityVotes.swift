import Agreement
import Federation
import Statistics

/// At how many sites each column is stable between two readings; a site judges its own cases and says of a column whether
/// it has an estimate and whether this passes, not what it is.
struct StabilityVotes: Codable, Sendable, Equatable {
    /// Number of columns.
    let columns: Int
    /// What an estimate must reach.
    let limit: Double

    /// Counts of sites.
    struct Result: Sendable, Equatable {
        /// Share of the sites with an estimate at which the column passes; nil without a site.
        let shares: [Double?]
    }

    func blocks(_ what: String) -> [BlockSpecification] {
        [
            .counts(
                "judged", shape: [columns], meaning: "1 if the site has \(what) of the column; summed: sites",
                discloses: "for which columns the site has repeated readings that vary"),
            .counts(
                "stable", shape: [columns], meaning: "1 if \(what) passes at the site; summed: sites",
                discloses: "which columns are stable at the site"),
        ]
    }

    /// The site's judgement; `agreement` is what must reach the limit, nil where there is none.
    func contribute(
        _ shard: PairedFeatures, _ blocks: [BlockSpecification], _ agreement: ([[Double]]) -> Double?
    ) throws -> Contribution {
        guard shard.width == columns || shard.count == 0 else {
            throw FederationError.wrongShape(block: "judged", expected: columns, found: shard.width)
        }
        var sums = blocks.map(ExactSum.init)
        for column in 0..<(shard.count == 0 ? 0 : columns) {
            let rows = (0..<shard.count).map { row in
                [shard.first[row * columns + column], shard.second[row * columns + column]]
            }
            guard rows.count >= 3, let value = agreement(rows) else { continue }
            sums[0].add(1, at: column)
            sums[1].add(value >= limit ? 1 : 0, at: column)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    func result(_ sum: Contribution) throws -> Result {
        Result(
            shares: zip(try sum.values("judged"), try sum.values("stable")).map { judged, stable in
                judged > 0 ? stable / judged : nil
            })
    }
}

/// At how many sites the lower bound of the ICC(A,1) of each column between two readers reaches the limit.
struct ReaderVotes: Computation {
    /// `agreement.reader-votes`
    static let identifier = "agreement.reader-votes"
    private let votes: StabilityVotes

    init(columns: Int, limit: Double) { votes = StabilityVotes(columns: columns, limit: limit) }

    func initialState() -> StabilityVotes { votes }

    func blocks(for state: StabilityVotes) -> [BlockSpecification] {
        state.blocks("the lower bound of the ICC(A,1) between readers")
    }

    func contribute(_ shard: PairedFeatures, to state: StabilityVotes) throws -> Contribution {
        try state.contribute(shard, blocks(for: state)) { rows in
            let centre = rows.reduce(0) { $0 + ($1[0] + $1[1]) } / Double(2 * rows.count)
            let found = IntraclassCorrelation.estimate(ReadingSums(rows: rows, centre: centre), model: .agreement)
            guard case .value(let value) = found else { return nil }
            return value.lower ?? -1
        }
    }

    func next(after state: StabilityVotes, sum: Contribution) throws
        -> ComputationStep<StabilityVotes, StabilityVotes.Result>
    {
        .done(try state.result(sum))
    }
}

/// At how many sites Lin's coefficient of each column between two acquisition protocols reaches the limit.
struct ProtocolVotes: Computation {
    /// `agreement.protocol-votes`
    static let identifier = "agreement.protocol-votes"
    private let votes: StabilityVotes

    init(columns: Int, limit: Double) { votes = StabilityVotes(columns: columns, limit: limit) }

    func initialState() -> StabilityVotes { votes }

    func blocks(for state: StabilityVotes) -> [BlockSpecification] {
        state.blocks("the CCC between acquisition protocols")
    }

    func contribute(_ shard: PairedFeatures, to state: StabilityVotes) throws -> Contribution {
        try state.contribute(shard, blocks(for: state)) { rows in
            let (a, b) = (rows.map { $0[0] }, rows.map { $0[1] })
            return LinConcordance(PairSums(a, b, centre: a.reduce(0, +) / Double(a.count)))?.coefficient.number
        }
    }

    func next(after state: StabilityVotes, sum: Contribution) throws
        -> ComputationStep<StabilityVotes, StabilityVotes.Result>
    {
        .done(try state.result(sum))
    }
}
