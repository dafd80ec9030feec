import Disclosure
public import FoundationEssentials

/// How a site's agent stands, from its store alone.
public struct AgentStatus: Sendable, Codable, Equatable {
    /// The site.
    public let site: String
    /// The verdict on its certificate in one sentence.
    public let certificate: String
    /// SHA-256 of the protocols that the site accepts.
    public let protocols: [String]
    /// Messages that left.
    public let messages: Int
    /// Bytes that left.
    public let bytes: Int
    /// Messages without a receipt.
    public let unacknowledged: Int

    /// Reads the store.
    public init(configuration: SiteConfiguration, now: Date) async throws {
        site = configuration.site
        let credentials = SiteCredentials(store: configuration.store)
        certificate = credentials.exist ? "\(try await credentials.status(now: now))" : "not enrolled"
        protocols = configuration.policy.protocols
        let ledger = try Self.ledger(configuration: configuration)
        messages = ledger.count
        bytes = ledger.reduce(0) { $0 + $1.entry.bytes }
        unacknowledged = ledger.count { $0.state == "unacknowledged" }
    }

    /// For people.
    public var text: String {
        """
        site          \(site)
        certificate   \(certificate)
        protocols     \(protocols.isEmpty ? "none accepted" : protocols.map { String($0.prefix(16)) }.joined(separator: ", "))
        left          \(messages) messages, \(bytes) bytes, \(unacknowledged) without a receipt

        """
    }

    static func store(_ configuration: SiteConfiguration) throws -> SiteStore {
        try SiteStore(path: URL(filePath: configuration.store).appending(path: "agent.sqlite").path)
    }

    /// Every message that left the site, oldest first.
    public static func ledger(configuration: SiteConfiguration) throws -> [LedgerLine] {
        try store(configuration).ledger()
    }

    /// Records a person's approval of a run.
    public static func approve(configuration: SiteConfiguration, run: String, by person: String, at: Date) throws {
        try store(configuration).approve(run: run, by: person, at: at)
    }
}
