import Crypto
import SwiftASN1
import X509

/// A certificate signing request whose proof of possession was checked; only its public key is ever used.
public struct SigningRequest: Sendable {
    let publicKey: Certificate.PublicKey
    /// SHA-256 of the SubjectPublicKeyInfo: what the site reads out and the centre compares before it approves.
    public let keyFingerprint: Fingerprint

    /// Parses a PKCS #10 request; throws `malformed`, `tooLong`, `keyType` (not P-256) or `proofOfPossession`.
    public init(pem: String) throws(IdentityError) {
        let request = try PEM.signingRequest(pem)
        guard let key = P256.Signing.PublicKey(request.publicKey) else { throw .keyType(.signingRequest) }
        guard request.publicKey.isValidSignature(request.signature, for: request) else { throw .proofOfPossession }
        publicKey = request.publicKey
        keyFingerprint = Fingerprint(of: key.derRepresentation)
    }

    /// Makes a P-256 key (system random source) and a request signed with it; the name is informative, the authority decides.
    public static func make(commonName: String) throws(IdentityError) -> (keyPEM: String, requestPEM: String) {
        let key = P256.Signing.PrivateKey()
        return (key.pemRepresentation + "\n", try make(commonName: commonName, key: key))
    }

    /// Makes a request for a key that exists already (renewal without a new key).
    public static func make(commonName: String, keyPEM: String) throws(IdentityError) -> String {
        try make(commonName: commonName, key: try PEM.privateKey(keyPEM))
    }

    private static func make(commonName: String, key: P256.Signing.PrivateKey) throws(IdentityError) -> String {
        guard PeerName.isIdentifier(commonName) else { throw .identifier(commonName) }
        do {
            let request = try CertificateSigningRequest(
                version: .v1, subject: DistinguishedName { CommonName(commonName) },
                privateKey: Certificate.PrivateKey(key), attributes: CertificateSigningRequest.Attributes())
            return try request.serializeAsPEM().pemString + "\n"
        } catch {
            throw .malformed(.signingRequest, detail: "cannot be encoded")
        }
    }
}
