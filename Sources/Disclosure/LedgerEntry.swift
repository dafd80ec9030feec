/// One line of the ledger of what left a site.
public struct LedgerEntry: Sendable, Equatable, Codable {
    /// When the bytes were journalled, seconds since 1970.
    public let at: Double
    /// Run that asked.
    public let run: String
    /// Round of the run.
    public let round: Int
    /// Computation of the catalogue.
    public let computation: String
    /// Rule that allowed it.
    public let rule: String
    /// Names of the blocks and releases in the message.
    public let items: [String]
    /// Bytes of the message.
    public let bytes: Int
    /// SHA-256 of the message, hexadecimal.
    public let sha256: String

    /// Creates an entry.
    public init(
        at: Double, run: String, round: Int, computation: String, rule: String, items: [String], bytes: Int,
        sha256: String
    ) {
        self.at = at
        self.run = run
        self.round = round
        self.computation = computation
        self.rule = rule
        self.items = items
        self.bytes = bytes
        self.sha256 = sha256
    }
}
