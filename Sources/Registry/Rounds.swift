public import FoundationEssentials

/// The open round of a run, locked for the transaction.
public struct StoredRound: Sendable, Equatable {
    /// Number of the round.
    public let number: Int
    /// The broadcast, as it was stored.
    public let task: Data
    /// Where the pipeline stands, as it was stored.
    public let pipeline: Data
    /// Sites that must answer.
    public let participants: [String]
    /// Sites whose answer is stored.
    public let received: [String]
    /// Chain over the rounds before; empty before the first.
    public let transcriptSHA256: String
}

/// A run, locked for the transaction.
public struct StoredRun: Sendable, Equatable {
    /// `running`, `finished` or `failed`.
    public let state: String
    /// Why it failed.
    public let reason: String
    /// SHA-256 of the protocol.
    public let protocolHash: String
    /// The open round, if the run goes on.
    public let open: StoredRound?
}

extension RegistryTransaction {
    /// Locks a run's row and reads its open round; `nil` if there is no such run.
    public func lockRun(_ run: String) async throws -> StoredRun? {
        let rows = try await query("SELECT state, reason, protocol FROM run WHERE id = $1 FOR UPDATE", [.text(run)])
        guard let row = rows.first else { return nil }
        let open = try await query(
            """
            SELECT r.number, r.task, r.pipeline, r.participants,
                ARRAY(SELECT site FROM contribution c WHERE c.run = r.run AND c.round = r.number) AS received,
                coalesce((SELECT transcript_sha256 FROM round_close k WHERE k.run = r.run AND k.number = r.number - 1), '')
                    AS transcript
            FROM round r WHERE r.run = $1
                AND NOT EXISTS (SELECT 1 FROM round_close k WHERE k.run = r.run AND k.number = r.number)
            ORDER BY r.number DESC LIMIT 1
            """, [.text(run)])
        return StoredRun(
            state: try row.string("state"), reason: try row.string("reason"),
            protocolHash: try row.string("protocol"),
            open: try open.first.map { round in
                StoredRound(
                    number: try round.int("number"), task: try round.bytes("task"),
                    pipeline: try round.bytes("pipeline"), participants: try round.list("participants"),
                    received: try round.list("received"), transcriptSHA256: try round.string("transcript"))
            })
    }

    /// What is stored from a site for a round: SHA-256 of the bytes, and the receipt.
    public func stored(run: String, round: Int, site: String) async throws -> (sha256: String, receipt: Data)? {
        let rows = try await query(
            "SELECT sha256, receipt FROM contribution WHERE run = $1 AND round = $2 AND site = $3",
            [.text(run), .int(round), .text(site)])
        guard let row = rows.first else { return nil }
        return (try row.string("sha256"), try row.bytes("receipt"))
    }

    /// Stores a site's answer with its receipt.
    public func store(run: String, round: Int, site: String, sha256: String, body: Data, receipt: Data) async throws {
        try await query(
            "INSERT INTO contribution (run, round, site, sha256, body, receipt) VALUES ($1, $2, $3, $4, $5, $6)",
            [.text(run), .int(round), .text(site), .text(sha256), .bytes(body), .bytes(receipt)])
    }

    /// Bodies of the answers of a round by site.
    public func bodies(run: String, round: Int) async throws -> [String: Data] {
        var bodies: [String: Data] = [:]
        for row in try await query(
            "SELECT site, body FROM contribution WHERE run = $1 AND round = $2", [.text(run), .int(round)])
        {
            bodies[try row.string("site")] = try row.bytes("body")
        }
        return bodies
    }

    /// Closes a round.
    public func close(run: String, round: Int, sum: Data, sumSHA256: String, transcriptSHA256: String) async throws {
        try await query(
            "INSERT INTO round_close (run, number, sum, sum_sha256, transcript_sha256) VALUES ($1, $2, $3, $4, $5)",
            [.text(run), .int(round), .bytes(sum), .text(sumSHA256), .text(transcriptSHA256)])
    }

    /// Opens a round.
    public func open(
        run: String, round: Int, stage: String, computation: String, task: Data, pipeline: Data,
        participants: [String]
    ) async throws {
        try await query(
            """
            INSERT INTO round (run, number, stage, computation, task, pipeline, participants)
            VALUES ($1, $2, $3, $4, $5, $6, $7::text[])
            """,
            [
                .text(run), .int(round), .text(stage), .text(computation), .bytes(task), .bytes(pipeline),
                .list(participants),
            ])
    }

    /// Stores a frozen result.
    public func freeze(run: String, round: Int, name: String, bytes: Data, sha256: String) async throws {
        try await query(
            "INSERT INTO artefact (sha256, body) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [.text(sha256), .bytes(bytes)])
        try await query(
            "INSERT INTO run_artefact (run, name, sha256, round) VALUES ($1, $2, $3, $4)",
            [.text(run), .text(name), .text(sha256), .int(round)])
    }

    /// Stores a site's refusal.
    public func storeRefusal(run: String, round: Int, site: String, rule: String, message: String) async throws {
        try await query(
            "INSERT INTO refusal (run, round, site, rule, message) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            [.text(run), .int(round), .text(site), .text(rule), .text(message)])
    }

    /// Ends a run.
    public func end(run: String, state: String, reason: String) async throws {
        try await query(
            "UPDATE run SET state = $2, reason = $3, updated_at = now() WHERE id = $1",
            [.text(run), .text(state), .text(reason)])
    }
}

extension Registry {
    /// The oldest open round that waits for a site, as it was stored.
    public func work(forSite site: String) async throws -> Data? {
        try await pool.query(
            """
            SELECT r.task FROM run JOIN round r ON r.run = run.id
            WHERE run.state = 'running' AND $1 = ANY (r.participants)
                AND NOT EXISTS (SELECT 1 FROM round_close k WHERE k.run = r.run AND k.number = r.number)
                AND NOT EXISTS (SELECT 1 FROM contribution c WHERE c.run = r.run AND c.round = r.number AND c.site = $1)
            ORDER BY run.started_at, r.number LIMIT 1
            """, [.text(site)]
        ).first?.bytes("task")
    }

    /// A frozen result by its hash, if a run that the site takes part in has it.
    public func artefact(sha256: String, site: String?) async throws -> Data? {
        try await pool.query(
            """
            SELECT a.body FROM artefact a WHERE a.sha256 = $1 AND ($2::text IS NULL OR EXISTS (
                SELECT 1 FROM run_artefact ra JOIN run r ON r.id = ra.run
                JOIN protocol_site ps ON ps.sha256 = r.protocol WHERE ra.sha256 = a.sha256 AND ps.site = $2))
            """, [.text(sha256), .optional(site)]
        ).first?.bytes("body")
    }

    /// A frozen result of a run by its name; the newest if it was refined.
    public func artefact(run: String, name: String) async throws -> Data? {
        try await pool.query(
            """
            SELECT a.body FROM run_artefact ra JOIN artefact a ON a.sha256 = ra.sha256
            WHERE ra.run = $1 AND ra.name = $2 ORDER BY ra.round DESC LIMIT 1
            """, [.text(run), .text(name)]
        ).first?.bytes("body")
    }

    /// The newest run of a study, or the run itself if the word is a run.
    public func latestRun(_ word: String) async throws -> String? {
        try await pool.query(
            """
            SELECT r.id FROM run r JOIN protocol p ON p.sha256 = r.protocol WHERE r.id = $1 OR p.study = $1
            ORDER BY r.state = 'finished' DESC, r.started_at DESC LIMIT 1
            """, [.text(word)]
        ).first?.string("id")
    }
}
