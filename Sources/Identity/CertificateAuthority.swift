import Crypto
public import FoundationEssentials
import SwiftASN1
import X509

/// The study's certificate authority: a P-256 root that issues leaves directly (path length 0, names of one domain).
public struct CertificateAuthority: Sendable {
    /// The domain of every name that this authority issues.
    public let studyDomain: String
    /// The authority's certificate, PEM: what sites pin and clients trust.
    public let certificatePEM: String
    /// The authority's private key, PEM (PKCS #8); the caller stores it with mode 0600.
    public let keyPEM: String
    /// SHA-256 of the certificate's DER, given to sites out of band.
    public let fingerprint: Fingerprint
    /// The authority's certificate is valid from here.
    public let notBefore: Date
    /// The authority's certificate ends here, and no leaf outlives it.
    public let notAfter: Date

    let certificate: Certificate
    let key: Certificate.PrivateKey

    /// Makes a new self-signed authority; throws `studyDomain` or `validity`.
    public static func create(
        studyDomain: String, validity: Duration, now: Date, serial: CertificateSerial
    ) throws(IdentityError) -> CertificateAuthority {
        guard PeerName.isStudyDomain(studyDomain) else { throw .studyDomain(studyDomain) }
        let key = P256.Signing.PrivateKey()
        let period = try ValidityPeriod(now: now, validity: validity)
        let certificate: Certificate
        do {
            let name = try DistinguishedName {
                OrganizationName(studyDomain)
                CommonName("Concord authority")
            }
            let publicKey = Certificate.PublicKey(key.publicKey)
            let keyIdentifier = SubjectKeyIdentifier(hash: publicKey)
            certificate = try Certificate(
                version: .v3, serialNumber: serial.x509, publicKey: publicKey,
                notValidBefore: period.notBefore, notValidAfter: period.notAfter, issuer: name, subject: name,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    Critical(NameConstraints(permittedURIDomains: [studyDomain]))
                    SubjectAlternativeNames([.uniformResourceIdentifier(PeerName.scheme + studyDomain)])
                    keyIdentifier
                },
                issuerPrivateKey: Certificate.PrivateKey(key))
        } catch {
            throw .malformed(.authorityCertificate, detail: "cannot be encoded")
        }
        return try load(certificatePEM: try PEM.text(certificate), keyPEM: key.pemRepresentation + "\n")
    }

    /// Reads an authority back; throws when the pair does not match or the certificate is no Concord authority's.
    public static func load(certificatePEM: String, keyPEM: String) throws(IdentityError) -> CertificateAuthority {
        let trust = try AuthorityCertificate(pem: certificatePEM)
        let key = try PEM.privateKey(keyPEM)
        guard Certificate.PublicKey(key.publicKey) == trust.certificate.publicKey else { throw .keyMismatch }
        return CertificateAuthority(
            studyDomain: trust.studyDomain, certificatePEM: certificatePEM, keyPEM: keyPEM,
            fingerprint: trust.fingerprint, notBefore: trust.notBefore, notAfter: trust.notAfter,
            certificate: trust.certificate, key: Certificate.PrivateKey(key))
    }
}

/// The public half of an authority, as sites and operators hold it.
public struct AuthorityCertificate: Sendable {
    /// The domain of every name that the authority issues.
    public let studyDomain: String
    /// SHA-256 of the certificate's DER.
    public let fingerprint: Fingerprint
    /// Valid from here.
    public let notBefore: Date
    /// Valid until here.
    public let notAfter: Date

    let certificate: Certificate

    /// Reads a CA certificate; throws `notAnAuthority` unless it is self-signed, may sign and names one study domain.
    public init(pem: String) throws(IdentityError) {
        let der = try PEM.certificateBytes(pem, .authorityCertificate)
        let certificate = try PEM.certificate(der: der, .authorityCertificate)
        let extensions = certificate.extensions
        guard case .isCertificateAuthority? = try? extensions.basicConstraints else {
            throw .notAnAuthority(detail: "it may not sign certificates")
        }
        guard certificate.issuer == certificate.subject,
            certificate.publicKey.isValidSignature(certificate.signature, for: certificate)
        else { throw .notAnAuthority(detail: "it is not self-signed") }
        let uris = CertificateNames.uris(of: certificate)
        guard uris.count == 1, uris[0].hasPrefix(PeerName.scheme),
            PeerName.isStudyDomain(String(uris[0].dropFirst(PeerName.scheme.count)))
        else { throw .notAnAuthority(detail: "it does not name one study domain") }
        studyDomain = String(uris[0].dropFirst(PeerName.scheme.count))
        fingerprint = Fingerprint(of: der)
        notBefore = certificate.notValidBefore
        notAfter = certificate.notValidAfter
        self.certificate = certificate
    }
}

enum CertificateNames {
    /// The URI names of a certificate; empty when there are none or the extension does not parse.
    static func uris(of certificate: Certificate) -> [String] {
        guard let names = try? certificate.extensions.subjectAlternativeNames else { return [] }
        return names.compactMap { name in
            if case .uniformResourceIdentifier(let uri) = name { uri } else { nil }
        }
    }
}

struct ValidityPeriod {
    let notBefore: Date
    let notAfter: Date

    init(now: Date, validity: Duration) throws(IdentityError) {
        let seconds = validity.components.seconds
        guard (Int64(Limits.shortestValiditySeconds)...Int64(Limits.longestValiditySeconds)).contains(seconds) else {
            throw .validity(seconds: seconds)
        }
        notBefore = now.addingTimeInterval(-Double(Limits.backdateSeconds))
        notAfter = now.addingTimeInterval(Double(seconds))
    }
}
