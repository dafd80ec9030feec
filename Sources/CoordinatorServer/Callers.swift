import FoundationEssentials
import Identity
import Registry
import StudyCore
import Synchronization

/// Who calls, by the certificate of the connection: its chain was verified in the handshake, and here on every request
/// that it still holds and is not revoked.
final class Callers: Sendable {
    private struct Memory {
        var revoked: Set<String> = []
        var revokedAt: ContinuousClock.Instant?
        var seenAt: [String: ContinuousClock.Instant] = [:]
    }

    /// How long a revocation may take to be noticed: every request would otherwise ask the database first.
    static let revocationAge: Duration = .seconds(1)
    private static let seenAge: Duration = .seconds(5)
    private let registry: Registry
    private let domain: String
    private let memory = Mutex(Memory())

    init(registry: Registry, domain: String) {
        self.registry = registry
        self.domain = domain
    }

    /// The calling site.
    ///
    /// - Throws: `Fault`.
    func site(_ context: CallerContext) async throws -> String {
        guard let peer = try await peer(context), case .site(let site) = peer.role else {
            throw Fault(code: .notAllowed, message: "a site's certificate is needed", retry: false)
        }
        return site
    }

    /// The calling operator, as the audit trail names them.
    ///
    /// - Throws: `Fault`.
    func person(_ context: CallerContext) async throws -> String {
        guard let peer = try await peer(context), case .operator(let name) = peer.role else {
            throw Fault(code: .notAllowed, message: "an operator's certificate is needed", retry: false)
        }
        return "operator/\(name)"
    }

    private func peer(_ context: CallerContext) async throws -> PeerIdentity? {
        guard let peer = try await context.peer(domain: domain) else { return nil }
        guard peer.notAfter > Date() else {
            throw Fault(code: .notAllowed, message: "the certificate has expired; enrol again", retry: false)
        }
        guard try await !revoked().contains(peer.serial.hex) else {
            throw Fault(code: .notAllowed, message: "the certificate is revoked; enrol again", retry: false)
        }
        return peer
    }

    private func revoked() async throws -> Set<String> {
        let now = ContinuousClock.now
        let known = memory.withLock { memory in
            memory.revokedAt.flatMap { now - $0 < Self.revocationAge ? memory.revoked : nil }
        }
        if let known { return known }
        let serials = try await registry.revokedSerials()
        memory.withLock { memory in
            memory.revoked = serials
            memory.revokedAt = now
        }
        return serials
    }

    /// Remembers that a site's agent called; written every few seconds.
    func seen(_ site: String, version: String) async throws {
        let now = ContinuousClock.now
        let isDue = memory.withLock { memory in
            if let last = memory.seenAt[site], now - last < Self.seenAge { return false }
            memory.seenAt[site] = now
            return true
        }
        if isDue { try await registry.seen(site: site, version: version) }
    }
}
