public import FoundationEssentials

extension Registry {
    /// Registers a site.
    public func addSite(id: String, name: String, actor: String) async throws {
        try await pool.transaction { transaction in
            transaction.execute("INSERT INTO site (id, name) VALUES ($1, $2)", [.text(id), .text(name)])
            Self.audit(transaction, actor: actor, action: "add", entity: "site", id: id)
        }
    }

    /// Stores a one-time token by the hash of its secret.
    public func addToken(secretSHA256: String, site: String, validSeconds: Int, actor: String) async throws {
        try await pool.transaction { transaction in
            transaction.execute(
                """
                INSERT INTO enrolment_token (secret_sha256, site, expires_at)
                VALUES ($1, $2, now() + make_interval(secs => $3::int))
                """, [.text(secretSHA256), .text(site), .int(validSeconds)])
            Self.audit(transaction, actor: actor, action: "token", entity: "site", id: site)
        }
    }

    /// Uses a token up, once; the site that it is for, or `nil` if it is unknown, expired or used.
    public func useToken(secretSHA256: String) async throws -> String? {
        try await pool.transaction { transaction in
            let rows = try await transaction.query(
                "SELECT site FROM enrolment_token WHERE secret_sha256 = $1 AND expires_at > now()",
                [.text(secretSHA256)])
            guard let site = try rows.first?.string("site") else { return nil }
            let used = try await transaction.query(
                """
                INSERT INTO enrolment_token_use (secret_sha256) VALUES ($1) ON CONFLICT DO NOTHING
                RETURNING secret_sha256
                """, [.text(secretSHA256)])
            return used.isEmpty ? nil : site
        }
    }

    /// Records an issued certificate.
    public func addCertificate(
        serial: String, subject: String, notAfter: Date, sha256: String, actor: String
    ) async throws {
        try await pool.transaction { transaction in
            transaction.execute(
                "INSERT INTO certificate (serial, subject, not_after, sha256) VALUES ($1, $2, to_timestamp($3::float8), $4)",
                [.text(serial), .text(subject), .double(notAfter.timeIntervalSince1970), .text(sha256)])
            Self.audit(
                transaction, actor: actor, action: "issue", entity: "certificate", id: serial, reason: subject,
                after: sha256)
        }
    }

    /// Revokes all certificates of a subject (`site/tours`).
    public func revoke(subject: String, reason: String, actor: String) async throws -> Int {
        try await pool.transaction { transaction in
            let rows = try await transaction.query(
                """
                INSERT INTO certificate_revocation (serial, reason)
                SELECT serial, $2 FROM certificate WHERE subject = $1 ON CONFLICT DO NOTHING RETURNING serial
                """, [.text(subject), .text(reason)])
            Self.audit(
                transaction, actor: actor, action: "revoke", entity: "certificate", id: subject, reason: reason)
            return rows.count
        }
    }

    /// Serials of revoked certificates.
    public func revokedSerials() async throws -> Set<String> {
        Set(try await pool.query("SELECT serial FROM certificate_revocation").map { try $0.string("serial") })
    }

    /// Remembers that a site's agent called.
    public func seen(site: String, version: String) async throws {
        _ = try await pool.query(
            """
            INSERT INTO site_seen (site, seen_at, agent_version) VALUES ($1, now(), $2)
            ON CONFLICT (site) DO UPDATE SET seen_at = now(), agent_version = excluded.agent_version
            """, [.text(site), .text(version)])
    }
}
