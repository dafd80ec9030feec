import X509

/// Serial number of a certificate: the key of the revocation table.
public struct CertificateSerial: Hashable, Sendable, CustomStringConvertible {
    /// Big-endian bytes without leading zeros, 1 to 20 of them.
    public let bytes: [UInt8]

    /// A positive random serial number of 16 bytes (RFC 5280 §4.1.2.2).
    public static func random(using generator: inout some RandomNumberGenerator) -> CertificateSerial {
        var bytes = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        bytes[0] = bytes[0] & 0x3f | 0x40
        return CertificateSerial(unchecked: bytes)
    }

    /// Reads lower-case hexadecimal as `hex` writes it; throws `serial`.
    public init(hex: String) throws(IdentityError) {
        guard let bytes = Hexadecimal.decode(hex.utf8), (1...20).contains(bytes.count), bytes[0] != 0 else {
            throw .serial(hex)
        }
        self.bytes = bytes
    }

    init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    init(_ serial: Certificate.SerialNumber) { bytes = Array(serial.bytes.drop { $0 == 0 }) }

    var x509: Certificate.SerialNumber { Certificate.SerialNumber(bytes: bytes) }

    /// Lower-case hexadecimal, two digits a byte.
    public var hex: String { Hexadecimal.encode(bytes) }

    /// Lower-case hexadecimal, two digits a byte.
    public var description: String { hex }
}
