import StudyCore
public import FoundationEssentials
public import Identity
import Transport
import Wire

/// A site's key and certificate in its store. The key is made here and never leaves.
public struct SiteCredentials: Sendable, Equatable {
    /// Private key, readable by the agent's user only.
    public let keyFile: String
    /// Certificate.
    public let certificateFile: String
    /// Authority that issued it, and that the coordinator's certificate must come from.
    public let authorityFile: String

    /// The files of a store folder.
    public init(store: String) {
        let folder = URL(filePath: store)
        keyFile = folder.appending(path: "site.key").path
        certificateFile = folder.appending(path: "site.pem").path
        authorityFile = folder.appending(path: "authority.pem").path
    }

    /// Whether the site has a certificate.
    public var exist: Bool {
        [keyFile, certificateFile, authorityFile].allSatisfy { FileManager.default.fileExists(atPath: $0) }
    }

    func text(_ path: String) throws(AgentError) -> String {
        guard let text = try? String(contentsOf: URL(filePath: path), encoding: .utf8) else {
            throw .notEnrolled(URL(filePath: path).deletingLastPathComponent().lastPathComponent)
        }
        return text
    }

    /// The verdict on the certificate at a time.
    public func status(now: Date) async throws -> LeafStatus {
        try await LeafStatus.of(
            certificatePEM: try text(certificateFile), authorityPEM: try text(authorityFile),
            keyPEM: try text(keyFile), now: now)
    }

    /// Enrols a site: fetches the authority, checks its fingerprint against the token's, makes a key, sends a signing
    /// request, and stores the certificate.
    ///
    /// - Throws: `AgentError.wrongAuthority` before anything secret is sent.
    public static func enrol(configuration: SiteConfiguration, token text: String) async throws {
        let token = try EnrolmentToken(parsing: text)
        guard token.siteID == configuration.site else {
            throw AgentError.data(
                "the token is for site '\(token.siteID)', the site file is of '\(configuration.site)'")
        }
        let response = try await HTTPSClient.fetchUnverified(
            origin: configuration.coordinator, path: "/v1/authority", proxy: configuration.proxyChoice)
        let authority = String(decoding: response.body, as: UTF8.self)
        guard response.status == 200, let fingerprint = try? Fingerprint.ofCertificate(pem: authority),
            fingerprint == token.authorityFingerprint
        else { throw AgentError.wrongAuthority }
        let request = try SigningRequest.make(commonName: configuration.site)
        let client = try HTTPSClient(
            try ClientConfiguration(
                origin: configuration.coordinator, trust: .pem(authority), proxy: configuration.proxyChoice))
        let body = try WireCodec.encodeEnrolment(
            secret: text, signingRequest: request.requestPEM, version: CoordinatorClient.version)
        let reply = try await client.send(HTTPRequest(.post, "/v1/enrol", body: Array(body)))
        guard reply.status == 200 else {
            throw AgentError.coordinator(
                WireCodec.fault(Data(reply.body))?.message ?? "HTTP \(reply.status), not from a coordinator")
        }
        let issued = try WireCodec.enrolmentReply(Data(reply.body))
        try SiteCredentials(store: configuration.store).write(
            key: request.keyPEM, certificate: issued.certificate, authority: issued.authority)
    }

    /// Writes the files, each replaced as a whole.
    func write(key: String?, certificate: String, authority: String) throws {
        let folder = URL(filePath: keyFile).deletingLastPathComponent()
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if let key { try replace(keyFile, with: key, permissions: 0o600) }
        try replace(certificateFile, with: certificate, permissions: 0o644)
        try replace(authorityFile, with: authority, permissions: 0o644)
    }

    private func replace(_ path: String, with text: String, permissions: Int) throws {
        guard
            FileManager.default.createFile(
                atPath: path + ".new", contents: Data(text.utf8), attributes: [.posixPermissions: permissions])
        else { throw AgentError.store("\(URL(filePath: path).lastPathComponent) cannot be written") }
        _ = try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: path + ".new", toPath: path)
    }
}
