import Crypto
public import FoundationEssentials
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// The verdict on an installed certificate, as `doctor` prints it.
public enum LeafStatus: Equatable, Sendable, CustomStringConvertible {
    /// Chain, name, times and key are right; it ends at `until`.
    case valid(PeerIdentity, until: Date)
    /// The certificate starts later than the local clock: the clock is behind by at least this many seconds.
    case notYetValid(skewSeconds: Double)
    /// The certificate has ended.
    case expired(since: Date)
    /// The authority's own certificate is not valid at this time.
    case authorityNotValid(from: Date, until: Date)
    /// The certificate was not issued by this authority.
    case foreignAuthority
    /// The private key does not belong to the certificate.
    case keyMismatch

    /// Verifies a leaf against one authority at `now` (RFC 5280 path validation); a private key, when given, must match.
    /// Throws when a text does not parse or the certificate is not one that Concord issues.
    public static func of(
        certificatePEM: String, authorityPEM: String, keyPEM: String? = nil, now: Date
    ) async throws(IdentityError) -> LeafStatus {
        let authority = try AuthorityCertificate(pem: authorityPEM)
        let der = try PEM.certificateBytes(certificatePEM, .certificate)
        let leaf = try PEM.certificate(der: der, .certificate)
        if let keyPEM, Certificate.PublicKey(try PEM.privateKey(keyPEM).publicKey) != leaf.publicKey {
            return .keyMismatch
        }
        let start = max(leaf.notValidBefore, authority.notBefore)
        let end = min(leaf.notValidAfter, authority.notAfter)
        guard start <= end else { return .foreignAuthority }
        // The path is checked at a time when both certificates were valid, so that expiry has a verdict of its own.
        let policyTime = min(max(now, start), end)
        var verifier = Verifier(rootCertificates: CertificateStore([authority.certificate])) {
            RFC5280Policy(fixedExpiryValidationTime: policyTime)
        }
        guard case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore([]))
        else { return .foreignAuthority }
        let identity = try PeerIdentity(leaf, der: der)
        try identity.require(studyDomain: authority.studyDomain)
        if now < authority.notBefore || now > authority.notAfter {
            return .authorityNotValid(from: authority.notBefore, until: authority.notAfter)
        }
        if now < leaf.notValidBefore {
            return .notYetValid(skewSeconds: leaf.notValidBefore.timeIntervalSince(now))
        }
        if now > leaf.notValidAfter { return .expired(since: leaf.notValidAfter) }
        return .valid(identity, until: leaf.notValidAfter)
    }

    /// One sentence with the remedy.
    public var description: String {
        switch self {
        case .valid(let identity, let until):
            "The certificate of \(identity.name) is valid until \(until.formatted(.iso8601))."
        case .notYetValid(let skew):
            "The certificate starts \(Int(skew.rounded(.up))) s from now: set this machine's clock (NTP)."
        case .expired(let since):
            "The certificate ended at \(since.formatted(.iso8601)): ask the centre for a token and enrol again."
        case .authorityNotValid(let from, let until):
            "The authority's certificate is valid from \(from.formatted(.iso8601)) to "
                + "\(until.formatted(.iso8601)), not now: check the clock, then ask the centre."
        case .foreignAuthority:
            "The certificate was not issued by this study's authority: it belongs to another study, enrol again."
        case .keyMismatch:
            "The private key does not belong to the certificate: restore the pair or enrol again."
        }
    }
}
