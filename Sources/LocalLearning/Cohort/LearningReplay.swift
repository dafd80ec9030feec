public import Federation
public import FoundationEssentials
import StudyProtocol

/// Runs an algorithm round by round: it is started again in every round, finds the results that are there already, and stops where
/// sums of the sites are needed.
///
/// An algorithm reads nothing but results of computations, so that it comes the same way each time; what lies between rounds is
/// `finished`, which the coordinator keeps. Parts that do not need each other, such as folds, are asked for in the same round.
/// Results of a part that is complete are replaced by what the part worked out, so that a round costs the results of the open parts
/// and not those of all rounds before it.
public final class LearningReplay {
    /// Results so far by their place in the algorithm, as canonical JSON.
    public private(set) var finished: [String: Data]
    private var open: [String: (request: LearningRequest, sum: Contribution)] = [:]
    private let decoded: DecodedStates
    private var scope = ""
    private var next = 0

    /// The sites must answer first.
    public struct Pending: Error {
        /// What they are asked.
        public let round: LearningRound
    }

    /// Goes on where a round was closed.
    ///
    /// - Parameters:
    ///   - open: what was asked in the round, and the sum of the answers; nil before the first.
    ///   - decoded: what was read of the round before.
    /// - Throws: `FederationError` for a sum of other blocks.
    public init(
        finished: [String: Data] = [:], open: (round: LearningRound, sum: Contribution)? = nil,
        decoded: DecodedStates = DecodedStates()
    ) throws {
        self.finished = finished
        self.decoded = decoded
        guard let open else { return }
        for (place, own) in open.round.requests.enumerated() {
            self.open[own.place] = (own.request, try open.round.part(place, of: open.sum))
        }
    }

    func result<C: Computation>(_ computation: C, steps: [RowStep], form: ShardForm) throws -> C.Result
    where C.Result: Codable {
        let place = "\(scope)#\(next)"
        next += 1
        if let bytes = finished[place] { return try CanonicalForm.decode(C.Result.self, from: bytes) }
        // What the sites were not told is kept beside the results.
        let memory = "\(place)+state"
        var state =
            try finished[memory].map { try CanonicalForm.decode(C.State.self, from: $0) } ?? computation.initialState()
        if let open = open.removeValue(forKey: place) {
            guard open.request.computation == C.identifier, open.request.steps == steps, open.request.form == form
            else { throw Self.otherRound }
            if C.Broadcast.self == C.State.self {
                state = try decoded.value(C.State.self, from: open.request.state)
            } else if try CanonicalForm.encode(computation.broadcast(of: state)) != open.request.state {
                throw Self.otherRound
            }
            switch try computation.next(after: state, sum: open.sum) {
            case .done(let result):
                finished[memory] = nil
                finished[place] = try CanonicalForm.encode(result)
                return result
            case .broadcast(let following): state = following
            }
        }
        if C.Broadcast.self != C.State.self { finished[memory] = try CanonicalForm.encode(state) }
        let request = LearningRequest(
            computation: C.identifier, steps: steps, form: form,
            state: try CanonicalForm.encode(computation.broadcast(of: state)))
        throw Pending(round: LearningRound(requests: [LearningRound.Placed(place: place, request: request)]))
    }

    private static let otherRound = LocalLearningError.options(
        "the round that was closed is not the one that the protocol's algorithm asks for; run the study again "
            + "with one version of the software")

    /// - Parameter label: tells the part from others of the same scope.
    func remembered<Value: Codable>(_ label: String, _ body: () throws -> Value) throws -> Value {
        let outer = (scope, next)
        scope += "/\(label)"
        next = 0
        let inner = scope
        defer { (scope, next) = outer }
        if let bytes = finished[inner] { return try CanonicalForm.decode(Value.self, from: bytes) }
        let value = try body()
        finished = finished.filter { !$0.key.hasPrefix("\(inner)#") && !$0.key.hasPrefix("\(inner)/") }
        finished[inner] = try CanonicalForm.encode(value)
        return value
    }

    func each<Item, Value: Codable>(
        _ items: [Item], _ label: (Item) -> String, _ body: (Item) throws -> Value
    ) throws -> [Value] {
        // What is there is read only once all is: each of many rounds looks at what is open alone.
        var requests: [LearningRound.Placed] = []
        for item in items where finished["\(scope)/\(label(item))"] == nil {
            do {
                _ = try remembered(label(item)) { try body(item) }
            } catch let pending as Pending {
                requests += pending.round.requests
            }
        }
        guard requests.isEmpty else { throw Pending(round: LearningRound(requests: requests)) }
        return try items.map { item in try remembered(label(item)) { try body(item) } }
    }
}
