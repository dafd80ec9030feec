public import Federation
public import FoundationEssentials
import StudyProtocol

/// Runs a harmonisation round by round: it is started again in every round, finds the results that are there already, and stops
/// where sums of the sites are needed. It reads nothing but results of computations, so that it comes the same way each time.
public final class HarmonisationReplay {
    /// Results so far, in their order, as canonical JSON.
    public private(set) var finished: [Data]
    private var open: (request: HarmonisationRequest, sum: Contribution)?
    private var next = 0

    /// The sites must answer first.
    public struct Pending: Error {
        /// What they are asked.
        public let request: HarmonisationRequest
    }

    /// Goes on where a round was closed.
    ///
    /// - Parameter open: what was asked in the round, and the sum of the answers; nil before the first.
    public init(finished: [Data] = [], open: (request: HarmonisationRequest, sum: Contribution)? = nil) {
        self.finished = finished
        self.open = open
    }

    /// The result of a computation over the rows of the sites.
    ///
    /// - Throws: `Pending` where the sites must answer first; what the computation throws.
    func result<C: Computation>(_ computation: C, _ rows: RequestedRows) throws -> C.Result
    where C.Result: Codable, C.Broadcast == C.State {
        defer { next += 1 }
        if next < finished.count { return try CanonicalForm.decode(C.Result.self, from: finished[next]) }
        var state = computation.initialState()
        if let (request, sum) = open {
            open = nil
            guard request.computation == C.identifier, request.rows == rows else {
                throw LocalHarmonisationError.options(
                    "the round that was closed is not the one that the protocol's harmonisation asks for; run the study again "
                        + "with one version of the software")
            }
            switch try computation.next(after: CanonicalForm.decode(C.State.self, from: request.state), sum: sum) {
            case .done(let result):
                finished.append(try CanonicalForm.encode(result))
                return result
            case .broadcast(let following): state = following
            }
        }
        throw Pending(
            request: HarmonisationRequest(
                computation: C.identifier, rows: rows, state: try CanonicalForm.encode(state)))
    }
}
