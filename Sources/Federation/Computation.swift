/// A federated algorithm: the coordinator broadcasts a small state, each site answers with sums over its own rows, the
/// sums are added, and the coordinator computes the next state or the result.
///
///     broadcast 0 -> [site: contribute] -> sum -> broadcast 1 -> ... -> result
///
/// A computation whose coordinator must remember more than the sites need to know declares a `Broadcast` of its own: then the state stays with the
/// coordinator, and `broadcast(of:)` says what of it travels. States follow from the first one and the sums alone, so that whoever has
/// the sums can compute every state again and compare what was broadcast.
///
/// The same conformance runs pooled (one shard), simulated (k shards in one process), federated (k agents) and
/// securely aggregated. Implementations are pure: no clock, no file, no random number that is not derived from the state.
public protocol Computation: Sendable {
    /// A site's own rows. Never leaves the site.
    associatedtype Shard
    /// What the coordinator knows between two rounds.
    associatedtype State: Codable & Sendable
    /// What is broadcast: public to all sites; the whole state unless the computation says otherwise.
    associatedtype Broadcast: Codable & Sendable = State
    /// What the computation is for.
    associatedtype Result

    /// Stable name, `family.algorithm`, as in the catalogue.
    static var identifier: String { get }

    /// What the coordinator knows before the first round.
    func initialState() -> State

    /// What of the state travels.
    func broadcast(of state: State) -> Broadcast

    /// What a site sends in answer to a broadcast.
    func blocks(for broadcast: Broadcast) -> [BlockSpecification]

    /// The site's answer, summed over its own rows in a fixed order.
    ///
    /// - Throws: an error that names the field, never a case.
    func contribute(_ shard: Shard, to broadcast: Broadcast) throws -> Contribution

    /// What follows from the sum over all sites. The state is given away, so that a large one can be changed in place.
    func next(after state: consuming State, sum: Contribution) throws -> ComputationStep<State, Result>
}

extension Computation where Broadcast == State {
    /// The whole state.
    public func broadcast(of state: State) -> State { state }
}

extension Computation {
    /// What a site sends in the first round.
    public var firstBlocks: [BlockSpecification] { blocks(for: broadcast(of: initialState())) }
}

/// What a computation wants next.
public enum ComputationStep<State, Result> {
    /// Another round from this state.
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
            RunProgress.tell("\(Self.identifier), round \(round)")
            let broadcast = broadcast(of: state)
            let specifications = blocks(for: broadcast)
            func answer(_ shard: Shard) throws -> Contribution {
                let contribution = try contribute(shard, to: broadcast)
                try contribution.validate(against: specifications)
                return contribution
            }
            var sum = try answer(shards[0])
            for shard in shards.dropFirst() { try sum.add(answer(shard)) }
            bytes += sum.payloadBytes
            if keepsSums { sums.append(sum) }
            switch try next(after: consume state, sum: sum) {
            case .broadcast(let following): state = following
            case .done(let result):
                return ComputationRun(result: result, rounds: round, payloadBytesPerSite: bytes, sums: sums)
            }
        }
        throw FederationError.tooManyRounds(computation: Self.identifier, limit: roundLimit)
    }
}
