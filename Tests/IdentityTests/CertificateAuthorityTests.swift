import Foundation
import Identity
import Testing

@Suite("Certificate authority")
struct CertificateAuthorityTests {
    @Test("An authority saved as PEM and loaded again issues certificates that verify")
    func roundTrip() async throws {
        let made = try Fixture.authority()
        let loaded = try CertificateAuthority.load(certificatePEM: made.certificatePEM, keyPEM: made.keyPEM)
        #expect(loaded.fingerprint == made.fingerprint)
        #expect(loaded.studyDomain == Fixture.domain)
        let site = try Fixture.site(loaded)
        let status = try await LeafStatus.of(
            certificatePEM: site.certificatePEM, authorityPEM: made.certificatePEM, keyPEM: site.keyPEM,
            now: Fixture.now)
        guard case .valid(let identity, _) = status else {
            Issue.record("\(status)")
            return
        }
        #expect(identity.role == .site("north"))
        #expect(identity.name.uri == "spiffe://lung.example.org/site/north")
        #expect(identity.serial == Fixture.serial(2))
        #expect(identity.notAfter == Fixture.now.addingTimeInterval(86_400))
        #expect(identity.notBefore == Fixture.now.addingTimeInterval(-300))
    }

    @Test("Each kind of certificate carries its own role and study domain")
    func roles() throws {
        let authority = try Fixture.authority()
        let request = try SigningRequest(pem: try SigningRequest.make(commonName: "anything").requestPEM)
        let person = try PeerIdentity(
            pem: try authority.issueOperator(
                request: request, name: "ada", validity: Fixture.day, now: Fixture.now, serial: Fixture.serial(3)))
        #expect(person.role == .operator("ada"))
        let server = try PeerIdentity(
            pem: try authority.issueServer(
                request: request, dnsNames: ["coordinator.example.org"], addresses: ["127.0.0.1", "::1"],
                validity: Fixture.day, now: Fixture.now, serial: Fixture.serial(4)))
        #expect(server.role == .coordinator)
        #expect(server.studyDomain == Fixture.domain)
        try server.require(studyDomain: Fixture.domain)
        #expect(throws: IdentityError.peerName(.otherStudy(found: Fixture.domain, expected: "other.example"))) {
            try server.require(studyDomain: "other.example")
        }
    }

    @Test("A certificate never outlives its authority, and an ended authority issues nothing")
    func authorityLife() throws {
        let authority = try Fixture.authority(days: 2)
        let site = try Fixture.site(authority, validity: .seconds(86_400 * 30))
        #expect(try PeerIdentity(pem: site.certificatePEM).notAfter == authority.notAfter)
        #expect(
            throws: IdentityError.authorityNotValid(from: authority.notBefore, until: authority.notAfter)
        ) {
            try Fixture.site(authority, now: Fixture.now.addingTimeInterval(3 * 86_400))
        }
    }

    @Test("Names, addresses and validities outside the rules are refused")
    func refusals() throws {
        let authority = try Fixture.authority()
        let request = try SigningRequest(pem: try SigningRequest.make(commonName: "site").requestPEM)
        #expect(throws: IdentityError.identifier("North/../x")) {
            try authority.issueSite(
                request: request, siteID: "North/../x", validity: Fixture.day, now: Fixture.now,
                serial: Fixture.serial(5))
        }
        for (names, addresses) in [
            (["bad name"], []), (["-x.org"], []), ([""], []), (["10.0.0.1"], []), ([], ["300.1.1.1"]),
        ] as [([String], [String])] {
            #expect(throws: IdentityError.serverName((names + addresses)[0])) {
                try authority.issueServer(
                    request: request, dnsNames: names, addresses: addresses, validity: Fixture.day,
                    now: Fixture.now, serial: Fixture.serial(5))
            }
        }
        #expect(throws: IdentityError.serverNameCount(0)) {
            try authority.issueServer(
                request: request, dnsNames: [], addresses: [], validity: Fixture.day, now: Fixture.now,
                serial: Fixture.serial(5))
        }
        #expect(throws: IdentityError.validity(seconds: 1)) { try Fixture.site(authority, validity: .seconds(1)) }
        for domain in ["Lung.example", "a..b", "", "a b", "192.168.0.1", "-a.org", String(repeating: "a", count: 65)] {
            #expect(throws: IdentityError.studyDomain(domain)) { try Fixture.authority(domain) }
        }
    }

    @Test("An authority is not loaded with a foreign key, from a leaf, or from another text")
    func loadRefusals() throws {
        let authority = try Fixture.authority()
        let other = try Fixture.authority()
        #expect(throws: IdentityError.keyMismatch) {
            try CertificateAuthority.load(certificatePEM: authority.certificatePEM, keyPEM: other.keyPEM)
        }
        let site = try Fixture.site(authority)
        #expect(throws: IdentityError.notAnAuthority(detail: "it may not sign certificates")) {
            try CertificateAuthority.load(certificatePEM: site.certificatePEM, keyPEM: site.keyPEM)
        }
        #expect(throws: IdentityError.malformed(.authorityCertificate, detail: "the PEM block holds a PRIVATE KEY")) {
            try AuthorityCertificate(pem: site.keyPEM)
        }
        #expect(throws: IdentityError.tooLong(.authorityCertificate, limitBytes: Limits.pemBytes)) {
            try AuthorityCertificate(pem: String(repeating: authority.certificatePEM, count: 40))
        }
    }

    @Test("Serial numbers are positive, 16 bytes and survive their text form")
    func serials() throws {
        var generator = SeededGenerator(state: 77)
        var seen: Set<CertificateSerial> = []
        for _ in 0..<1000 {
            let serial = CertificateSerial.random(using: &generator)
            #expect(serial.bytes.count == 16 && (1...0x7f).contains(serial.bytes[0]))
            #expect(try CertificateSerial(hex: serial.hex) == serial)
            seen.insert(serial)
        }
        #expect(seen.count == 1000)
        for text in ["", "0", "00", "zz", "AB", String(repeating: "11", count: 21)] {
            #expect(throws: IdentityError.serial(text)) { try CertificateSerial(hex: text) }
        }
    }
}
