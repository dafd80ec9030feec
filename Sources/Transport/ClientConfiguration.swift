/// How an `HTTPSClient` reaches its coordinator.
public struct ClientConfiguration: Sendable {
    /// Which authority the server's certificate must come from; the system's authorities are never used.
    public enum Trust: Hashable, Sendable {
        /// A PEM file, read when a connection is made.
        case file(String)
        /// PEM text.
        case pem(String)
    }

    /// The client's own certificate and key, PEM files that are read when a connection is made.
    public struct Credentials: Hashable, Sendable {
        /// Certificate file.
        public let certificateFile: String
        /// Private key file.
        public let keyFile: String

        /// Names the two files.
        public init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// Which proxy to use.
    public enum Proxy: Hashable, Sendable {
        /// What `https_proxy`, `all_proxy` and `no_proxy` say.
        case environment
        /// None, whatever the environment says.
        case none
        /// This proxy (`http://host:port`) whatever the environment says, with `user:password` where it wants one (Basic, Digest, NTLM, Negotiate).
        case url(String, credentials: String?)
    }

    /// `https://host` or `https://host:port`, without a path.
    public let origin: String
    /// Authority of the server's certificate.
    public var trust: Trust
    /// Client certificate, nil before enrolment.
    public var credentials: Credentials?
    /// Proxy.
    public var proxy: Proxy
    /// TCP and TLS must be established within this many seconds.
    public var connectTimeoutSeconds: Double
    /// Connections at once; further requests wait.
    public var maximumConnections: Int

    let host: String
    let port: Int

    /// Throws `invalidRequest` for an origin that is not plain HTTPS.
    public init(
        origin: String, trust: Trust, credentials: Credentials? = nil, proxy: Proxy = .environment,
        connectTimeoutSeconds: Double = 15, maximumConnections: Int = 4
    ) throws(TransportError) {
        let parsed = try Self.parse(origin)
        (host, port) = parsed
        self.origin = "https://\(parsed.host):\(parsed.port)"
        self.trust = trust
        self.credentials = credentials
        self.proxy = proxy
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.maximumConnections = maximumConnections
    }

    private static func parse(_ origin: String) throws(TransportError) -> (host: String, port: Int) {
        let fault = TransportError.invalidRequest("\"\(origin.prefix(100))\" is not https://host:port")
        guard origin.utf8.starts(with: "https://".utf8) else { throw fault }
        var rest = origin.dropFirst(8)
        if rest.last == "/" { rest.removeLast() }
        var host = rest
        var port: Substring = "443"
        let bracket = rest.first == "[" ? rest.lastIndex(of: "]") : nil
        if let colon = rest[(bracket ?? rest.startIndex)...].firstIndex(of: ":") {
            host = rest[..<colon]
            port = rest[rest.index(after: colon)...]
        }
        let allowed = host.utf8.allSatisfy { character in
            switch character {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e: true
            case 0x3a, 0x5b, 0x5d: bracket != nil
            default: false
            }
        }
        guard !host.isEmpty, allowed, port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port),
            (1...65_535).contains(number)
        else { throw fault }
        return (String(host), number)
    }
}
