public import FoundationEssentials

/// The open round of a run, locked for the transaction.
public struct StoredRound: Sendable, Equatable {
    /// Number of the round.
    public let number: Int
    /// What was stored when it was opened; `nil` if the caller knows it.
    public let content: StoredContent?
    /// Sites that must answer.
    public let participants: [String]
    /// Sites whose answer is stored.
    public let received: [String]
    /// Chain over the rounds before; empty before the first.
    public let transcriptSHA256: String
}

/// What a round is: never changed once it is stored.
public struct StoredContent: Sendable, Equatable {
    /// The broadcast.
    public let task: Data
    /// Where the pipeline stands.
    public let pipeline: Data
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
    /// The site's answer that is stored for the round of its new one, if it has one.
    public let earlier: EarlierAnswer?
}

/// An answer that is stored: SHA-256 of its bytes, and its receipt.
public struct EarlierAnswer: Sendable, Equatable {
    /// SHA-256 of the bytes, hexadecimal.
    public let sha256: String
    /// The receipt as it was sent.
    public let receipt: Data
}

extension RegistryTransaction {
    /// Locks a run's row and reads its open round, and a site's earlier answer; `nil` if there is no such run.
    ///
    /// - Parameters:
    ///   - knownRound: a round whose content the caller has.
    ///   - answer: round and site of an answer that has arrived.
    public func lockRun(
        _ run: String, knownRound: Int = 0, answer: (round: Int, site: String) = (0, "")
    ) async throws -> StoredRun? {
        let rows = try await query([
            ("SELECT state, reason, protocol FROM run WHERE id = $1 FOR UPDATE", [.text(run)]),
            (
                """
                SELECT r.number, CASE WHEN r.number <> $2::int THEN r.task END AS task,
                    CASE WHEN r.number <> $2::int THEN r.pipeline END AS pipeline, r.participants,
                    ARRAY(SELECT site FROM contribution c WHERE c.run = r.run AND c.round = r.number) AS received,
                    coalesce((SELECT transcript_sha256 FROM round_close k WHERE k.run = r.run AND k.number = r.number - 1),
                        '') AS transcript
                FROM round r WHERE r.run = $1
                    AND NOT EXISTS (SELECT 1 FROM round_close k WHERE k.run = r.run AND k.number = r.number)
                ORDER BY r.number DESC LIMIT 1
                """, [.text(run), .int(knownRound)]
            ),
            (
                "SELECT sha256, receipt FROM contribution WHERE run = $1 AND round = $2 AND site = $3",
                [.text(run), .int(answer.round), .text(answer.site)]
            ),
        ])
        guard let row = rows[0].first else { return nil }
        return StoredRun(
            state: try row.string("state"), reason: try row.string("reason"),
            protocolHash: try row.string("protocol"),
            open: try rows[1].first.map { round in
                let number = try round.int("number")
                return StoredRound(
                    number: number,
                    content: number == knownRound
                        ? nil : StoredContent(task: try round.bytes("task"), pipeline: try round.bytes("pipeline")),
                    participants: try round.list("participants"), received: try round.list("received"),
                    transcriptSHA256: try round.string("transcript"))
            },
            earlier: try rows[2].first.map { row in
                EarlierAnswer(sha256: try row.string("sha256"), receipt: try row.bytes("receipt"))
            })
    }

    /// Stores a site's answer with its receipt.
    public func store(run: String, round: Int, site: String, sha256: String, body: Data, receipt: Data) {
        execute(
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
    public func close(run: String, round: Int, sum: Data, sumSHA256: String, transcriptSHA256: String) {
        execute(
            "INSERT INTO round_close (run, number, sum, sum_sha256, transcript_sha256) VALUES ($1, $2, $3, $4, $5)",
            [.text(run), .int(round), .bytes(sum), .text(sumSHA256), .text(transcriptSHA256)])
    }

    /// Opens a round.
    public func open(
        run: String, round: Int, stage: String, computation: String, task: Data, pipeline: Data,
        participants: [String]
    ) {
        execute(
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
    public func freeze(run: String, round: Int, name: String, bytes: Data, sha256: String) {
        execute(
            "INSERT INTO artefact (sha256, body) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [.text(sha256), .bytes(bytes)])
        execute(
            "INSERT INTO run_artefact (run, name, sha256, round) VALUES ($1, $2, $3, $4)",
            [.text(run), .text(name), .text(sha256), .int(round)])
    }

    /// Stores a site's refusal.
    public func storeRefusal(run: String, round: Int, site: String, rule: String, message: String) {
        execute(
            "INSERT INTO refusal (run, round, site, rule, message) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            [.text(run), .int(round), .text(site), .text(rule), .text(message)])
    }

    /// Ends a run.
    public func end(run: String, state: String, reason: String) {
        execute(
            "UPDATE run SET state = $2, reason = $3, updated_at = now() WHERE id = $1",
            [.text(run), .text(state), .text(reason)])
    }
}

extension Registry {
    /// The oldest open round that waits for a site.
    public func work(forSite site: String) async throws -> (run: String, round: Int)? {
        try await pool.query(
            """
            SELECT r.run, r.number FROM run JOIN round r ON r.run = run.id
            WHERE run.state = 'running' AND $1 = ANY (r.participants)
                AND NOT EXISTS (SELECT 1 FROM round_close k WHERE k.run = r.run AND k.number = r.number)
                AND NOT EXISTS (SELECT 1 FROM contribution c WHERE c.run = r.run AND c.round = r.number AND c.site = $1)
            ORDER BY run.started_at, r.number LIMIT 1
            """, [.text(site)]
        ).first.map { row in (try row.string("run"), try row.int("number")) }
    }

    /// The broadcast of a round, as it was stored.
    public func task(run: String, round: Int) async throws -> Data? {
        try await pool.query("SELECT task FROM round WHERE run = $1 AND number = $2", [.text(run), .int(round)])
            .first?.bytes("task")
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
