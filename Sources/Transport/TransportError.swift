/// Why no answer came, by the hop that failed; each with a remedy for the person who runs the site.
public enum TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name of the coordinator does not resolve.
    case dns(host: String)
    /// No TCP connection to the coordinator.
    case connect(ConnectFault, endpoint: String)
    /// The proxy could not be reached or refused.
    case proxy(ProxyFault, detail: String)
    /// TLS failed.
    case tls(TLSFault, detail: String)
    /// The exchange was not over after this many seconds, or silent for too long.
    case timeout(seconds: Double)
    /// The connection broke while sending or receiving.
    case sendReceive(detail: String)
    /// The response body is larger than the limit.
    case tooLarge(limitBytes: Int)
    /// A certificate, key or CA file that cannot be used.
    case configuration(detail: String)
    /// A request that cannot be sent.
    case invalidRequest(String)
    /// More requests at once than the client holds.
    case busy(limit: Int)
    /// The task was cancelled.
    case cancelled
    /// The client was closed.
    case closed

    /// Why TCP did not connect.
    public enum ConnectFault: String, Equatable, Sendable { case refused, timeout, unreachable }

    /// Why the proxy did not help.
    public enum ProxyFault: Equatable, Sendable {
        /// Its name does not resolve.
        case dns
        /// It does not accept connections.
        case unreachable
        /// It answered CONNECT with this status (407: credentials).
        case refused(status: Int)
        /// It broke off.
        case protocolError
    }

    /// Why TLS failed.
    public enum TLSFault: String, Equatable, Sendable {
        /// The server's certificate does not come from the study's authority.
        case serverCertificateUntrusted
        /// The server's certificate is out of its validity.
        case serverCertificateExpired
        /// The server's certificate names another host.
        case hostnameMismatch
        /// The server wants a client certificate and got none.
        case clientCertificateRequired
        /// The server does not accept this client certificate.
        case clientCertificateRejected
        /// The server says that the client certificate is out of its validity.
        case clientCertificateExpired
        /// The handshake failed otherwise.
        case handshake
    }

    /// The part of the way to the coordinator that a fault belongs to.
    public enum Hop: String, Equatable, Sendable { case local, dns, proxy, connect, tls, exchange }

    /// Where the fault lies.
    public var hop: Hop {
        switch self {
        case .dns: .dns
        case .connect: .connect
        case .proxy: .proxy
        case .tls: .tls
        case .timeout, .sendReceive, .tooLarge: .exchange
        case .configuration, .invalidRequest, .busy, .cancelled, .closed: .local
        }
    }

    /// Whether the same request may succeed later with nothing changed at this site.
    public var isTransient: Bool {
        switch self {
        case .dns, .connect, .timeout, .sendReceive, .busy: true
        case .proxy(let fault, _): fault != .refused(status: 407)
        case .tls(.handshake, _): true
        case .tls, .tooLarge, .configuration, .invalidRequest, .cancelled, .closed: false
        }
    }

    /// What happened, in one sentence.
    public var description: String { "\(what): \(remedy)" }

    /// What happened, without the remedy.
    public var what: String {
        switch self {
        case .dns(let host): "The name \(host) does not resolve"
        case .connect(.refused, let endpoint): "\(endpoint) refuses connections"
        case .connect(.timeout, let endpoint): "No answer from \(endpoint)"
        case .connect(.unreachable, let endpoint): "There is no route to \(endpoint)"
        case .proxy(.dns, let detail): "The proxy's name does not resolve (\(detail))"
        case .proxy(.unreachable, let detail): "The proxy cannot be reached (\(detail))"
        case .proxy(.refused(let status), _): "The proxy answered \(status)"
        case .proxy(.protocolError, let detail): "The proxy broke off (\(detail))"
        case .tls(.serverCertificateUntrusted, let detail):
            "The server's certificate does not come from the study's authority (\(detail))"
        case .tls(.serverCertificateExpired, let detail): "The server's certificate is out of its validity (\(detail))"
        case .tls(.hostnameMismatch, let detail): "The server's certificate names another host (\(detail))"
        case .tls(.clientCertificateRequired, _): "The server wants a client certificate"
        case .tls(.clientCertificateRejected, let detail): "The server rejects the client certificate (\(detail))"
        case .tls(.clientCertificateExpired, _): "The server says that the client certificate has expired"
        case .tls(.handshake, let detail): "The TLS handshake failed (\(detail))"
        case .timeout(let seconds): "No complete answer within \(seconds) s"
        case .sendReceive(let detail): "The connection broke (\(detail))"
        case .tooLarge(let limit): "The answer is larger than \(limit) bytes"
        case .configuration(let detail): "The connection cannot be set up (\(detail))"
        case .invalidRequest(let detail): "The request cannot be sent (\(detail))"
        case .busy(let limit): "More than \(limit) requests are under way"
        case .cancelled: "The request was cancelled"
        case .closed: "The connection was closed by this program"
        }
    }

    /// What the person who runs the site can do, in one line.
    public var remedy: String {
        switch self {
        case .dns: "check the coordinator's address in the site's configuration and this machine's DNS."
        case .connect(.refused, _): "ask the centre whether the coordinator runs, and check the port."
        case .connect(.timeout, _): "ask the hospital's network team to allow outbound TCP to this address and port."
        case .connect(.unreachable, _): "check this machine's network and routes."
        case .proxy(.dns, _), .proxy(.unreachable, _):
            "check the proxy's address (https_proxy, or proxy in the configuration)."
        case .proxy(.refused(407), _): "set the proxy's user and password in the configuration."
        case .proxy(.refused, _): "ask the network team to let the proxy CONNECT to the coordinator's port."
        case .proxy(.protocolError, _): "check that the proxy address names an HTTP proxy."
        case .tls(.serverCertificateUntrusted, _):
            "an inspecting proxy may be on the way: ask for an exception, or check the CA fingerprint with the centre."
        case .tls(.serverCertificateExpired, _): "check this machine's clock, then ask the centre to renew it."
        case .tls(.hostnameMismatch, _):
            "use the host name that the centre gave, or have the certificate name this one."
        case .tls(.clientCertificateRequired, _):
            "enrol this site, or name its certificate and key in the configuration."
        case .tls(.clientCertificateRejected, _):
            "check with `concord-agent doctor`, then enrol again with a new token."
        case .tls(.clientCertificateExpired, _): "check this machine's clock, then enrol again with a new token."
        case .tls(.handshake, _): "check that the address is the coordinator's HTTPS port."
        case .timeout: "it is retried; if it stays so, check for a firewall that drops idle connections."
        case .sendReceive: "it is retried; if it stays so, check for a firewall or proxy that cuts connections."
        case .tooLarge: "the peer is no Concord coordinator of this version."
        case .configuration: "check that the files exist, are readable and belong together."
        case .invalidRequest: "this is a fault of the program, report it."
        case .busy: "wait for some to end."
        case .cancelled, .closed: "start it again."
        }
    }
}
