import Foundation
import Identity
import Testing

@Suite("Certificate verdicts and renewal")
struct LeafStatusTests {
    static func status(
        _ site: (certificatePEM: String, keyPEM: String), _ authority: CertificateAuthority, after seconds: Double
    ) async throws -> LeafStatus {
        try await LeafStatus.of(
            certificatePEM: site.certificatePEM, authorityPEM: authority.certificatePEM, keyPEM: site.keyPEM,
            now: Fixture.now.addingTimeInterval(seconds))
    }

    @Test("Too early, in time and expired are told apart to the second")
    func times() async throws {
        let authority = try Fixture.authority()
        let site = try Fixture.site(authority, now: Fixture.now.addingTimeInterval(7200))
        #expect(try await Self.status(site, authority, after: 0) == .notYetValid(skewSeconds: 6900))
        for inside: Double in [6900, 7200, 7200 + 86_400] {
            guard case .valid = try await Self.status(site, authority, after: inside) else {
                Issue.record("not valid \(inside) s after")
                continue
            }
        }
        #expect(
            try await Self.status(site, authority, after: 7200 + 86_401)
                == .expired(since: Fixture.now.addingTimeInterval(7200 + 86_400)))
    }

    @Test("A certificate of another authority with the same names is foreign, also when it has expired")
    func foreign() async throws {
        let ours = try Fixture.authority()
        let theirs = try Fixture.authority()
        let site = try Fixture.site(theirs)
        #expect(try await Self.status(site, ours, after: 0) == .foreignAuthority)
        #expect(try await Self.status(site, ours, after: 40 * 86_400) == .foreignAuthority)
    }

    @Test("A private key of another pair is told apart, and so is an ended authority")
    func otherVerdicts() async throws {
        let authority = try Fixture.authority(days: 1)
        let site = try Fixture.site(authority)
        let other = try Fixture.site(authority)
        #expect(try await Self.status((site.certificatePEM, other.keyPEM), authority, after: 0) == .keyMismatch)
        #expect(
            try await Self.status(site, authority, after: 2 * 86_400)
                == .authorityNotValid(from: authority.notBefore, until: authority.notAfter))
    }

    @Test("Renewal falls due after two thirds of the certificate's life")
    func renewal() throws {
        let authority = try Fixture.authority()
        let identity = try PeerIdentity(pem: try Fixture.site(authority, validity: .seconds(86_100)).certificatePEM)
        // Life is 86 400 s with the 300 s of backdating: two thirds are 57 600 s.
        let due = identity.notBefore.addingTimeInterval(57_600)
        #expect(identity.renewal(now: due.addingTimeInterval(-1)) == .notBefore(due))
        #expect(identity.renewal(now: due) == .due(until: identity.notAfter))
        #expect(identity.renewal(now: identity.notAfter) == .tooLate(since: identity.notAfter))
    }

    @Test("An authority's certificate is nobody's identity, and garbage is refused")
    func notPeers() throws {
        let authority = try Fixture.authority()
        #expect(throws: IdentityError.peerName(.shape)) { try PeerIdentity(pem: authority.certificatePEM) }
        #expect(throws: IdentityError.malformed(.certificate, detail: "not an X.509 certificate")) {
            try PeerIdentity(derEncoded: [0x30, 0x03, 0x02, 0x01, 0x01])
        }
        #expect(throws: IdentityError.tooLong(.certificate, limitBytes: Limits.certificateBytes)) {
            try PeerIdentity(derEncoded: [UInt8](repeating: 0x30, count: Limits.certificateBytes + 1))
        }
    }

    @Test("No altered certificate is still valid", arguments: 0..<8)
    func tampered(_ part: Int) async throws {
        let authority = try Fixture.authority()
        let site = try Fixture.site(authority)
        let body = site.certificatePEM.split(separator: "\n").dropFirst().dropLast().joined()
        let der = try #require(Data(base64Encoded: body))
        for index in stride(from: part, to: der.count, by: 8) {
            var altered = der
            altered[index] ^= 0x04
            let lines = altered.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            let pem = "-----BEGIN CERTIFICATE-----\n\(lines)\n-----END CERTIFICATE-----\n"
            let status = try? await Self.status((pem, site.keyPEM), authority, after: 0)
            if case .valid = status { Issue.record("byte \(index) altered, still valid") }
        }
    }

    @Test("A signature with unused bits, which verifies all the same, is another encoding and refused")
    func unusedBits() throws {
        let site = try Fixture.site(try Fixture.authority())
        let body = site.certificatePEM.split(separator: "\n").dropFirst().dropLast().joined()
        var der = [UInt8](try #require(Data(base64Encoded: body)))
        // The bit string before an ECDSA signature, a sequence: 03, length, unused bits, 30.
        let place = try #require(
            der.indices.dropLast(3).last {
                der[$0] == 0x03 && der[$0 + 2] == 0 && der[$0 + 3] == 0x30 && $0 + 2 + Int(der[$0 + 1]) == der.count
            })
        der[place + 2] = 4
        der[der.count - 1] &= 0xf0
        #expect(
            throws: IdentityError.malformed(.certificate, detail: "its signature does not end with an octet")
        ) { try PeerIdentity(derEncoded: der) }
    }
}
