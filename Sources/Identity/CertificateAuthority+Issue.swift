import Crypto
public import FoundationEssentials
import SwiftASN1
import X509

extension CertificateAuthority {
    /// Issues a site's client certificate; the name comes from `siteID`, never from the request.
    public func issueSite(
        request: SigningRequest, siteID: String, validity: Duration, now: Date, serial: CertificateSerial
    ) throws(IdentityError) -> String {
        try issue(
            request, to: try PeerName(studyDomain: studyDomain, role: .site(siteID)), otherNames: [],
            usage: .clientAuth, validity: validity, now: now, serial: serial)
    }

    /// Issues an operator's client certificate; the name comes from `name`, never from the request.
    public func issueOperator(
        request: SigningRequest, name: String, validity: Duration, now: Date, serial: CertificateSerial
    ) throws(IdentityError) -> String {
        try issue(
            request, to: try PeerName(studyDomain: studyDomain, role: .operator(name)), otherNames: [],
            usage: .clientAuth, validity: validity, now: now, serial: serial)
    }

    /// Issues the coordinator's server certificate for the DNS names and IP addresses that clients use to reach it.
    public func issueServer(
        request: SigningRequest, dnsNames: [String], addresses: [String], validity: Duration, now: Date,
        serial: CertificateSerial
    ) throws(IdentityError) -> String {
        let count = dnsNames.count + addresses.count
        guard (1...Limits.serverNames).contains(count) else { throw .serverNameCount(count) }
        var names: [GeneralName] = []
        for name in dnsNames {
            guard PeerName.isHostName(name) else { throw .serverName(name) }
            names.append(.dnsName(name.lowercased()))
        }
        for address in addresses {
            guard let octets = IPAddress.octets(address) else { throw .serverName(address) }
            names.append(.ipAddress(ASN1OctetString(contentBytes: octets[...])))
        }
        return try issue(
            request, to: try PeerName(studyDomain: studyDomain, role: .coordinator), otherNames: names,
            usage: .serverAuth, validity: validity, now: now, serial: serial)
    }

    private func issue(
        _ request: SigningRequest, to name: PeerName, otherNames: [GeneralName],
        usage: ExtendedKeyUsage.Usage, validity: Duration, now: Date, serial: CertificateSerial
    ) throws(IdentityError) -> String {
        guard notBefore <= now, now < notAfter else { throw .authorityNotValid(from: notBefore, until: notAfter) }
        let period = try ValidityPeriod(now: now, validity: validity)
        let issued: Certificate
        do {
            let subject = try DistinguishedName {
                OrganizationName(studyDomain)
                CommonName(name.shortName)
            }
            let usages = try ExtendedKeyUsage([usage])
            let authorityKey = try certificate.extensions.subjectKeyIdentifier?.keyIdentifier
            issued = try Certificate(
                version: .v3, serialNumber: serial.x509, publicKey: request.publicKey,
                notValidBefore: max(period.notBefore, notBefore), notValidAfter: min(period.notAfter, notAfter),
                issuer: certificate.subject, subject: subject,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    usages
                    SubjectAlternativeNames([.uniformResourceIdentifier(name.uri)] + otherNames)
                    SubjectKeyIdentifier(hash: request.publicKey)
                    AuthorityKeyIdentifier(keyIdentifier: authorityKey)
                },
                issuerPrivateKey: key)
        } catch {
            throw .malformed(.certificate, detail: "cannot be encoded")
        }
        return try PEM.text(issued)
    }
}
