import Foundation
import Identity
import Testing

@Suite("OpenSSL agrees", .enabled(if: OpenSSL.isPresent, "needs openssl"))
struct OpenSSLTests {
    @Test("openssl verifies requests, leaves for their purpose, and the private key")
    func verify() throws {
        let openssl = try OpenSSL()
        defer { openssl.remove() }
        let authority = try Fixture.authority()
        let request = try SigningRequest.make(commonName: "coordinator")
        let server = try authority.issueServer(
            request: try SigningRequest(pem: request.requestPEM), dnsNames: ["coordinator.example.org"],
            addresses: ["127.0.0.1", "::1"], validity: Fixture.day, now: Fixture.now, serial: Fixture.serial(6))
        let site = try Fixture.site(authority)
        try openssl.write(authority.certificatePEM, "ca.pem")
        try openssl.write(server, "server.pem")
        try openssl.write(site.certificatePEM, "site.pem")
        try openssl.write(site.keyPEM, "site.key")
        try openssl.write(request.requestPEM, "request.pem")

        #expect(try openssl.run("req", "-in", "request.pem", "-noout", "-verify").code == 0)
        func verdict(_ file: String, _ purpose: String, _ more: String...) throws -> (code: Int32, output: String) {
            let all = ["verify", "-x509_strict", "-attime", "1800000000", "-CAfile", "ca.pem", "-purpose", purpose]
            return try openssl.run(list: all + more + [file])
        }
        let client = try verdict("site.pem", "sslclient")
        #expect(client.code == 0, "\(client.output)")
        let listening = try verdict(
            "server.pem", "sslserver", "-verify_hostname", "coordinator.example.org", "-verify_ip", "127.0.0.1")
        #expect(listening.code == 0, "\(listening.output)")
        #expect(try verdict("site.pem", "sslserver").code != 0)
        #expect(try verdict("server.pem", "sslclient").code != 0)
        #expect(try verdict("server.pem", "sslserver", "-verify_hostname", "other.example.org").code != 0)
        #expect(try openssl.run("pkey", "-in", "site.key", "-noout", "-check").output.contains("valid"))

        let printed = try openssl.run("x509", "-in", "ca.pem", "-noout", "-fingerprint", "-sha256").output
        let hex = try #require(printed.split(separator: "=").last).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try Fingerprint(parsing: hex) == authority.fingerprint)
        let serial = try openssl.run("x509", "-in", "site.pem", "-noout", "-serial").output
        #expect(serial.lowercased().contains(try PeerIdentity(pem: site.certificatePEM).serial.hex))
    }

    @Test("The name constraint stops an authority from naming peers of another study")
    func nameConstraint() async throws {
        let openssl = try OpenSSL()
        defer { openssl.remove() }
        let authority = try CertificateAuthority.create(
            studyDomain: Fixture.domain, validity: .seconds(10 * 86_400), now: .now, serial: Fixture.serial(1))
        try openssl.write(authority.certificatePEM, "ca.pem")
        try openssl.write(authority.keyPEM, "ca.key")
        try openssl.write(try SigningRequest.make(commonName: "north").requestPEM, "request.pem")
        for (uri, accepted) in [
            ("spiffe://lung.example.org/site/north", true), ("spiffe://liver.example.org/site/north", false),
            ("spiffe://sub.lung.example.org/site/north", false),
        ] {
            try openssl.write(
                "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=clientAuth\nsubjectAltName=URI:\(uri)\n", "ext")
            let signed = try openssl.run(
                "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2", "-extfile",
                "ext", "-out", "leaf.pem", "-set_serial", "77")
            try #require(signed.code == 0, "\(signed.output)")
            let verified = try openssl.run("verify", "-CAfile", "ca.pem", "-purpose", "sslclient", "leaf.pem")
            #expect((verified.code == 0) == accepted, "\(verified.output)")
            let status = try? await LeafStatus.of(
                certificatePEM: try openssl.read("leaf.pem"), authorityPEM: authority.certificatePEM,
                now: .now.addingTimeInterval(5))
            if case .valid? = status { #expect(accepted) } else { #expect(!accepted) }
        }
    }
}
