public import FoundationEssentials

/// What can be wrong with keys, certificates, signing requests and enrolment tokens.
public enum IdentityError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A PEM or DER text that does not parse as what it should be.
    case malformed(Document, detail: String)
    /// A PEM or DER text that is longer than the limit.
    case tooLong(Document, limitBytes: Int)
    /// A study domain that breaks the naming rule.
    case studyDomain(String)
    /// A site or operator identifier that breaks the naming rule.
    case identifier(String)
    /// A DNS name or IP address that cannot stand in a server certificate.
    case serverName(String)
    /// A server certificate was asked for without any name, or with too many.
    case serverNameCount(Int)
    /// A key that is not on P-256.
    case keyType(Document)
    /// The signing request is not signed by the key that it holds.
    case proofOfPossession
    /// Private key and certificate do not belong together.
    case keyMismatch
    /// The certificate that should be the authority's is not one of a Concord authority.
    case notAnAuthority(detail: String)
    /// The authority's own certificate is not valid at this time, so it issues nothing.
    case authorityNotValid(from: Date, until: Date)
    /// A validity outside the allowed range.
    case validity(seconds: Int64)
    /// A serial number that is not 1 to 20 bytes of hexadecimal.
    case serial(String)
    /// A fingerprint that is not 64 hexadecimal digits.
    case fingerprint
    /// An enrolment token that does not parse.
    case token(TokenFault)
    /// The URI name of a certificate is not one that Concord issues.
    case peerName(PeerNameFault)
    /// The certificate may not be used for the role that its name claims.
    case peerUsage(detail: String)

    /// Which text an error is about.
    public enum Document: String, Sendable {
        case certificate = "certificate"
        case authorityCertificate = "authority certificate"
        case privateKey = "private key"
        case signingRequest = "signing request"
    }

    /// What is wrong with an enrolment token; never holds any part of the token.
    public enum TokenFault: String, Sendable {
        case length = "it is empty or too long"
        case shape = "it is not four parts separated by dots"
        case version = "it does not start with concord1"
        case site = "its site name breaks the rule"
        case secret = "its secret is not 43 base64url characters"
        case authority = "its authority fingerprint is not 64 lower-case hexadecimal digits"
    }

    /// What is wrong with the URI name of a certificate.
    public enum PeerNameFault: Equatable, Sendable {
        /// The certificate carries no URI name.
        case missing
        /// The certificate carries more than one URI name.
        case several(Int)
        /// The URI is not `spiffe://<domain>/site/<id>`, `/operator/<name>` or `/coordinator`.
        case shape
        /// The URI belongs to another study domain.
        case otherStudy(found: String, expected: String)
    }

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .malformed(let document, let detail):
            "The \(document.rawValue) cannot be read (\(detail)): supply one complete PEM block."
        case .tooLong(let document, let limit):
            "The \(document.rawValue) is longer than \(limit) bytes: supply one PEM block, not a bundle."
        case .studyDomain(let text):
            "The study domain \"\(text.prefix(80))\" is not a lower-case DNS name of at most "
                + "\(Limits.studyDomainLength) characters: choose one such as lung.example.org."
        case .identifier(let text):
            "The identifier \"\(text.prefix(80))\" \(PeerName.identifierRule)."
        case .serverName(let text):
            "\"\(text.prefix(80))\" is neither a DNS name nor an IP address: name the host as clients will reach it."
        case .serverNameCount(let count):
            "A server certificate needs 1 to \(Limits.serverNames) DNS names and addresses, not \(count)."
        case .keyType(let document):
            "The key in the \(document.rawValue) is not a P-256 key: make a new one with `concord-agent enrol`."
        case .proofOfPossession:
            "The signing request is not signed by its own key: it was altered, make a new one."
        case .keyMismatch:
            "The private key does not belong to the certificate: restore the pair that was made together, or enrol again."
        case .notAnAuthority(let detail):
            "The certificate is not one of a Concord authority (\(detail)): supply the study's CA certificate."
        case .authorityNotValid(let from, let until):
            "The authority's certificate is valid from \(from.formatted(.iso8601)) to \(until.formatted(.iso8601)), "
                + "not now: check the clock or make a new authority."
        case .validity(let seconds):
            "A validity of \(seconds) s is outside \(Limits.shortestValiditySeconds) s to "
                + "\(Limits.longestValiditySeconds) s."
        case .serial(let text):
            "The serial number \"\(text.prefix(48))\" is not 1 to 20 bytes of hexadecimal."
        case .fingerprint:
            "A fingerprint is 64 hexadecimal digits (SHA-256): copy it again from the coordinating centre."
        case .token(let fault):
            "The enrolment token cannot be used: \(fault.rawValue). Copy the whole token from the coordinating centre."
        case .peerName(.missing):
            "The certificate carries no spiffe:// name: it was not issued by a Concord authority."
        case .peerName(.several(let count)):
            "The certificate carries \(count) URI names where exactly one is allowed."
        case .peerName(.shape):
            "The certificate's URI name is not one that a Concord authority issues."
        case .peerName(.otherStudy(let found, let expected)):
            "The certificate belongs to the study domain \(found), not to \(expected)."
        case .peerUsage(let detail):
            "The certificate may not be used for the role in its name: \(detail)."
        }
    }
}
