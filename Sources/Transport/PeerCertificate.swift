import CCurl

/// A certificate that a server presented, as OpenSSL prints its fields.
public struct PeerCertificate: Equatable, Sendable {
    /// Subject's distinguished name.
    public let subject: String
    /// Issuer's distinguished name.
    public let issuer: String
    /// Start of its validity.
    public let startDate: String
    /// End of its validity.
    public let expireDate: String
    /// The certificate itself.
    public let pem: String

    /// The chain that a handle with CERTINFO collected, leaf first.
    static func chain(of easy: UnsafeMutableRawPointer) -> [PeerCertificate] {
        guard let found = ccurl_get_certificates(easy), let lists = found.pointee.certinfo else { return [] }
        return (0..<Int(found.pointee.num_of_certs)).map { index in
            var fields: [String: String] = [:]
            var node = lists[index]
            while let entry = node {
                let line = String(cString: entry.pointee.data)
                if let colon = line.firstIndex(of: ":") {
                    fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
                }
                node = entry.pointee.next
            }
            return PeerCertificate(
                subject: fields["Subject"] ?? "", issuer: fields["Issuer"] ?? "",
                startDate: fields["Start date"] ?? "", expireDate: fields["Expire date"] ?? "",
                pem: fields["Cert"] ?? "")
        }
    }
}
