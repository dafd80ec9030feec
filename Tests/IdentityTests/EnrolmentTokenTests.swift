import Foundation
import Identity
import Testing

@Suite("Enrolment tokens and fingerprints")
struct EnrolmentTokenTests {
    static func token(_ seed: UInt64 = 5) throws -> EnrolmentToken {
        var generator = SeededGenerator(state: seed)
        return try EnrolmentToken(
            siteID: "north-2", authorityFingerprint: Fingerprint(of: [1, 2, 3]), using: &generator)
    }

    @Test("A token survives its text form and is compared by the digest of its secret")
    func roundTrip() throws {
        let token = try Self.token()
        let read = try EnrolmentToken(parsing: token.text)
        #expect(read.text == token.text)
        #expect(read.siteID == "north-2")
        #expect(read.authorityFingerprint == Fingerprint(of: [1, 2, 3]))
        #expect(read.secretDigest == token.secretDigest)
        #expect(try Self.token(6).secretDigest != token.secretDigest)
        #expect(token.text.split(separator: ".")[2].utf8.count == 43)
    }

    @Test("Printing, interpolating or dumping a token shows no secret")
    func redacted() throws {
        let token = try Self.token()
        let secret = String(token.text.split(separator: ".")[2])
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped] { #expect(!text.contains(secret)) }
    }

    @Test("Each broken part of a token is named")
    func faults() throws {
        let parts = try Self.token().text.split(separator: ".").map(String.init)
        let cases: [(String, IdentityError.TokenFault)] = [
            ("", .length), (String(repeating: "a", count: 257), .length), ("concord1", .shape),
            (parts.joined(separator: ".") + ".x", .shape),
            (["concord2", parts[1], parts[2], parts[3]].joined(separator: "."), .version),
            ([parts[0], "../x", parts[2], parts[3]].joined(separator: "."), .shape),
            ([parts[0], "North", parts[2], parts[3]].joined(separator: "."), .site),
            ([parts[0], parts[1], "=" + parts[2].dropFirst(), parts[3]].joined(separator: "."), .secret),
            ([parts[0], parts[1], String(parts[2].dropLast()), parts[3]].joined(separator: "."), .secret),
            ([parts[0], parts[1], parts[2], parts[3].uppercased()].joined(separator: "."), .authority),
            ([parts[0], parts[1], parts[2], String(parts[3].dropLast(2))].joined(separator: "."), .authority),
        ]
        for (text, fault) in cases {
            #expect(throws: IdentityError.token(fault), "\(text)") { try EnrolmentToken(parsing: text) }
        }
    }

    @Test("No mutation of a token is read as the same token, and none crashes")
    func fuzz() throws {
        let original = try Self.token().text
        var generator = SeededGenerator(state: 2026)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = Array(original.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 0...127, using: &generator), at: index)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            if let read = try? EnrolmentToken(parsing: text) {
                accepted += 1
                #expect(read.text == text, "a token has exactly one spelling")
            }
        }
        #expect(accepted > 0 && accepted < 10_000)
    }

    @Test("Fingerprints are read as people write them and stored in one form")
    func fingerprints() throws {
        let fingerprint = Fingerprint(of: Array("abc".utf8))
        // FIPS 180-2 appendix B.1
        #expect(fingerprint.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let pairs = stride(from: 0, to: 64, by: 2).map { index in
            String(Array(fingerprint.hex.uppercased())[index..<index + 2])
        }
        #expect(try Fingerprint(parsing: pairs.joined(separator: ":")) == fingerprint)
        #expect(throws: IdentityError.fingerprint) { try Fingerprint(hex: pairs.joined(separator: ":")) }
        #expect(throws: IdentityError.fingerprint) { try Fingerprint(parsing: "ba78") }
        for index in 0..<64 {
            var digits = Array(fingerprint.hex.utf8)
            digits[index] = digits[index] == 0x30 ? 0x31 : 0x30
            #expect(try Fingerprint(hex: String(decoding: digits, as: UTF8.self)) != fingerprint)
        }
    }
}
