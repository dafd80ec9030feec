public import Federation
public import FoundationEssentials
import StudyProtocol

/// Runs an algorithm round by round: it is started again in every round, finds the results that are there already, and stops where a
/// sum of the sites is needed.
///
/// An algorithm reads nothing but results of computations, so that it comes the same way each time; what lies between rounds is
/// `finished`, which the coordinator keeps. Results of a part that is complete are replaced by what the part worked out.
public final class LearningReplay {
    /// Results so far, in the order in which they are asked for, as canonical JSON.
    public private(set) var finished: [Data]
    private var open: (request: LearningRequest, sum: Contribution)?
    private var next = 0

    /// The sites must answer first.
    public struct Pending: Error {
        /// What they are asked.
        public let request: LearningRequest
    }

    /// Goes on where a round was closed.
    ///
    /// - Parameter open: what was asked in the round, and the sum of the answers; nil before the first.
    public init(finished: [Data] = [], open: (request: LearningRequest, sum: Contribution)? = nil) {
        (self.finished, self.open) = (finished, open)
    }

    func result<C: Computation>(_ computation: C, steps: [RowStep], form: ShardForm) throws -> C.Result
    where C.Result: Codable {
        if next < finished.count { return try taken() }
        var state = computation.initialState()
        if let open {
            self.open = nil
            guard open.request.computation == C.identifier, open.request.steps == steps, open.request.form == form else {
                throw LocalLearningError.options(
                    "the round that was closed is not the one that the protocol's algorithm asks for; run the study again "
                        + "with one version of the software")
            }
            let broadcast = try CanonicalForm.decode(C.State.self, from: open.request.state)
            switch try computation.next(after: broadcast, sum: open.sum) {
            case .done(let result): return try adding(result)
            case .broadcast(let following): state = following
            }
        }
        throw Pending(
            request: LearningRequest(
                computation: C.identifier, steps: steps, form: form, state: try CanonicalForm.encode(state)))
    }

    /// - Parameter label: tells the part from the others that start at the same place.
    func remembered<Value: Codable>(_ label: String, _ body: () throws -> Value) throws -> Value {
        let start = next
        if start < finished.count,
            finished[start].starts(with: Data("{\"\(Remembered<Value>.mark)\":\"\(label)\",".utf8))
        {
            next += 1
            return try CanonicalForm.decode(Remembered<Value>.self, from: finished[start]).value
        }
        let value = try body()
        finished.removeSubrange(start...)
        next = start
        return try adding(Remembered(complete: label, value: value)).value
    }

    /// What stands for several results; its first member tells it from a result.
    private struct Remembered<Value: Codable>: Codable {
        static var mark: String { "complete" }
        let complete: String
        let value: Value
    }

    private func taken<Value: Codable>() throws -> Value {
        defer { next += 1 }
        return try CanonicalForm.decode(Value.self, from: finished[next])
    }

    private func adding<Value: Codable>(_ value: Value) throws -> Value {
        finished.append(try CanonicalForm.encode(value))
        next += 1
        return value
    }
}

/// What the sites of a study are asked in a round of learning.
public struct LearningRequest: Codable, Sendable, Equatable {
    /// The computation.
    public let computation: String
    /// What is done to the rows first.
    public let steps: [RowStep]
    /// What the rows become.
    public let form: ShardForm
    /// The computation's broadcast, canonical JSON.
    public let state: Data

    /// The folds that it speaks of.
    public var folds: [InnerFolds] { steps.compactMap(\.folds) + [form.folds].compactMap(\.self) }
}
