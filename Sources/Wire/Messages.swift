import Disclosure
public import Federation
public import FoundationEssentials
import Statistics
public import StudyCore
import SwiftProtobuf

/// What is wrong with a message. Never repeats its content.
public enum WireError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not a message of the expected kind.
    case malformed(String)
    /// A field has no valid value.
    case field(String)
    /// A list is longer than its limit.
    case tooMany(String, limit: Int)

    /// One sentence.
    public var description: String {
        switch self {
        case .malformed(let kind): "not a valid \(kind) message"
        case .field(let name): "the field \(name) has no valid value"
        case .tooMany(let name, let limit): "the field \(name) has more than \(limit) elements"
        }
    }
}

/// Largest messages.
public enum WireLimits {
    /// Bytes of an answer.
    public static let answerBytes = 64 << 20
    /// Releases of an answer.
    public static let releases = 10_000
    /// Feature columns of an answer.
    public static let columns = 100_000
    /// Bytes of a name or sentence.
    public static let textBytes = 512
    /// Bytes of a small message: enrolment, refusal.
    public static let smallBytes = 64 << 10
}

/// Encoding of the messages between agent and coordinator (`concord.proto`); a message is checked once, here.
public enum WireCodec {
    /// Encodes a task.
    public static func encode(_ task: StudyTask) throws -> Data {
        var message = Concord_V1_Work()
        message.run = task.run
        message.round = UInt32(task.round)
        message.stage = task.stage.rawValue
        message.computation = task.computation
        message.state = task.state
        message.protocolSha256 = task.protocolHash
        message.artefacts = task.artefacts.sorted { $0.key < $1.key }.map { name, hash in
            var artefact = Concord_V1_Artefact()
            artefact.name = name
            artefact.sha256 = hash
            return artefact
        }
        return try message.serializedData()
    }

    /// Decodes a task.
    public static func task(_ bytes: Data) throws -> StudyTask {
        guard let message = try? Concord_V1_Work(serializedBytes: bytes) else { throw WireError.malformed("Work") }
        guard let stage = Stage(rawValue: message.stage) else { throw WireError.field("stage") }
        return StudyTask(
            run: try text(message.run, "run"), round: Int(message.round), stage: stage,
            computation: try text(message.computation, "computation"), state: message.state,
            protocolHash: try hash(message.protocolSha256, "protocol_sha256"),
            artefacts: try Dictionary(
                message.artefacts.map {
                    (try text($0.name, "artefacts.name"), try hash($0.sha256, "artefacts.sha256"))
                },
                uniquingKeysWith: { first, _ in first }))
    }

    /// Encodes an answer. The same answer gives the same bytes.
    public static func encode(_ answer: Answer, run: String, round: Int) throws -> Data {
        var message = Concord_V1_Answer()
        message.run = run
        message.round = UInt32(round)
        message.blocks = answer.contribution.blocks.map { block in
            var encoded = Concord_V1_Block()
            encoded.name = block.specification.name
            encoded.words = Data(block.littleEndianBytes)
            return encoded
        }
        message.releases = answer.releases.map(Self.encode)
        message.columns = answer.columns
        message.commitment = answer.commitment
        return try message.serializedData()
    }

    /// Decodes an answer to a round whose blocks are given.
    ///
    /// - Throws: `WireError` or `FederationError`.
    public static func answer(
        _ bytes: Data, run: String, round: Int, specifications: [BlockSpecification]
    ) throws -> Answer {
        guard let message = try? Concord_V1_Answer(serializedBytes: bytes) else {
            throw WireError.malformed("Answer")
        }
        guard message.run == run else { throw WireError.field("run") }
        guard message.round == UInt32(round) else { throw WireError.field("round") }
        guard message.releases.count <= WireLimits.releases else {
            throw WireError.tooMany("releases", limit: WireLimits.releases)
        }
        guard message.columns.count <= WireLimits.columns else {
            throw WireError.tooMany("columns", limit: WireLimits.columns)
        }
        guard message.blocks.map(\.name) == specifications.map(\.name) else { throw WireError.field("blocks.name") }
        let blocks = try zip(message.blocks, specifications).map { block, specification in
            try Block(specification: specification, littleEndianBytes: [UInt8](block.words))
        }
        return Answer(
            contribution: Contribution(blocks: blocks), releases: try message.releases.map(release),
            columns: try message.columns.map { try text($0, "columns") },
            commitment: message.commitment.isEmpty ? "" : try hash(message.commitment, "commitment"))
    }

    private static func encode(_ release: Release) -> Concord_V1_Release {
        var message = Concord_V1_Release()
        message.releaseClass = release.releaseClass.rawValue
        message.statistic = release.statistic
        message.subject = release.subject
        switch release.estimate {
        case .value(let value):
            message.status = .ok
            message.value = value.value
            if let number = value.standardError { message.standardError = number }
            if let number = value.lower { message.lower = number }
            if let number = value.upper { message.upper = number }
            message.n = Int64(value.n)
            if let number = value.events { message.events = Int64(number) }
            message.method = value.method
        case .suppressed(let reason):
            message.status = .suppressed
            message.reason = reason
        case .notEstimable(let reason):
            message.status = .notEstimable
            message.reason = reason
        }
        return message
    }

    private static func release(_ message: Concord_V1_Release) throws -> Release {
        guard let releaseClass = ReleaseClass(rawValue: message.releaseClass) else {
            throw WireError.field("releases.release_class")
        }
        let estimate: Estimate
        switch message.status {
        case .ok:
            let numbers = [message.value, message.standardError, message.lower, message.upper]
            guard numbers.allSatisfy(\.isFinite), message.n >= 0, message.n < 1 << 53 else {
                throw WireError.field("releases.value")
            }
            estimate = .value(
                EstimateValue(
                    value: message.value, standardError: message.hasStandardError ? message.standardError : nil,
                    lower: message.hasLower ? message.lower : nil, upper: message.hasUpper ? message.upper : nil,
                    n: Int(message.n), events: message.hasEvents ? Int(message.events) : nil,
                    method: try text(message.method, "releases.method", emptyAllowed: true)))
        case .suppressed: estimate = .suppressed(try text(message.reason, "releases.reason"))
        case .notEstimable: estimate = .notEstimable(try text(message.reason, "releases.reason"))
        case .unspecified, .UNRECOGNIZED: throw WireError.field("releases.status")
        }
        return Release(
            releaseClass: releaseClass, statistic: try text(message.statistic, "releases.statistic"),
            subject: try text(message.subject, "releases.subject", emptyAllowed: true), estimate: estimate)
    }

    /// Encodes a receipt.
    public static func encode(_ receipt: Receipt) throws -> Data {
        var message = Concord_V1_Receipt()
        message.run = receipt.run
        message.round = UInt32(receipt.round)
        message.site = receipt.site
        message.bodySha256 = receipt.bodySHA256
        message.receivedAtMs = receipt.receivedAtMilliseconds
        return try message.serializedData()
    }

    /// Decodes a receipt.
    public static func receipt(_ bytes: Data) throws -> Receipt {
        guard let message = try? Concord_V1_Receipt(serializedBytes: bytes) else {
            throw WireError.malformed("Receipt")
        }
        return Receipt(
            run: try text(message.run, "run"), round: Int(message.round), site: try text(message.site, "site"),
            bodySHA256: try hash(message.bodySha256, "body_sha256"), receivedAtMilliseconds: message.receivedAtMs)
    }

    /// Encodes a fault.
    public static func encode(_ fault: Fault) throws -> Data {
        var message = Concord_V1_Fault()
        message.code = fault.code.rawValue
        message.message = fault.message
        message.retry = fault.retry
        return try message.serializedData()
    }

    /// Decodes a fault; `nil` if the bytes are not one (an answer of a proxy on the way, for example).
    public static func fault(_ bytes: Data) -> Fault? {
        guard let message = try? Concord_V1_Fault(serializedBytes: bytes), let code = Fault.Code(rawValue: message.code)
        else { return nil }
        return Fault(code: code, message: message.message, retry: message.retry)
    }

    /// Encodes a refusal.
    public static func encodeRefusal(run: String, round: Int, rule: String, message text: String) throws -> Data {
        var message = Concord_V1_Refusal()
        message.run = run
        message.round = UInt32(round)
        message.rule = rule
        message.message = text
        return try message.serializedData()
    }

    /// Decodes a refusal.
    public static func refusal(_ bytes: Data) throws -> (run: String, round: Int, rule: String, message: String) {
        guard let message = try? Concord_V1_Refusal(serializedBytes: bytes) else {
            throw WireError.malformed("Refusal")
        }
        return (
            try text(message.run, "run"), Int(message.round), try text(message.rule, "rule"),
            try text(message.message, "message")
        )
    }

    /// Encodes a request for a certificate.
    public static func encodeEnrolment(secret: String, signingRequest: String, version: String) throws -> Data {
        var message = Concord_V1_EnrolmentRequest()
        message.tokenSecret = secret
        message.signingRequestPem = signingRequest
        message.agentVersion = version
        return try message.serializedData()
    }

    /// Decodes a request for a certificate.
    public static func enrolment(_ bytes: Data) throws -> (secret: String, signingRequest: String, version: String) {
        guard let message = try? Concord_V1_EnrolmentRequest(serializedBytes: bytes) else {
            throw WireError.malformed("EnrolmentRequest")
        }
        return (message.tokenSecret, message.signingRequestPem, message.agentVersion)
    }

    /// Encodes an issued certificate.
    public static func encodeEnrolmentReply(certificate: String, authority: String) throws -> Data {
        var message = Concord_V1_EnrolmentReply()
        message.certificatePem = certificate
        message.authorityPem = authority
        return try message.serializedData()
    }

    /// Decodes an issued certificate.
    public static func enrolmentReply(_ bytes: Data) throws -> (certificate: String, authority: String) {
        guard let message = try? Concord_V1_EnrolmentReply(serializedBytes: bytes) else {
            throw WireError.malformed("EnrolmentReply")
        }
        return (message.certificatePem, message.authorityPem)
    }

    private static func text(_ value: String, _ field: String, emptyAllowed: Bool = false) throws -> String {
        guard value.utf8.count <= WireLimits.textBytes, emptyAllowed || !value.isEmpty,
            !value.unicodeScalars.contains(where: { $0.value < 0x20 })
        else { throw WireError.field(field) }
        return value
    }

    private static func hash(_ value: String, _ field: String) throws -> String {
        guard value.utf8.count == 64, value.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
            throw WireError.field(field)
        }
        return value
    }
}
