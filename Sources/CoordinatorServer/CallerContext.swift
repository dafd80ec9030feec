import Hummingbird
import HummingbirdCore
import Identity
import NIOCore
import NIOSSL
import StudyCore

/// A request with the connection that it came over.
struct CallerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// Who calls, by the certificate of the connection; `nil` without one. The chain was verified in the handshake.
    func peer(domain: String) async throws -> PeerIdentity? {
        guard let certificate = try await channel.nioSSL_peerCertificate().get() else { return nil }
        let identity = try PeerIdentity(derEncoded: try certificate.toDERBytes())
        try identity.require(studyDomain: domain)
        return identity
    }
}
