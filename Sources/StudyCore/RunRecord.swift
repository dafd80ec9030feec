import FoundationEssentials

/// A run as the coordinator's store keeps it.
public struct RunRecord: Sendable, Equatable, Codable {
    /// Identifier of the run.
    public let run: String
    /// SHA-256 of the protocol.
    public let protocolHash: String
    /// Whether the run goes on.
    public var status: RunStatus
    /// The open round, if the run goes on.
    public var open: RoundRecord?
    /// Chain over all closed rounds; empty before the first.
    public var transcriptSHA256: String

    /// Creates a record.
    public init(
        run: String, protocolHash: String, status: RunStatus = .running, open: RoundRecord? = nil,
        transcriptSHA256: String = ""
    ) {
        self.run = run
        self.protocolHash = protocolHash
        self.status = status
        self.open = open
        self.transcriptSHA256 = transcriptSHA256
    }
}

/// Whether a run goes on.
public enum RunStatus: Sendable, Equatable, Codable {
    /// A round is open.
    case running
    /// All stages are done.
    case finished
    /// Ended without results, with the reason.
    case failed(String)
}

/// An open round.
public struct RoundRecord: Sendable, Equatable, Codable {
    /// What was broadcast.
    public let task: StudyTask
    /// Sites that must answer.
    public let participants: [String]
    /// Where the pipeline stands.
    public let pipeline: PipelineState
    /// Sites whose answer is stored.
    public var received: Set<String>

    /// Creates a round.
    public init(task: StudyTask, participants: [String], pipeline: PipelineState, received: Set<String> = []) {
        self.task = task
        self.participants = participants
        self.pipeline = pipeline
        self.received = received
    }

    /// Whether every participant has answered.
    public var isComplete: Bool { received.isSuperset(of: participants) }
}

/// What the store has from a site for a round.
public struct StoredAnswer: Sendable, Equatable {
    /// SHA-256 of the stored bytes.
    public let bodySHA256: String
    /// The receipt that the site got.
    public let receipt: Receipt

    /// Creates the pair.
    public init(bodySHA256: String, receipt: Receipt) {
        self.bodySHA256 = bodySHA256
        self.receipt = receipt
    }
}

/// The coordinator's word that an answer counts.
public struct Receipt: Sendable, Equatable, Codable {
    /// The run.
    public let run: String
    /// The round.
    public let round: Int
    /// The site.
    public let site: String
    /// SHA-256 of the answer's bytes.
    public let bodySHA256: String
    /// When the answer was stored first, milliseconds since 1970.
    public let receivedAtMilliseconds: Int64

    /// Creates a receipt.
    public init(run: String, round: Int, site: String, bodySHA256: String, receivedAtMilliseconds: Int64) {
        self.run = run
        self.round = round
        self.site = site
        self.bodySHA256 = bodySHA256
        self.receivedAtMilliseconds = receivedAtMilliseconds
    }
}

/// The one form of an error on the wire.
public struct Fault: Error, Sendable, Equatable, Codable, CustomStringConvertible {
    /// Stable word for programs.
    public let code: Code
    /// A sentence for people; never a patient's data.
    public let message: String
    /// Whether the same request may succeed later.
    public let retry: Bool

    /// Stable words for programs.
    public enum Code: String, Sendable, Equatable, Codable, CaseIterable {
        /// Other bytes of the site are already stored for the round.
        case conflict
        /// The round is closed.
        case gone
        /// The caller may not do that.
        case notAllowed = "not_allowed"
        /// The request does not fit what was asked.
        case invalid
        /// There is no such thing.
        case notFound = "not_found"
        /// The body is over the limit.
        case tooLarge = "too_large"
        /// The coordinator cannot serve now.
        case unavailable
    }

    /// Creates a fault.
    public init(code: Code, message: String, retry: Bool) {
        self.code = code
        self.message = message
        self.retry = retry
    }

    /// Other bytes are already stored.
    public static let conflict = Fault(
        code: .conflict, message: "another answer of this site is already stored for the round", retry: false)
    /// The round is closed.
    public static let gone = Fault(code: .gone, message: "the round is closed", retry: false)
    /// The site is not asked.
    public static let notAParticipant = Fault(
        code: .notAllowed, message: "the site is not asked in this round", retry: false)
    /// The request does not fit.
    public static func invalid(_ reason: String) -> Fault { Fault(code: .invalid, message: reason, retry: false) }
    /// There is no such thing.
    public static func notFound(_ what: String) -> Fault {
        Fault(code: .notFound, message: "there is no \(what)", retry: false)
    }
    /// The coordinator cannot serve now.
    public static func unavailable(_ reason: String) -> Fault {
        Fault(code: .unavailable, message: reason, retry: true)
    }

    /// The sentence.
    public var description: String { message }
}
