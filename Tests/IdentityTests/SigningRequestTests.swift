import Foundation
import Identity
import Testing

@Suite("Signing requests")
struct SigningRequestTests {
    @Test("A request is read back with the fingerprint of its key, also when made again for the same key")
    func roundTrip() throws {
        let made = try SigningRequest.make(commonName: "north")
        let again = try SigningRequest.make(commonName: "north", keyPEM: made.keyPEM)
        let fingerprint = try SigningRequest(pem: made.requestPEM).keyFingerprint
        #expect(try SigningRequest(pem: again).keyFingerprint == fingerprint)
        #expect(fingerprint.spoken.count == 24)
        let other = try SigningRequest.make(commonName: "north")
        #expect(try SigningRequest(pem: other.requestPEM).keyFingerprint != fingerprint)
    }

    @Test("A request with any byte of its body altered is refused with a typed error")
    func tampered() throws {
        let pem = try SigningRequest.make(commonName: "north").requestPEM
        let body = pem.split(separator: "\n").dropFirst().dropLast().joined()
        let der = try #require(Data(base64Encoded: body))
        var proofFailures = 0
        // CertificationRequestInfo starts after the outer header of 3 bytes and has a one-byte length; the last bytes
        // are the signature's.
        let info = 3..<5 + Int(der[4])
        #expect(info.upperBound < 130)
        for index in Array(info) + Array(der.indices.suffix(30)) {
            for bit: UInt8 in [0x01, 0x80] {
                var altered = der
                altered[index] ^= bit
                let text =
                    "-----BEGIN CERTIFICATE REQUEST-----\n\(altered.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed]))"
                    + "\n-----END CERTIFICATE REQUEST-----\n"
                do throws(IdentityError) {
                    _ = try SigningRequest(pem: text)
                    Issue.record("byte \(index) altered by \(bit) was accepted")
                } catch {
                    if error == .proofOfPossession { proofFailures += 1 }
                }
            }
        }
        #expect(proofFailures > info.count / 2, "most alterations parse and fail the signature")
    }

    @Test("Extra names and a CA flag in a request are ignored", .enabled(if: OpenSSL.isPresent, "needs openssl"))
    func extrasIgnored() throws {
        let openssl = try OpenSSL()
        defer { openssl.remove() }
        let made = try openssl.run(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
            "-out", "request.pem", "-subj", "/CN=coordinator/O=evil", "-addext",
            "subjectAltName=URI:spiffe://lung.example.org/coordinator,DNS:coordinator.example.org,IP:10.0.0.1",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign", "-addext",
            "extendedKeyUsage=serverAuth")
        try #require(made.code == 0, "\(made.output)")
        let authority = try Fixture.authority()
        let certificate = try authority.issueSite(
            request: try SigningRequest(pem: try openssl.read("request.pem")), siteID: "north",
            validity: Fixture.day, now: Fixture.now, serial: Fixture.serial(9))
        #expect(try PeerIdentity(pem: certificate).role == .site("north"))
        try openssl.write(certificate, "north.pem")
        let text = try openssl.run("x509", "-in", "north.pem", "-noout", "-text").output
        #expect(text.contains("URI:spiffe://lung.example.org/site/north"))
        #expect(text.contains("CA:FALSE") && text.contains("TLS Web Client Authentication"))
        #expect(text.contains("Subject: O = lung.example.org, CN = north"))
        for unwanted in ["DNS:", "IP Address", "coordinator", "evil", "CA:TRUE", "Certificate Sign", "Web Server"] {
            #expect(!text.contains(unwanted), "\(unwanted) went from the request into the certificate")
        }
    }

    @Test("Keys that are not P-256 are refused", .enabled(if: OpenSSL.isPresent, "needs openssl"))
    func otherKeys() throws {
        let openssl = try OpenSSL()
        defer { openssl.remove() }
        for key in [["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], ["ed25519"]] {
            let made = try openssl.run(
                list: [
                    "req", "-new", "-nodes", "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=x", "-newkey",
                ]
                    + key)
            try #require(made.code == 0, "\(made.output)")
            #expect(throws: IdentityError.keyType(.signingRequest)) {
                try SigningRequest(pem: try openssl.read("request.pem"))
            }
        }
    }
}
