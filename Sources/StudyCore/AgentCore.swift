public import Disclosure
public import FoundationEssentials

/// The agent's side of a run as a pure state machine: no clock, socket, file or random number inside.
///
/// Order of things: poll, fetch what the task builds on, compute, write the exact bytes to the journal, send them until
/// there is an answer, record it, poll again. After a crash it starts with what the journal holds and sends those bytes.
public struct AgentCore: Sendable, Equatable {
    /// Where the agent stands.
    public private(set) var phase: Phase
    var failures = 0

    /// Where the agent stands.
    public enum Phase: Sendable, Equatable {
        /// Not yet started.
        case idle
        /// Waiting for work.
        case polling
        /// Waiting before the next attempt of what follows.
        case resting(next: Next)
        /// Computing the answer to a task (fetching what it builds on first).
        case computing(StudyTask)
        /// Writing the answer to the journal.
        case journalling(Submission)
        /// Sending an answer that the journal holds.
        case sending(Submission)
        /// Telling the coordinator that the site will not answer.
        case refusing(StudyTask, rule: PolicyRule, message: String)
    }

    /// What an agent does after a rest.
    public enum Next: Sendable, Equatable {
        /// Ask for work.
        case poll
        /// Send the answer again.
        case send(Submission)
        /// Try the task again.
        case compute(StudyTask)
    }

    /// What can happen to an agent.
    public enum Event: Sendable, Equatable {
        /// The process started; `unacknowledged` is what the journal holds without a receipt, oldest first.
        case start(unacknowledged: [Submission])
        /// The poll ended: a task, or nothing within the time.
        case polled(StudyTask?)
        /// The coordinator could not be reached, or said to try again.
        case unreachable
        /// The answer is ready.
        case computed(Submission)
        /// The site's policy or its data say no.
        case refused(rule: PolicyRule, message: String)
        /// The site's policy says not yet.
        case mustWait
        /// The bytes are durable.
        case journalled
        /// The coordinator answered the submission with this HTTP-like verdict.
        case submitted(Verdict)
        /// The coordinator knows of the refusal.
        case refusalDelivered
        /// The rest is over.
        case rested
    }

    /// What the coordinator said to a submission.
    public enum Verdict: Sendable, Equatable {
        /// It counts.
        case receipt(Receipt)
        /// It does not count and never will.
        case rejected(Fault)
    }

    /// What the shell must do.
    public enum Effect: Sendable, Equatable {
        /// Ask for work; the coordinator may hold the request for so long.
        case poll(waitSeconds: Int)
        /// Fetch what the task builds on, decide by the policy, compute.
        case compute(StudyTask)
        /// Make the bytes durable, with the ledger entry, in one transaction.
        case journal(Submission)
        /// Send the bytes.
        case send(Submission)
        /// Store the receipt.
        case acknowledge(Submission, Receipt)
        /// Mark the submission as not counted.
        case discard(Submission, Fault)
        /// Tell the coordinator that the site will not answer.
        case refuse(StudyTask, rule: PolicyRule, message: String)
        /// Wait.
        case rest(milliseconds: Int)
    }

    /// Seconds that the coordinator may hold a poll.
    public static let pollSeconds = 25

    /// An agent that has not started.
    public init() { phase = .idle }

    /// Takes one event.
    public mutating func step(_ event: Event) -> [Effect] {
        switch (phase, event) {
        case (.idle, .start(let unacknowledged)):
            if let first = unacknowledged.first { return send(first) }
            return poll()
        case (.polling, .polled(let task)):
            failures = 0
            guard let task else { return poll() }
            phase = .computing(task)
            return [.compute(task)]
        case (.polling, .unreachable):
            return rest(next: .poll)
        case (.computing, .computed(let submission)):
            phase = .journalling(submission)
            return [.journal(submission)]
        case (.computing(let task), .refused(let rule, let message)):
            phase = .refusing(task, rule: rule, message: message)
            return [.refuse(task, rule: rule, message: message)]
        case (.computing, .mustWait):
            phase = .resting(next: .poll)
            return [.rest(milliseconds: 2000)]
        case (.computing(let task), .unreachable):
            return rest(next: .compute(task))
        case (.journalling(let submission), .journalled):
            return send(submission)
        case (.sending(let submission), .submitted(let verdict)):
            failures = 0
            phase = .polling
            switch verdict {
            case .receipt(let receipt):
                return [.acknowledge(submission, receipt), .poll(waitSeconds: Self.pollSeconds)]
            case .rejected(let fault):
                return [.discard(submission, fault), .poll(waitSeconds: Self.pollSeconds)]
            }
        case (.sending(let submission), .unreachable):
            return rest(next: .send(submission))
        case (.refusing, .refusalDelivered):
            failures = 0
            return poll()
        case (.refusing, .unreachable):
            return rest(next: .poll)
        case (.resting(let next), .rested):
            switch next {
            case .poll: return poll()
            case .send(let submission): return send(submission)
            case .compute(let task):
                phase = .computing(task)
                return [.compute(task)]
            }
        default:
            // An event that does not belong to the phase (a late reply of an abandoned request) changes nothing.
            return []
        }
    }

    private mutating func poll() -> [Effect] {
        phase = .polling
        return [.poll(waitSeconds: Self.pollSeconds)]
    }

    private mutating func send(_ submission: Submission) -> [Effect] {
        phase = .sending(submission)
        return [.send(submission)]
    }

    private mutating func rest(next: Next) -> [Effect] {
        // 100 ms, doubling to 5 s: quick over a restart of the coordinator, gentle over a long outage.
        let milliseconds = min(5000, 100 << min(failures, 6))
        failures += 1
        phase = .resting(next: next)
        return [.rest(milliseconds: milliseconds)]
    }
}

/// The exact bytes of one answer.
public struct Submission: Sendable, Equatable {
    /// The run.
    public let run: String
    /// The round.
    public let round: Int
    /// The computation, for the ledger.
    public let computation: String
    /// The message.
    public let body: Data
    /// Names of everything in the message, for the ledger.
    public let items: [String]

    /// Creates a submission.
    public init(run: String, round: Int, computation: String, body: Data, items: [String]) {
        self.run = run
        self.round = round
        self.computation = computation
        self.body = body
        self.items = items
    }
}
