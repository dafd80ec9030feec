import Foundation
import Testing
import Transport

extension HTTPSClientTests {
    @Test("A proxy is used with its credentials, and its refusals are told from the coordinator's")
    func proxy() async throws {
        let server = try server()
        let proxy = try LocalServer("proxy", "user:secret")
        let url = "http://127.0.0.1:\(proxy.port)"
        let allowed = try configuration(server.origin, proxy: .url(url, credentials: "user:secret"))
        let response = try await HTTPSClient(allowed).send(HTTPRequest(.get, "/bytes/9"))
        #expect(response.body.count == 9)
        #expect(response.header("X-Proxy") == nil, "the proxy's headers are not the coordinator's")

        let refused = try await failure(try configuration(server.origin, proxy: .url(url, credentials: nil)))
        guard case .proxy(.refused(status: 407), _)? = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
        #expect(refused?.isTransient == false)

        let gone = try LocalServer("plain").port
        let absent = try configuration(server.origin, proxy: .url("http://127.0.0.1:\(gone)", credentials: nil))
        guard case .proxy(.unreachable, _)? = try await failure(absent) else {
            Issue.record("a proxy that is down was not named")
            return
        }
        let unknown = try configuration(server.origin, proxy: .url("http://proxy.invalid:3128", credentials: nil))
        #expect(try await failure(unknown)?.hop == .proxy)
    }

    @Test("The environment's https_proxy and no_proxy are honoured")
    func environmentProxy() async throws {
        let server = try server()
        let gone = try LocalServer("plain").port
        let origin = server.origin
        let folder = certificates.folder.path
        await #expect(processExitsWith: .success) {
            [origin = origin as String, folder = folder as String, gone = gone as Int] in
            setenv("https_proxy", "http://127.0.0.1:\(gone)", 1)
            setenv("no_proxy", "", 1)
            let configuration = try ClientConfiguration(
                origin: origin, trust: .file("\(folder)/ca.pem"),
                credentials: .init(certificateFile: "\(folder)/client.pem", keyFile: "\(folder)/client.key"))
            do {
                _ = try await HTTPSClient(configuration).send(HTTPRequest(.get, "/echo"))
                fatalError("the proxy was passed by")
            } catch {
                guard case .proxy(.unreachable, _)? = error as? TransportError else { fatalError("\(error)") }
            }
            setenv("no_proxy", "127.0.0.1", 1)
            _ = try await HTTPSClient(configuration).send(HTTPRequest(.get, "/echo"))
        }
    }

    @Test("The bootstrap call reads the authority's certificate without trust and sends no client certificate")
    func bootstrap() async throws {
        let open = try LocalServer("https", certificates.path("server.pem"), certificates.path("server.key"), "-")
        let response = try await HTTPSClient.fetchUnverified(origin: open.origin, path: "/bytes/12", proxy: .none)
        #expect(response.body.count == 12)
        do {
            _ = try await HTTPSClient.fetchUnverified(origin: open.origin, path: "/bytes/65537", proxy: .none)
            Issue.record("an oversized bootstrap answer was taken")
        } catch { #expect(error == .tooLarge(limitBytes: Limits.bootstrapBytes)) }
        let closed = try server()
        do {
            _ = try await HTTPSClient.fetchUnverified(origin: closed.origin, path: "/echo", proxy: .none)
            Issue.record("a client certificate was presented")
        } catch { #expect(error.hop == .tls) }
    }

    @Test("The probe reports timings, the server's certificate and the clock's skew")
    func probe() async throws {
        let server = try server()
        let configuration = try configuration(server.origin)
        let probe = await ConnectionProbe.run(configuration, path: "/echo")
        #expect(probe.failure == nil && probe.status == 200)
        let timings = try #require(probe.timings)
        #expect(0 < timings.connectSeconds && timings.connectSeconds <= timings.tlsSeconds)
        #expect(timings.tlsSeconds <= timings.firstByteSeconds && timings.firstByteSeconds <= timings.totalSeconds)
        #expect(timings.newConnections == 1 && timings.remoteAddress == "127.0.0.1")
        let leaf = try #require(probe.certificates.first)
        #expect(leaf.subject.contains("server") && leaf.issuer.contains("ca"))
        #expect(leaf.pem.hasPrefix("-----BEGIN CERTIFICATE-----"))
        #expect(abs(try #require(probe.clockSkewSeconds)) < 5)
        let ahead = try #require(await ConnectionProbe.run(configuration, path: "/ahead/3600").clockSkewSeconds)
        #expect(abs(ahead - 3600) < 5)
        let slowClock = await ConnectionProbe.run(configuration, path: "/echo") { .now.addingTimeInterval(-900) }
        #expect(abs(try #require(slowClock.clockSkewSeconds) - 900) < 5)
    }

    @Test("The probe shows whose certificate it was that is not trusted")
    func probeUntrusted() async throws {
        let server = try server()
        let probe = await ConnectionProbe.run(try configuration(server.origin, trust: "foreign-ca"))
        guard case .tls(.serverCertificateUntrusted, _)? = probe.failure else {
            Issue.record("\(String(describing: probe.failure))")
            return
        }
        #expect(probe.status == nil)
        #expect(probe.certificates.first?.issuer.contains("ca") == true)
    }
}
