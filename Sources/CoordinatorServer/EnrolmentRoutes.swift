import Crypto
import FoundationEssentials
import Hummingbird
import Identity
import Registry
import StudyCore
import StudyProtocol
import Wire

/// The authority's certificate, and the way from a one-time token, or from a valid certificate, to a new certificate.
struct EnrolmentRoutes {
    let registry: Registry
    let authority: CertificateAuthority
    let callers: Callers
    let certificateSeconds: Int

    func add(to router: Router<CallerContext>) {
        router.get("v1/authority") { [authority] _, _ -> Response in
            Response.text(authority.certificatePEM, type: "application/x-pem-file")
        }
        router.post("v1/enrol") { request, _ -> Response in
            let message = try WireCodec.enrolment(try await request.bytes(limit: WireLimits.smallBytes))
            let signing = try Self.signingRequest(message.signingRequest)
            guard let token = try? EnrolmentToken(parsing: message.secret),
                let site = try await registry.useToken(secretSHA256: token.secretDigest.hex), site == token.siteID
            else {
                throw Fault(
                    code: .notAllowed, message: "the token is unknown, used or expired; ask the centre for a new one",
                    retry: false)
            }
            return try await issue(signing, site: site, actor: "token")
        }
        router.post("v1/renew") { request, context -> Response in
            let site = try await callers.site(context)
            let message = try WireCodec.enrolment(try await request.bytes(limit: WireLimits.smallBytes))
            return try await issue(try Self.signingRequest(message.signingRequest), site: site, actor: "site/\(site)")
        }
    }

    private static func signingRequest(_ pem: String) throws -> SigningRequest {
        do {
            return try SigningRequest(pem: pem)
        } catch {
            throw Fault.invalid("the certificate signing request: \(error)")
        }
    }

    private func issue(_ request: SigningRequest, site: String, actor: String) async throws -> Response {
        var random = SystemRandomNumberGenerator()
        let pem = try authority.issueSite(
            request: request, siteID: site, validity: .seconds(certificateSeconds), now: Date(),
            serial: .random(using: &random))
        let identity = try PeerIdentity(pem: pem)
        try await registry.addCertificate(
            serial: identity.serial.hex, subject: "site/\(site)", notAfter: identity.notAfter,
            sha256: identity.fingerprint.hex, actor: actor)
        return .message(try WireCodec.encodeEnrolmentReply(certificate: pem, authority: authority.certificatePEM))
    }
}
