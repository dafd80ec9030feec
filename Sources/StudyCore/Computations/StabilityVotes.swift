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

/// The agreement between two readings that a site judges.
protocol VotedAgreement: Sendable {
    /// The computation's identifier.
    static var identifier: String { get }
    /// What must reach the limit, in words.
    static var name: String { get }

    /// Its estimate from pairs of values, nil where there is none.
    static func estimate(_ rows: [[Double]]) -> Double?
}

/// At how many sites the agreement of each column between two readings reaches the limit.
struct AgreementVotes<Agreement: VotedAgreement>: Computation {
    static var identifier: String { Agreement.identifier }
    private let votes: StabilityVotes

    init(columns: Int, limit: Double) { votes = StabilityVotes(columns: columns, limit: limit) }

    func initialState() -> StabilityVotes { votes }

    func blocks(for state: StabilityVotes) -> [BlockSpecification] { state.blocks(Agreement.name) }

    func contribute(_ shard: PairedFeatures, to state: StabilityVotes) throws -> Contribution {
        try state.contribute(shard, blocks(for: state), Agreement.estimate)
    }

    func next(after state: StabilityVotes, sum: Contribution) throws
        -> ComputationStep<StabilityVotes, StabilityVotes.Result>
    {
        .done(try state.result(sum))
    }
}

/// The lower bound of the ICC(A,1) between two readers.
enum ReaderAgreement: VotedAgreement {
    static let identifier = "agreement.reader-votes"
    static let name = "the lower bound of the ICC(A,1) between readers"

    static func estimate(_ rows: [[Double]]) -> Double? {
        let centre = rows.reduce(0) { $0 + ($1[0] + $1[1]) } / Double(2 * rows.count)
        let found = IntraclassCorrelation.estimate(ReadingSums(rows: rows, centre: centre), model: .agreement)
        guard case .value(let value) = found else { return nil }
        return value.lower ?? -1
    }
}

/// Lin's coefficient between two acquisition protocols.
enum ProtocolAgreement: VotedAgreement {
    static let identifier = "agreement.protocol-votes"
    static let name = "the CCC between acquisition protocols"

    static func estimate(_ rows: [[Double]]) -> Double? {
        let (a, b) = (rows.map { $0[0] }, rows.map { $0[1] })
        return LinConcordance(PairSums(a, b, centre: a.reduce(0, +) / Double(a.count)))?.coefficient.number
    }
}

typealias ReaderVotes = AgreementVotes<ReaderAgreement>
typealias ProtocolVotes = AgreementVotes<ProtocolAgreement>
