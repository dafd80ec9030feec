import Foundation
import Testing
import Transport

/// Mutual TLS on loopback with real processes.
@Suite("HTTPS client", .enabled(if: Certificates.canRun, "needs openssl and python3"), .timeLimit(.minutes(2)))
struct HTTPSClientTests {
    let certificates: Certificates

    init() throws { certificates = try #require(Certificates.shared) }

    func server(_ name: String = "server") throws -> LocalServer {
        try LocalServer(
            "https", certificates.path("\(name).pem"), certificates.path("\(name).key"), certificates.path("ca.pem"))
    }

    func configuration(
        _ origin: String, trust: String = "ca", client: String? = "client",
        proxy: ClientConfiguration.Proxy = .none, connections: Int = 4
    ) throws -> ClientConfiguration {
        try ClientConfiguration(
            origin: origin, trust: .file(certificates.path("\(trust).pem")),
            credentials: client.map {
                .init(certificateFile: certificates.path("\($0).pem"), keyFile: certificates.path("\($0).key"))
            }, proxy: proxy, connectTimeoutSeconds: 10, maximumConnections: connections)
    }

    /// The error of one GET.
    func failure(
        _ configuration: ClientConfiguration, _ path: String = "/echo", timeoutSeconds: Double = 30,
        limit: Int = 1000
    ) async throws -> TransportError? {
        do {
            _ = try await HTTPSClient(configuration).send(
                HTTPRequest(.get, path, timeoutSeconds: timeoutSeconds, responseLimitBytes: limit))
            return nil
        } catch { return error }
    }

    @Test("Bodies, methods and headers arrive, and one connection serves request after request")
    func success() async throws {
        let server = try server()
        let client = try HTTPSClient(try configuration(server.origin))
        var ports: Set<String> = []
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        for method in [HTTPRequest.Method.post, .put, .delete] {
            let response = try await client.send(
                HTTPRequest(method, "/echo", headers: [HTTPField("X-Site", "north")], body: body))
            #expect(response.status == 200)
            #expect(response.body == body)
            #expect(response.header("x-method") == method.rawValue)
            #expect(response.header("x-site") == "north")
            #expect(response.header("x-type") == "application/octet-stream")
            ports.insert(try #require(response.header("X-Port")))
        }
        for method in [HTTPRequest.Method.get, .head, .post, .put, .delete] {
            let response = try await client.send(HTTPRequest(method, "/echo"))
            #expect(response.body.isEmpty && response.header("x-method") == method.rawValue)
            ports.insert(try #require(response.header("X-Port")))
        }
        #expect(ports.count == 1)
    }

    @Test("A hundred requests at once share the allowed connections and get their own answers")
    func concurrency() async throws {
        let server = try server()
        let client = try HTTPSClient(try configuration(server.origin, connections: 3))
        let ports = try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<100 {
                group.addTask {
                    let body = [UInt8]("request \(index)".utf8)
                    let response = try await client.send(HTTPRequest(.post, "/echo", body: body))
                    #expect(response.body == body)
                    return response.header("X-Port")
                }
            }
            var ports: Set<String?> = []
            for try await port in group { ports.insert(port) }
            return ports
        }
        #expect(ports.count <= 3 && !ports.contains(nil))
    }

    @Test("A redirect is an answer and is not followed")
    func redirect() async throws {
        let server = try server()
        let response = try await HTTPSClient(try configuration(server.origin)).send(HTTPRequest(.get, "/moved"))
        #expect(response.status == 302)
        #expect(response.header("location") == "/bytes/5")
    }

    @Test("The authority can be given as text")
    func authorityText() async throws {
        let server = try server()
        var configuration = try configuration(server.origin)
        configuration.trust = .pem(try String(contentsOfFile: certificates.path("ca.pem"), encoding: .utf8))
        #expect(try await HTTPSClient(configuration).send(HTTPRequest(.get, "/bytes/7")).body.count == 7)
        configuration.trust = .pem(try String(contentsOfFile: certificates.path("foreign-ca.pem"), encoding: .utf8))
        guard case .tls(.serverCertificateUntrusted, _)? = try await failure(configuration) else {
            Issue.record("a foreign authority given as text was trusted")
            return
        }
    }

    @Test(
        "Each TLS fault is named",
        arguments: [
            ("server", "foreign-ca", "client", TransportError.TLSFault.serverCertificateUntrusted),
            ("expired-server", "ca", "client", .serverCertificateExpired),
            ("other-name", "ca", "client", .hostnameMismatch),
            ("server", "ca", nil, .clientCertificateRequired),
            ("server", "ca", "foreign-client", .clientCertificateRejected),
            ("server", "ca", "expired-client", .clientCertificateExpired),
        ] as [(String, String, String?, TransportError.TLSFault)])
    func tlsFaults(_ name: String, _ trust: String, _ client: String?, _ fault: TransportError.TLSFault) async throws {
        let server = try server(name)
        let found = try await failure(try configuration(server.origin, trust: trust, client: client))
        guard case .tls(let named, let detail)? = found else {
            Issue.record("\(String(describing: found))")
            return
        }
        #expect(named == fault)
        #expect(!detail.isEmpty)
        #expect(found?.hop == .tls && found?.isTransient == false)
    }

    @Test("Files that are missing or do not belong together are a local fault")
    func localFaults() async throws {
        let server = try server()
        #expect(try await failure(try configuration(server.origin, trust: "absent"))?.hop == .local)
        #expect(try await failure(try configuration(server.origin, client: "absent"))?.hop == .local)
        var mixed = try configuration(server.origin)
        mixed.credentials = .init(
            certificateFile: certificates.path("client.pem"), keyFile: certificates.path("foreign-client.key"))
        #expect(try await failure(mixed)?.hop == .local)
    }

    @Test("A refused port, a full backlog, an unknown name and a port without TLS are told apart")
    func connectFaults() async throws {
        let gone = try LocalServer("plain").port
        #expect(
            try await failure(try configuration("https://127.0.0.1:\(gone)"))
                == .connect(.refused, endpoint: "127.0.0.1:\(gone)"))

        let full = try LocalServer("full")
        var waiting = try configuration(full.origin)
        waiting.connectTimeoutSeconds = 0.4
        #expect(try await failure(waiting) == .connect(.timeout, endpoint: "127.0.0.1:\(full.port)"))

        var unknown = try configuration("https://coordinator.invalid")
        unknown.connectTimeoutSeconds = 5
        #expect(try await failure(unknown) == .dns(host: "coordinator.invalid"))

        let silent = try LocalServer("silent")
        var mute = try configuration(silent.origin)
        mute.connectTimeoutSeconds = 0.4
        let plain = try LocalServer("plain")
        for configuration in [mute, try configuration(plain.origin)] {
            guard case .tls(.handshake, _)? = try await failure(configuration) else {
                Issue.record("no TLS on \(configuration.origin) was not named")
                continue
            }
        }
    }

    @Test("A slow answer ends in a timeout, also on a kept connection, and the client works on")
    func timeout() async throws {
        let server = try server()
        let client = try HTTPSClient(try configuration(server.origin))
        for round in 0..<2 {
            if round == 1 { _ = try await client.send(HTTPRequest(.get, "/echo")) }
            await #expect(throws: TransportError.timeout(seconds: 0.5)) {
                try await client.send(HTTPRequest(.get, "/slow/20000", timeoutSeconds: 0.5))
            }
        }
        await #expect(throws: TransportError.timeout(seconds: 20)) {
            try await client.send(HTTPRequest(.get, "/slow/20000", timeoutSeconds: 20, silenceSeconds: 1))
        }
        #expect(try await client.send(HTTPRequest(.get, "/slow/200")).body == Array("late".utf8))
    }

    @Test("A body over the limit is refused, announced or not, and so are endless headers")
    func tooLarge() async throws {
        let server = try server()
        let configuration = try configuration(server.origin)
        for path in ["/bytes/1001", "/unsized/1001", "/headers/90"] {
            #expect(try await failure(configuration, path, limit: 1000) == .tooLarge(limitBytes: 1000), "\(path)")
        }
        for path in ["/bytes/1000", "/unsized/1000", "/headers/30"] {
            #expect(try await failure(configuration, path, limit: 1000) == nil, "\(path)")
        }
    }

    @Test("An answer that is cut short is never taken for a whole one")
    func cut() async throws {
        let server = try server()
        guard case .sendReceive? = try await failure(try configuration(server.origin), "/cut") else {
            Issue.record("a cut answer was taken")
            return
        }
    }

    @Test("Cancelling the task ends its request at once and leaves the client usable")
    func cancellation() async throws {
        let server = try server()
        let client = try HTTPSClient(try configuration(server.origin))
        let task = Task { try await client.send(HTTPRequest(.get, "/slow/60000", timeoutSeconds: 90)) }
        _ = try await client.send(HTTPRequest(.get, "/await-slow"))
        let clock = ContinuousClock()
        let start = clock.now
        task.cancel()
        await #expect(throws: TransportError.cancelled) { try await task.value }
        #expect(start.duration(to: clock.now) < .seconds(10))
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.send(HTTPRequest(.get, "/echo"))
        }
        await #expect(throws: TransportError.cancelled) { try await early.value }
        #expect(try await client.send(HTTPRequest(.get, "/echo")).status == 200)
    }

    @Test("Requests beyond the limit are refused, and closing the client ends all others")
    func busyAndClosed() async throws {
        let silent = try LocalServer("silent")
        let client = try HTTPSClient(try configuration(silent.origin))
        let extra = 44
        let counts = await withTaskGroup(of: TransportError?.self) { group in
            for _ in 0..<Limits.requests + extra {
                group.addTask {
                    do throws(TransportError) {
                        _ = try await client.send(HTTPRequest(.get, "/", timeoutSeconds: 600))
                        return nil
                    } catch { return error }
                }
            }
            var busy = 0
            var closed = 0
            for await error in group {
                if error == .busy(limit: Limits.requests) { busy += 1 }
                if error == .closed { closed += 1 }
                if busy == extra { client.close() }
            }
            return (busy, closed)
        }
        #expect(counts == (extra, Limits.requests))
        await #expect(throws: TransportError.closed) { try await client.send(HTTPRequest(.get, "/")) }
    }

    @Test("Requests that could smuggle another are not sent, and an origin must be plain HTTPS")
    func smuggling() async throws {
        let client = try HTTPSClient(try configuration("https://127.0.0.1:1"))
        let requests = [
            HTTPRequest(.get, "echo"), HTTPRequest(.get, "/a b"), HTTPRequest(.get, "/a\r\nX: y"),
            HTTPRequest(.get, "/", headers: [HTTPField("X", "a\r\nY: b")]),
            HTTPRequest(.get, "/", headers: [HTTPField("X:", "a")]),
            HTTPRequest(.get, "/", headers: [HTTPField("", "a")]), HTTPRequest(.get, "/", timeoutSeconds: 0),
        ]
        for request in requests {
            do {
                _ = try await client.send(request)
                Issue.record("\(request) was sent")
            } catch {
                guard case .invalidRequest = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
        for origin in [
            "http://a.example", "https://", "https://a.example/x", "https://u@a.example", "https://a.example:0",
            "https://a.example:99999", "https://a.example:", "https://a b", "file:///etc/passwd", "https://a:1:2",
        ] {
            #expect(throws: TransportError.self, "\(origin)") {
                try ClientConfiguration(origin: origin, trust: .pem(""))
            }
        }
        #expect(
            try ClientConfiguration(origin: "https://a.example/", trust: .pem("")).origin == "https://a.example:443")
        #expect(try ClientConfiguration(origin: "https://[::1]:8443", trust: .pem("")).origin == "https://[::1]:8443")
    }
}
