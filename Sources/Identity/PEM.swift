import Crypto
import SwiftASN1
import X509

/// Bounded reading of PEM texts into typed values.
enum PEM {
    static func certificateBytes(_ pem: String, _ document: IdentityError.Document) throws(IdentityError) -> [UInt8] {
        try body(pem, document, discriminators: ["CERTIFICATE"])
    }

    static func certificate(_ pem: String, _ document: IdentityError.Document) throws(IdentityError) -> Certificate {
        try certificate(der: try certificateBytes(pem, document), document)
    }

    static func certificate(
        der: [UInt8], _ document: IdentityError.Document
    ) throws(IdentityError) -> Certificate {
        guard der.count <= Limits.certificateBytes else {
            throw .tooLong(document, limitBytes: Limits.certificateBytes)
        }
        let certificate: Certificate
        do { certificate = try Certificate(derEncoded: der) } catch {
            throw .malformed(document, detail: "not an X.509 certificate")
        }
        guard hasWholeOctetSignature(der) else {
            throw .malformed(document, detail: "its signature does not end with an octet")
        }
        return certificate
    }

    /// Whether the signature, the last part of a certificate (RFC 5280, 4.1), has no unused bits. The library ignores their number, which
    /// would give one certificate several encodings and fingerprints.
    private static func hasWholeOctetSignature(_ der: [UInt8]) -> Bool {
        guard case .constructed(let parts)? = try? DER.parse(der).content, let signature = Array(parts).last,
            case .primitive(let bytes) = signature.content
        else { return false }
        return bytes.first == 0
    }

    static func signingRequest(_ pem: String) throws(IdentityError) -> CertificateSigningRequest {
        let der = try body(pem, .signingRequest, discriminators: ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"])
        do { return try CertificateSigningRequest(derEncoded: der) } catch {
            throw .malformed(.signingRequest, detail: "not a PKCS #10 request")
        }
    }

    static func privateKey(_ pem: String) throws(IdentityError) -> P256.Signing.PrivateKey {
        _ = try body(pem, .privateKey, discriminators: ["PRIVATE KEY", "EC PRIVATE KEY"])
        do { return try P256.Signing.PrivateKey(pemRepresentation: pem) } catch { throw .keyType(.privateKey) }
    }

    static func text(_ certificate: Certificate) throws(IdentityError) -> String {
        do { return try certificate.serializeAsPEM().pemString + "\n" } catch {
            throw .malformed(.certificate, detail: "cannot be encoded")
        }
    }

    private static func body(
        _ pem: String, _ document: IdentityError.Document, discriminators: [String]
    ) throws(IdentityError) -> [UInt8] {
        guard pem.utf8.count <= Limits.pemBytes else { throw .tooLong(document, limitBytes: Limits.pemBytes) }
        let parsed: PEMDocument
        do { parsed = try PEMDocument(pemString: pem) } catch {
            throw .malformed(document, detail: "not one PEM block")
        }
        guard discriminators.contains(parsed.discriminator) else {
            throw .malformed(document, detail: "the PEM block holds a \(parsed.discriminator.prefix(40))")
        }
        return parsed.derBytes
    }
}
