/// A federated algorithm: the coordinator broadcasts a small state, each site answers with sums over its own rows, the
/// sums are added, and the coordinator computes the next state or the result.
///
///     broadcast 0 -> [site: contribute] -> sum -> broadcast 1 -> ... -> result
///
/// The same conformance runs pooled (one shard), simulated (k shards in one process), federated (k agents) and
/// securely aggregated. Implementations are pure: no clock, no file, no random number that is not derived from the state.
public protocol Computation: Sendable {
    /// A site's own rows. Never leaves the site.
    associatedtype Shard
    /// What is broadcast: public to all sites.
    associatedtype State: Codable & Sendable
    /// What the computation is for.
    associatedtype Result

    /// Stable name, `family.algorithm`, as in the catalogue.
    static var identifier: String { get }

    /// The first broadcast.
    func initialState() -> State

    /// What a site sends in answer to `state`.
    func blocks(for state: State) -> [BlockSpecification]

    /// The site's answer, summed over its own rows in a fixed order.
    ///
    /// - Throws: an error that names the field, never a case.
    func contribute(_ shard: Shard, to state: State) throws -> Contribution

    /// What follows from the sum over all sites.
    func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result>
}

/// What a computation wants next.
public enum ComputationStep<State, Result> {
    /// Another round with this broadcast.
    case broadcast(State)
    /// Finished.
    case done(Result)
}

extension ComputationStep: Sendable where State: Sendable, Result: Sendable {}

/// How a computation went: its result and what it cost.
public struct ComputationRun<Result> {
    /// What was computed.
    public let result: Result
    /// Number of broadcasts.
    public let rounds: Int
    /// Payload that one site sent in all rounds together, in bytes.
    public let payloadBytesPerSite: Int
    /// The summed contribution of each round; empty unless they were to be kept.
    public let sums: [Contribution]
}

extension ComputationRun: Sendable where Result: Sendable {}

extension Computation {
    /// Runs the computation in this process, one shard a site.
    ///
    /// With one shard this is the pooled analysis; with k shards it is what k agents would do.
    ///
    /// - Parameters:
    ///   - shards: the rows of each site.
    ///   - roundLimit: most rounds before `FederationError.tooManyRounds` is thrown.
    ///   - keepsSums: whether the sums of all rounds are in the result; of a path of a thousand features they are hundreds of megabytes.
    public func run(
        on shards: [Shard], roundLimit: Int = 1000, keepsSums: Bool = true
    ) throws -> ComputationRun<Result> {
        guard !shards.isEmpty else { throw FederationError.noShards(computation: Self.identifier) }
        var state = initialState()
        var sums: [Contribution] = []
        var bytes = 0
        for round in 1...roundLimit {
            let specifications = blocks(for: state)
            var sum = Contribution.zero(specifications)
            for shard in shards {
                let contribution = try contribute(shard, to: state)
                try contribution.validate(against: specifications)
                try sum.add(contribution)
            }
            bytes += sum.payloadBytes
            if keepsSums { sums.append(sum) }
            switch try next(after: state, sum: sum) {
            case .broadcast(let following): state = following
            case .done(let result):
                return ComputationRun(result: result, rounds: round, payloadBytesPerSite: bytes, sums: sums)
            }
        }
        throw FederationError.tooManyRounds(computation: Self.identifier, limit: roundLimit)
    }
}
