public import FoundationEssentials
import SwiftASN1
import X509

/// Who a certificate says it is: read after TLS has checked its chain, decided on the URI name alone.
public struct PeerIdentity: Hashable, Sendable {
    /// Study domain and role.
    public let name: PeerName
    /// Serial number, looked up in the revocation table on each request.
    public let serial: CertificateSerial
    /// Valid from here.
    public let notBefore: Date
    /// Valid until here.
    public let notAfter: Date
    /// SHA-256 of the certificate's DER.
    public let fingerprint: Fingerprint

    /// The role in the study.
    public var role: PeerName.Role { name.role }
    /// The study's domain.
    public var studyDomain: String { name.studyDomain }

    /// Reads a DER certificate; throws `malformed`, `tooLong`, `peerName` or `peerUsage` (an authority, or a wrong EKU).
    public init(derEncoded der: [UInt8]) throws(IdentityError) {
        let certificate = try PEM.certificate(der: der, .certificate)
        try self.init(certificate, der: der)
    }

    /// Reads a PEM certificate; throws as `init(derEncoded:)`.
    public init(pem: String) throws(IdentityError) {
        let der = try PEM.certificateBytes(pem, .certificate)
        try self.init(try PEM.certificate(der: der, .certificate), der: der)
    }

    init(_ certificate: Certificate, der: [UInt8]) throws(IdentityError) {
        let uris = CertificateNames.uris(of: certificate)
        guard let uri = uris.first else { throw .peerName(.missing) }
        guard uris.count == 1 else { throw .peerName(.several(uris.count)) }
        name = try PeerName(uri: uri)
        if case .isCertificateAuthority? = try? certificate.extensions.basicConstraints {
            throw .peerUsage(detail: "it is an authority's")
        }
        let usages = try? certificate.extensions.extendedKeyUsage
        switch name.role {
        case .site, .operator:
            guard usages?.contains(.clientAuth) == true else { throw .peerUsage(detail: "it is not a client's") }
        case .coordinator:
            guard usages?.contains(.serverAuth) == true else { throw .peerUsage(detail: "it is not a server's") }
        }
        serial = CertificateSerial(certificate.serialNumber)
        notBefore = certificate.notValidBefore
        notAfter = certificate.notValidAfter
        fingerprint = Fingerprint(of: der)
    }

    /// Throws `peerName(.otherStudy)` unless the certificate belongs to `domain`.
    public func require(studyDomain domain: String) throws(IdentityError) {
        guard studyDomain == domain else { throw .peerName(.otherStudy(found: studyDomain, expected: domain)) }
    }
}
