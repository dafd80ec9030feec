import Crypto
import SwiftASN1
import X509

/// A SHA-256 fingerprint: of a certificate's DER, of a public key's SubjectPublicKeyInfo, or of a token's secret.
public struct Fingerprint: Hashable, Sendable, CustomStringConvertible {
    /// The 32 bytes of the digest.
    public let bytes: [UInt8]

    /// Digest of `data`.
    public init(of data: some Sequence<UInt8>) { bytes = Array(SHA256.hash(data: Array(data))) }

    /// Reads 64 hexadecimal digits; upper case, and colons or spaces between bytes, are accepted from people.
    public init(parsing text: String) throws(IdentityError) {
        guard text.utf8.count <= 128 else { throw .fingerprint }
        let digits = text.lowercased().utf8.filter { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: " ") }
        guard let bytes = Hexadecimal.decode(digits), bytes.count == SHA256.byteCount else { throw .fingerprint }
        self.bytes = bytes
    }

    /// Reads 64 lower-case hexadecimal digits and nothing else (the stored form).
    public init(hex: String) throws(IdentityError) {
        guard let bytes = Hexadecimal.decode(hex.utf8), bytes.count == SHA256.byteCount else { throw .fingerprint }
        self.bytes = bytes
    }

    /// Fingerprint of a certificate: SHA-256 of its DER, as `openssl x509 -fingerprint -sha256` prints it.
    public static func ofCertificate(pem: String) throws(IdentityError) -> Fingerprint {
        Fingerprint(of: try PEM.certificateBytes(pem, .certificate))
    }

    /// Lower-case hexadecimal without colons, 64 digits.
    public var hex: String { Hexadecimal.encode(bytes) }

    /// Lower-case hexadecimal without colons, 64 digits.
    public var description: String { hex }

    /// The first 80 bits in groups of four digits, for two people to read to each other.
    public var spoken: String {
        let digits = Array(hex.prefix(20))
        return stride(from: 0, to: digits.count, by: 4).map { String(digits[$0..<$0 + 4]) }.joined(separator: " ")
    }

    /// Compares in time that does not depend on where the digests differ.
    public static func == (left: Fingerprint, right: Fingerprint) -> Bool {
        var difference: UInt8 = 0
        for (a, b) in zip(left.bytes, right.bytes) { difference |= a ^ b }
        return difference == 0
    }
}
