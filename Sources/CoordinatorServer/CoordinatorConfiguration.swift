import Crypto
public import FoundationEssentials
public import Identity
public import StudyProtocol

/// A coordinator's folder: its settings, the authority and the server's certificate.
public struct CoordinatorConfiguration: Sendable {
    /// The folder.
    public let folder: URL
    /// Domain of all certificates.
    public let studyDomain: String
    /// Address to listen on.
    public let host: String
    /// Port to listen on.
    public let port: Int
    /// libpq's connection string, of the database's owner.
    public let database: String
    /// Connections to PostgreSQL.
    public let poolSize: Int
    /// Validity of a site's certificate in days.
    public let certificateDays: Int

    /// Connection string of the service role, which cannot change what is final.
    public var serviceDatabase: String { database + " user=concord_app" }

    /// Reads `coordinator.yaml` of a folder.
    ///
    /// - Throws: `ConfigurationError` naming line, field and remedy.
    public init(folder path: String) throws(ConfigurationError) {
        folder = URL(filePath: path)
        let file = "coordinator.yaml"
        guard let text = try? String(contentsOf: folder.appending(path: file), encoding: .utf8) else {
            throw ConfigurationError(
                file: file, line: 0, field: "",
                reason: "cannot be read in '\(folder.lastPathComponent)'; run `concord-coordinator init`")
        }
        let root = try ConfigurationReader(text: text, file: file)
        try root.allow("study-domain", "host", "port", "database", "pool-size", "certificate-days")
        studyDomain = try root.string("study-domain")
        host = try root.string("host", default: "0.0.0.0")
        port = try root.integer("port", in: 1...65535)
        database = try root.string("database")
        poolSize = try root.integer("pool-size", in: 1...64, default: 6)
        certificateDays = try root.integer("certificate-days", in: 1...366, default: 30)
    }

    /// A file of the folder as text.
    public func text(_ name: String) throws(ConfigurationError) -> String {
        guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8) else {
            throw ConfigurationError(
                file: name, line: 0, field: "", reason: "cannot be read; run `concord-coordinator init`")
        }
        return text
    }

    /// The authority with its key.
    public func authority() throws -> CertificateAuthority {
        try CertificateAuthority.load(certificatePEM: text("authority.pem"), keyPEM: text("authority.key"))
    }

    /// Makes a coordinator's folder: authority, server certificate, an operator's credential, settings. Refuses to
    /// overwrite one.
    ///
    /// - Parameters:
    ///   - names: DNS names and IP addresses under which clients reach the coordinator.
    ///   - operatorName: the first operator, whose credential is written to `operator/`.
    public static func create(
        folder path: String, studyDomain: String, host: String, port: Int, names: [String], database: String,
        operatorName: String, now: Date
    ) throws {
        let folder = URL(filePath: path)
        if FileManager.default.fileExists(atPath: folder.appending(path: "coordinator.yaml").path) {
            throw ConfigurationError(
                file: "coordinator.yaml", line: 0, field: "",
                reason:
                    "is already in '\(folder.lastPathComponent)'; a new authority would shut out every enrolled site")
        }
        var random = SystemRandomNumberGenerator()
        let authority = try CertificateAuthority.create(
            studyDomain: studyDomain, validity: .seconds(10 * 365 * 86_400), now: now,
            serial: .random(using: &random))
        let server = try SigningRequest.make(commonName: "coordinator")
        let addresses = names.filter { $0.allSatisfy { $0.isNumber || $0 == "." || $0 == ":" } }
        let serverCertificate = try authority.issueServer(
            request: try SigningRequest(pem: server.requestPEM), dnsNames: names.filter { !addresses.contains($0) },
            addresses: addresses, validity: .seconds(825 * 86_400), now: now, serial: .random(using: &random))
        let person = try SigningRequest.make(commonName: operatorName)
        let personCertificate = try authority.issueOperator(
            request: try SigningRequest(pem: person.requestPEM), name: operatorName,
            validity: .seconds(365 * 86_400), now: now, serial: .random(using: &random))
        let reachable = names.first ?? "localhost"
        let files: [(String, String, Bool)] = [
            ("authority.pem", authority.certificatePEM, false), ("authority.key", authority.keyPEM, true),
            ("server.pem", serverCertificate, false), ("server.key", server.keyPEM, true),
            ("checkpoint.key", Curve25519.Signing.PrivateKey().rawRepresentation.base64EncodedString() + "\n", true),
            ("operator/certificate.pem", personCertificate, false), ("operator/key.pem", person.keyPEM, true),
            ("operator/authority.pem", authority.certificatePEM, false),
            ("operator/coordinator.url", "https://\(reachable):\(port)\n", false),
            (
                "coordinator.yaml",
                """
                # Written by `concord-coordinator init`.
                study-domain: \(studyDomain)
                host: \(host)
                port: \(port)
                # Connection string of the database's owner; the server itself connects as concord_app.
                database: "\(database)"
                pool-size: 6
                certificate-days: 30

                """, false
            ),
        ]
        for directory in [folder, folder.appending(path: "operator")] {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        for (name, text, isSecret) in files {
            let url = folder.appending(path: name)
            try Data(text.utf8).write(to: url)
            try FileManager.default.setAttributes(
                [.posixPermissions: isSecret ? 0o600 : 0o644], ofItemAtPath: url.path)
        }
    }
}
