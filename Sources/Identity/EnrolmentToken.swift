import Crypto
import FoundationEssentials

/// A one-time token that lets one site ask for its first certificate: `concord1.<site>.<secret>.<CA fingerprint>`.
public struct EnrolmentToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// The site that the token is bound to.
    public let siteID: String
    /// SHA-256 of the authority's certificate: what the site checks before it sends anything.
    public let authorityFingerprint: Fingerprint
    private let secret: [UInt8]

    /// Makes a token with a 256-bit secret; pass the system's random source. Throws `identifier`.
    public init(
        siteID: String, authorityFingerprint: Fingerprint, using generator: inout some RandomNumberGenerator
    ) throws(IdentityError) {
        guard PeerName.isIdentifier(siteID) else { throw .identifier(siteID) }
        self.siteID = siteID
        self.authorityFingerprint = authorityFingerprint
        secret = (0..<Self.secretBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Reads the text form, which has exactly one spelling; throws `token`.
    public init(parsing text: String) throws(IdentityError) {
        guard !text.isEmpty, text.utf8.count <= Limits.tokenBytes else { throw .token(.length) }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { throw .token(.shape) }
        guard parts[0].elementsEqual(Self.version.utf8) else { throw .token(.version) }
        let site = String(Substring(parts[1]))
        guard PeerName.isIdentifier(site) else { throw .token(.site) }
        guard let secret = Self.decode(Substring(parts[2])) else { throw .token(.secret) }
        guard let bytes = Hexadecimal.decode(parts[3]), bytes.count == SHA256.byteCount,
            let fingerprint = try? Fingerprint(hex: String(Substring(parts[3])))
        else { throw .token(.authority) }
        siteID = site
        self.secret = secret
        authorityFingerprint = fingerprint
    }

    /// The whole token, secret included: shown once to the person who hands it over.
    public var text: String { "\(Self.version).\(siteID).\(Self.encode(secret)).\(authorityFingerprint.hex)" }

    /// SHA-256 of the secret: the only form that is stored; equality of digests takes constant time.
    public var secretDigest: Fingerprint { Fingerprint(of: secret) }

    /// The token without its secret.
    public var description: String { "\(Self.version).\(siteID).<secret>.\(authorityFingerprint.hex)" }

    /// Shows no secret to debuggers and `dump`.
    public var customMirror: Mirror { Mirror(self, children: ["token": description]) }

    private static let version = "concord1"
    private static let secretBytes = 32

    private static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func decode(_ text: Substring) -> [UInt8]? {
        guard text.utf8.count == 43, !text.utf8.contains(UInt8(ascii: "+")), !text.utf8.contains(UInt8(ascii: "/")),
            let data = Data(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + "=")
        else { return nil }
        let bytes = Array(data)
        return bytes.count == secretBytes && encode(bytes) == text ? bytes : nil
    }
}
