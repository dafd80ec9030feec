public import FoundationEssentials

/// A protocol version as stored.
public struct StoredProtocol: Sendable, Equatable {
    /// SHA-256 of the canonical form.
    public let sha256: String
    /// The study.
    public let study: String
    /// The canonical form.
    public let canonical: Data
    /// Whether it is locked.
    public let isLocked: Bool
}

extension Registry {
    /// Adds a draft; its study is made if it is new. The same protocol again changes nothing.
    ///
    /// - Parameter sites: role of each site that the protocol names; all must be registered.
    public func addProtocol(
        sha256: String, study: String, title: String, version: Int, canonical: Data, source: String,
        sites: [(site: String, role: String)], readers: [String], actor: String
    ) async throws {
        try await pool.transaction { transaction in
            let known = try await transaction.query("SELECT 1 FROM protocol WHERE sha256 = $1", [.text(sha256)])
            if !known.isEmpty { return }
            transaction.execute(
                "INSERT INTO study (id, title) VALUES ($1, $2) ON CONFLICT DO NOTHING", [.text(study), .text(title)])
            transaction.execute(
                """
                INSERT INTO protocol (sha256, study, version, canonical, source, created_by)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                [.text(sha256), .text(study), .int(version), .bytes(canonical), .text(source), .text(actor)])
            for (site, role) in sites {
                transaction.execute(
                    "INSERT INTO protocol_site (sha256, site, role) VALUES ($1, $2, $3)",
                    [.text(sha256), .text(site), .text(role)])
            }
            for reader in readers {
                transaction.execute(
                    "INSERT INTO reader (study, pseudonym) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    [.text(study), .text(reader)])
            }
            Self.audit(
                transaction, actor: actor, action: "add", entity: "protocol", id: sha256, after: sha256)
        }
    }

    /// Locks a draft. Locking again changes nothing.
    public func lockProtocol(sha256: String, reason: String, actor: String) async throws {
        try await pool.transaction { transaction in
            let locked = try await transaction.query(
                "INSERT INTO protocol_lock (sha256, locked_by, reason) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING sha256",
                [.text(sha256), .text(actor), .text(reason)])
            guard !locked.isEmpty else { return }
            Self.audit(
                transaction, actor: actor, action: "lock", entity: "protocol", id: sha256, reason: reason,
                after: sha256)
        }
    }

    /// A protocol by its hash, or a unique prefix of at least eight digits of it.
    public func storedProtocol(_ sha256: String) async throws -> StoredProtocol? {
        guard sha256.count >= 8, sha256.allSatisfy(\.isHexDigit) else { return nil }
        let rows = try await pool.query(
            """
            SELECT p.sha256, p.study, p.canonical, l.sha256 IS NOT NULL AS locked FROM protocol p
            LEFT JOIN protocol_lock l ON l.sha256 = p.sha256 WHERE p.sha256 LIKE $1 || '%' LIMIT 2
            """, [.text(sha256)])
        guard rows.count == 1 else { return nil }
        return StoredProtocol(
            sha256: try rows[0].string("sha256"), study: try rows[0].string("study"),
            canonical: try rows[0].bytes("canonical"), isLocked: try rows[0].string("locked") == "t")
    }
}
