import CCurl
import Glibc

/// A failed transfer as libcurl tells it, to be named by hop.
struct CurlFault {
    private let code: CURLcode
    private let text: String
    private let verifyResult: Int
    private let connectStatus: Int
    private let osError: Int32
    private let lookedUp: Bool
    private let isHandshakeDone: Bool
    private let isRequestStage: Bool

    init(easy: UnsafeMutableRawPointer, code: CURLcode, text: String) {
        self.code = code
        self.text = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
        verifyResult = ccurl_get_long(easy, CURLINFO_SSL_VERIFYRESULT)
        connectStatus = ccurl_get_long(easy, CURLINFO_HTTP_CONNECTCODE)
        osError = Int32(truncatingIfNeeded: ccurl_get_long(easy, CURLINFO_OS_ERRNO))
        lookedUp = ccurl_get_offset(easy, CURLINFO_NAMELOOKUP_TIME_T) > 0
        isHandshakeDone = ccurl_get_offset(easy, CURLINFO_APPCONNECT_TIME_T) > 0
        isRequestStage = ccurl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T) > 0
    }

    func error(configuration: ClientConfiguration, timeoutSeconds: Double) -> TransportError {
        let endpoint = "\(configuration.host):\(configuration.port)"
        if connectStatus != 0, !(200..<300).contains(connectStatus), !isHandshakeDone {
            return .proxy(.refused(status: connectStatus), detail: text)
        }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: return .dns(host: configuration.host)
        case CURLE_COULDNT_RESOLVE_PROXY: return .proxy(.dns, detail: text)
        case CURLE_PROXY: return .proxy(.protocolError, detail: text)
        case CURLE_COULDNT_CONNECT:
            // libcurl names the host that it tried: another one than the coordinator is the proxy.
            let bareHost = configuration.host.drop { $0 == "[" }.prefix { $0 != "]" }
            guard text.contains("to \(bareHost) port \(configuration.port)") else {
                return .proxy(.unreachable, detail: text)
            }
            return .connect(connectFault, endpoint: endpoint)
        case CURLE_OPERATION_TIMEDOUT:
            if isRequestStage || isHandshakeDone { return .timeout(seconds: timeoutSeconds) }
            if text.contains("SSL connection timeout") { return .tls(.handshake, detail: text) }
            return lookedUp ? .connect(.timeout, endpoint: endpoint) : .dns(host: configuration.host)
        case CURLE_PEER_FAILED_VERIFICATION: return .tls(verificationFault, detail: text)
        case CURLE_SSL_CLIENTCERT: return .tls(.clientCertificateRequired, detail: text)
        case CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_CIPHER,
            CURLE_FAILED_INIT, CURLE_OUT_OF_MEMORY:
            return .configuration(detail: text)
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return .invalidRequest(text)
        default:
            if let fault = clientCertificateFault { return .tls(fault, detail: text) }
            return isHandshakeDone || isRequestStage ? .sendReceive(detail: text) : .tls(.handshake, detail: text)
        }
    }

    private var connectFault: TransportError.ConnectFault {
        switch osError {
        case ECONNREFUSED: .refused
        case ETIMEDOUT: .timeout
        case ENETUNREACH, EHOSTUNREACH: .unreachable
        default: text.contains("refused") ? .refused : .unreachable
        }
    }

    /// Codes of OpenSSL's `X509_verify_cert_error_string`: 9 not yet valid, 10 expired, 62 and 64 host and address.
    private var verificationFault: TransportError.TLSFault {
        if text.contains("target host name") || text.contains("target ipv") { return .hostnameMismatch }
        // libcurl files the server's alert "certificate expired" here too, when its own check found nothing wrong.
        if text == "SSL certificate verification failed" { return .clientCertificateExpired }
        return switch verifyResult {
        case 9, 10: .serverCertificateExpired
        case 62, 64: .hostnameMismatch
        default: .serverCertificateUntrusted
        }
    }

    /// The alert that the server sent about the client certificate; with TLS 1.3 it arrives after the handshake.
    private var clientCertificateFault: TransportError.TLSFault? {
        let lower = text.lowercased()
        guard lower.contains("alert") else { return nil }
        if lower.contains("certificate required") { return .clientCertificateRequired }
        if lower.contains("certificate expired") { return .clientCertificateExpired }
        let alerts = [
            "unknown ca", "bad certificate", "certificate revoked", "certificate unknown", "unsupported certificate",
            "access denied",
        ]
        return alerts.contains { lower.contains($0) } ? .clientCertificateRejected : nil
    }
}
