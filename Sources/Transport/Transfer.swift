import CCurl
import Synchronization

/// One easy handle with its buffers; lives on the engine's thread only.
final class Transfer {
    /// What of TLS is checked and how much is done.
    struct Mode: Sendable {
        /// Server certificate and host name are verified and the client certificate is presented; otherwise neither.
        var isVerified = true
        /// The connection is neither taken from nor given to the kept ones.
        var isOwnConnection = false
        /// The server's certificates are collected.
        var collectsCertificates = false
        /// TCP and TLS only, no request is sent.
        var isHandshakeOnly = false
        /// TLS 1.2, where the server's verdict on the client certificate is part of the handshake.
        var isTLS12 = false
    }

    let easy: UnsafeMutableRawPointer
    let continuation: Submission.Continuation
    private let request: HTTPRequest
    private let configuration: ClientConfiguration
    private let mode: Mode
    private let ticket: Ticket
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var setup: CURLcode = CURLE_OK
    private var body: [UInt8] = []
    private var headers: [HTTPField] = []
    private var headerBytes = 0
    private var isTooLarge = false

    var isCancelled: Bool { ticket.isCancelled.load(ordering: .relaxed) }

    init(_ submission: Submission) throws(TransportError) {
        guard let easy = curl_easy_init() else { throw .configuration(detail: "libcurl gives no handle") }
        self.easy = easy
        request = submission.request
        configuration = submission.configuration
        mode = submission.mode
        ticket = submission.ticket
        continuation = submission.continuation
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setBasics()
        setTrust()
        setProxy()
        setRequest()
        guard setup == CURLE_OK else {
            throw .configuration(detail: String(cString: curl_easy_strerror(setup)))
        }
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerList)
        errorText.deallocate()
    }

    func result(_ code: CURLcode) -> Result<Exchange, TransferFailure> {
        guard code == CURLE_OK else {
            if isTooLarge || code == CURLE_FILESIZE_EXCEEDED {
                return .failure(TransferFailure(error: .tooLarge(limitBytes: request.responseLimitBytes)))
            }
            let error = CurlFault(easy: easy, code: code, text: String(cString: errorText))
                .error(configuration: configuration, timeoutSeconds: request.timeoutSeconds)
            let isNew = ccurl_get_long(easy, CURLINFO_NUM_CONNECTS) > 0
            if case .sendReceive = error {
                return .failure(TransferFailure(error: error, isUnexplained: isNew && headerBytes == 0))
            }
            return .failure(TransferFailure(error: error))
        }
        let timings = ConnectionTimings(
            nameLookupSeconds: seconds(CURLINFO_NAMELOOKUP_TIME_T), connectSeconds: seconds(CURLINFO_CONNECT_TIME_T),
            tlsSeconds: seconds(CURLINFO_APPCONNECT_TIME_T), firstByteSeconds: seconds(CURLINFO_STARTTRANSFER_TIME_T),
            totalSeconds: seconds(CURLINFO_TOTAL_TIME_T),
            newConnections: ccurl_get_long(easy, CURLINFO_NUM_CONNECTS),
            remoteAddress: ccurl_get_text(easy, CURLINFO_PRIMARY_IP).map { String(cString: $0) } ?? "")
        let response = HTTPResponse(
            status: ccurl_get_long(easy, CURLINFO_RESPONSE_CODE), headers: headers, body: body, timings: timings)
        return .success(Exchange(response: response, certificates: PeerCertificate.chain(of: easy)))
    }

    private func setBasics() {
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_PROTOCOLS_STR, "https")
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_TCP_KEEPIDLE, 30)
        set(CURLOPT_TCP_KEEPINTVL, 15)
        set(CURLOPT_CONNECTTIMEOUT_MS, Int(configuration.connectTimeoutSeconds * 1000))
        set(CURLOPT_TIMEOUT_MS, max(1, Int(request.timeoutSeconds * 1000)))
        set(CURLOPT_LOW_SPEED_LIMIT, 1)
        set(CURLOPT_LOW_SPEED_TIME, request.silenceSeconds)
        set(CURLOPT_USERAGENT, "concord")
        note(ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
        // The transfer owns the handle and outlives it, so the callbacks need no retain.
        let context = Unmanaged.passUnretained(self).toOpaque()
        note(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context))
        note(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context))
        note(
            ccurl_set_write(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                Transfer.deliver(bytes, size * count, context) { $0.take($1) }
            })
        note(
            ccurl_set_write(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                Transfer.deliver(bytes, size * count, context) { $0.takeHeader($1) }
            })
    }

    private func setTrust() {
        set(
            CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2) | (mode.isTLS12 ? Int(CURL_SSLVERSION_MAX_TLSv1_2) : 0))
        // The folder of system authorities is libcurl's default beside CAINFO: without this line they are trusted too.
        note(ccurl_set_text(easy, CURLOPT_CAPATH, nil))
        if mode.isVerified {
            set(CURLOPT_SSL_VERIFYPEER, 1)
            set(CURLOPT_SSL_VERIFYHOST, 2)
            switch configuration.trust {
            case .file(let path): set(CURLOPT_CAINFO, path)
            case .pem(let text):
                note(ccurl_set_text(easy, CURLOPT_CAINFO, nil))
                note(ccurl_set_copied_blob(easy, CURLOPT_CAINFO_BLOB, text, text.utf8.count))
            }
            if let credentials = configuration.credentials {
                set(CURLOPT_SSLCERT, credentials.certificateFile)
                set(CURLOPT_SSLKEY, credentials.keyFile)
            }
        } else {
            set(CURLOPT_SSL_VERIFYPEER, 0)
            set(CURLOPT_SSL_VERIFYHOST, 0)
        }
        if mode.isOwnConnection {
            set(CURLOPT_FRESH_CONNECT, 1)
            set(CURLOPT_FORBID_REUSE, 1)
        }
        if mode.collectsCertificates { set(CURLOPT_CERTINFO, 1) }
        if mode.isHandshakeOnly { set(CURLOPT_CONNECT_ONLY, 1) }
    }

    private func setProxy() {
        set(CURLOPT_PROXYAUTH, ccurl_proxy_authentication())
        switch configuration.proxy {
        case .environment: break
        case .none: set(CURLOPT_PROXY, "")
        case .url(let url, let credentials):
            set(CURLOPT_PROXY, url)
            set(CURLOPT_NOPROXY, "")
            if let credentials { set(CURLOPT_PROXYUSERPWD, credentials) }
        }
    }

    private func setRequest() {
        set(CURLOPT_URL, configuration.origin + request.path)
        set(CURLOPT_PATH_AS_IS, 1)
        note(ccurl_set_offset(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(request.responseLimitBytes)))
        switch request.method {
        case .get: set(CURLOPT_HTTPGET, 1)
        case .head: set(CURLOPT_NOBODY, 1)
        case .post, .put, .delete:
            set(CURLOPT_POST, 1)
            note(ccurl_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)))
            if request.body.isEmpty {
                set(CURLOPT_COPYPOSTFIELDS, "")
            } else {
                request.body.withUnsafeBytes { bytes in
                    note(
                        ccurl_set_pointer(
                            easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress)))
                }
            }
            set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        // No 100-continue: it costs a second against servers that do not answer it.
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" } + ["Expect:"]
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append(request.body.isEmpty ? "Content-Type:" : "Content-Type: application/octet-stream")
        }
        for line in lines {
            guard let longer = curl_slist_append(headerList, line) else {
                note(CURLE_OUT_OF_MEMORY)
                return
            }
            headerList = longer
        }
        note(ccurl_set_list(easy, CURLOPT_HTTPHEADER, headerList))
    }

    private static func deliver(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        to take: (Transfer, UnsafeRawBufferPointer) -> Bool
    ) -> Int {
        guard let context else { return 0 }
        let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
        // Any other count than the one offered ends the transfer with a write error.
        return take(transfer, UnsafeRawBufferPointer(start: bytes, count: count)) ? count : count + 1
    }

    private func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= request.responseLimitBytes else {
            isTooLarge = true
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Limits.headerBytes else {
            isTooLarge = true
            return false
        }
        let line = bytes.drop { $0 == 0x20 }.prefix { $0 != 0x0d && $0 != 0x0a }
        if line.starts(with: "HTTP/".utf8) {
            // A proxy's or an interim answer came before: only the last one counts.
            headers = []
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[line.index(after: colon)...].drop { $0 == 0x20 || $0 == 0x09 }
            let trimmed = value.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()
            headers.append(
                HTTPField(String(decoding: line[..<colon], as: UTF8.self), String(decoding: trimmed, as: UTF8.self)))
        }
        return true
    }

    private func seconds(_ info: CURLINFO) -> Double { Double(ccurl_get_offset(easy, info)) / 1e6 }

    private func set(_ option: CURLoption, _ value: Int) { note(ccurl_set_long(easy, option, value)) }

    private func set(_ option: CURLoption, _ value: String) { note(ccurl_set_text(easy, option, value)) }

    private func note(_ code: CURLcode) {
        if setup == CURLE_OK { setup = code }
    }
}
