/// The name that Concord authorises: a study domain and a role, written as one URI in the subject alternative name.
public struct PeerName: Hashable, Sendable, CustomStringConvertible {
    /// What a peer is in the study.
    public enum Role: Hashable, Sendable {
        /// A hospital's agent, by site identifier.
        case site(String)
        /// A person at the coordinating centre or an auditor, by name.
        case `operator`(String)
        /// The coordinator itself.
        case coordinator
    }

    /// The study's domain, a lower-case DNS name.
    public let studyDomain: String
    /// The role in the study.
    public let role: Role

    /// Checks domain and identifier; throws `studyDomain` or `identifier`.
    public init(studyDomain: String, role: Role) throws(IdentityError) {
        guard Self.isStudyDomain(studyDomain) else { throw .studyDomain(studyDomain) }
        switch role {
        case .site(let id), .operator(let id): guard Self.isIdentifier(id) else { throw .identifier(id) }
        case .coordinator: break
        }
        self.studyDomain = studyDomain
        self.role = role
    }

    /// Reads `spiffe://<domain>/site/<id>`, `/operator/<name>` or `/coordinator`; nothing else is accepted.
    public init(uri: String) throws(IdentityError) {
        guard uri.utf8.starts(with: Self.scheme.utf8) else { throw .peerName(.shape) }
        let parts = uri.utf8.dropFirst(Self.scheme.utf8.count)
            .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        guard let domain = parts.first, Self.isStudyDomain(domain) else { throw .peerName(.shape) }
        studyDomain = domain
        switch (parts.count, parts.dropFirst().first) {
        case (3, "site") where Self.isIdentifier(parts[2]): role = .site(parts[2])
        case (3, "operator") where Self.isIdentifier(parts[2]): role = .operator(parts[2])
        case (2, "coordinator"): role = .coordinator
        default: throw .peerName(.shape)
        }
    }

    /// The URI of this name.
    public var uri: String {
        switch role {
        case .site(let id): "\(Self.scheme)\(studyDomain)/site/\(id)"
        case .operator(let name): "\(Self.scheme)\(studyDomain)/operator/\(name)"
        case .coordinator: "\(Self.scheme)\(studyDomain)/coordinator"
        }
    }

    /// The URI of this name.
    public var description: String { uri }

    /// The identifier of a site or an operator, `coordinator` for the coordinator: the subject's common name.
    public var shortName: String {
        switch role {
        case .site(let id), .operator(let id): id
        case .coordinator: "coordinator"
        }
    }

    static let scheme = "spiffe://"
    static let identifierRule =
        "must be lower-case letters, digits and hyphens, starting with a letter, \(Limits.identifierLength) at most"

    static func isIdentifier(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7a).contains(first), text.utf8.count <= Limits.identifierLength
        else { return false }
        return text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    }

    static func isStudyDomain(_ text: String) -> Bool {
        text.utf8.count <= Limits.studyDomainLength && isHostName(text)
            && text.utf8.allSatisfy { !(0x41...0x5a).contains($0) }
    }

    /// RFC 1123 host name: labels of letters, digits and inner hyphens; the last label is not a number.
    static func isHostName(_ text: String) -> Bool {
        guard text.utf8.count <= 253 else { return false }
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let last = labels.last, !last.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        return labels.allSatisfy { label in
            guard let first = label.first, let end = label.last, label.count <= 63 else { return false }
            return first != 0x2d && end != 0x2d
                && label.allSatisfy {
                    (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
                }
        }
    }
}
