import FoundationEssentials

/// The coordinator's records in PostgreSQL.
public struct Registry: Sendable {
    /// The connections.
    public let pool: RegistryPool

    /// Creates the registry over a pool.
    public init(pool: RegistryPool) { self.pool = pool }

    /// Appends an event to the audit trail, in the transaction of what it tells.
    public static func audit(
        _ transaction: RegistryTransaction, actor: String, action: String, entity: String, id: String,
        reason: String = "", after: String = ""
    ) {
        transaction.execute(
            "SELECT audit_append($1, $2, $3, $4, $5, $6)",
            [.text(actor), .text(action), .text(entity), .text(id), .text(reason), .text(after)])
    }

    /// Rows of a listing as JSON objects, one a line: PostgreSQL writes the JSON, so that there is one way to do it.
    public func listing(_ listing: Listing, filter: String? = nil) async throws -> [String] {
        let sql =
            "SELECT row_to_json(r)::text AS line FROM (\(listing.sql)) r WHERE $1::text IS NULL OR r.\(listing.key)::text = $1"
        return try await pool.query(sql, [.optional(filter)]).map { try $0.string("line") }
    }

    /// Whether the database answers and has the schema.
    public func isReady() async -> Bool {
        (try? await pool.query("SELECT count(*) AS n FROM schema_migration")) != nil
    }
}

/// What can be listed. Every listing is in a stable order.
public enum Listing: String, Sendable, CaseIterable {
    /// Studies with their newest protocol.
    case studies
    /// Sites with when their agent was last seen.
    case sites
    /// Protocol versions, draft or locked.
    case protocols
    /// Runs.
    case runs
    /// Rounds with what was summed.
    case rounds
    /// Frozen cohorts.
    case cohorts
    /// Readers.
    case readers
    /// Reader agreement.
    case agreement
    /// Models.
    case models
    /// Validations.
    case validations
    /// Numbers of validations and agreement.
    case metrics
    /// Acquisition histograms.
    case acquisition
    /// Acquisition fields outside the protocol.
    case deviations
    /// Scanners.
    case scanners
    /// The audit trail.
    case audit
    /// Checkpoints of the audit trail.
    case checkpoints

    /// The column that a filter compares.
    var key: String {
        switch self {
        case .studies, .sites, .runs: "id"
        case .protocols: "sha256"
        case .readers: "study"
        case .audit: "entity_id"
        case .checkpoints: "size"
        case .rounds, .cohorts, .agreement, .models, .validations, .metrics, .acquisition, .deviations, .scanners:
            "run"
        }
    }

    var sql: String {
        switch self {
        case .studies:
            """
            SELECT s.id, s.title, (SELECT max(version) FROM protocol p WHERE p.study = s.id) AS protocol_version,
                (SELECT count(*) FROM run r JOIN protocol p ON p.sha256 = r.protocol WHERE p.study = s.id) AS runs,
                s.created_at FROM study s ORDER BY s.id
            """
        case .sites:
            """
            SELECT s.id, s.name, v.seen_at, v.agent_version, c.not_after AS certificate_until, s.created_at FROM site s
            LEFT JOIN site_seen v ON v.site = s.id
            LEFT JOIN LATERAL (SELECT max(not_after) AS not_after FROM certificate WHERE subject = 'site/' || s.id) c
                ON true ORDER BY s.id
            """
        case .protocols:
            """
            SELECT p.study, p.version, CASE WHEN l.sha256 IS NULL THEN 'draft' ELSE 'locked' END AS state, p.sha256,
                p.created_by, p.created_at, l.locked_by, l.reason, l.locked_at FROM protocol p
            LEFT JOIN protocol_lock l ON l.sha256 = p.sha256 ORDER BY p.study, p.version
            """
        case .runs:
            """
            SELECT r.id, p.study, p.version, r.state, r.reason,
                (SELECT max(number) FROM round WHERE run = r.id) AS rounds,
                (SELECT stage FROM round WHERE run = r.id ORDER BY number DESC LIMIT 1) AS stage,
                (SELECT array_to_string(ARRAY(SELECT site FROM unnest(o.participants) site
                        EXCEPT SELECT site FROM contribution c WHERE c.run = o.run AND c.round = o.number
                        ORDER BY site), ' ')
                    FROM round o WHERE r.state = 'running' AND o.run = r.id ORDER BY o.number DESC LIMIT 1) AS awaits,
                r.started_by, r.started_at, r.updated_at, r.protocol FROM run r
            JOIN protocol p ON p.sha256 = r.protocol ORDER BY r.started_at
            """
        case .rounds:
            """
            SELECT r.run, r.number, r.stage, r.computation, array_to_string(r.participants, ' ') AS participants,
                (SELECT count(*) FROM contribution c WHERE c.run = r.run AND c.round = r.number) AS answers,
                r.opened_at, k.closed_at, k.sum_sha256, k.transcript_sha256 FROM round r
            LEFT JOIN round_close k ON k.run = r.run AND k.number = r.number ORDER BY r.run, r.number
            """
        case .cohorts: "SELECT run, site, cases, events, commitment FROM cohort ORDER BY run, site"
        case .readers: "SELECT study, pseudonym FROM reader ORDER BY study, pseudonym"
        case .agreement:
            "SELECT run, scope, site, subject AS region, name, value, lower, upper, n, method, status, reason "
                + "FROM metric WHERE name = 'kappa' ORDER BY run, scope, site, subject"
        case .models: "SELECT run, kind, columns, sha256 FROM model ORDER BY run, sha256"
        case .validations: "SELECT run, score, model, protocol, finished_at FROM validation ORDER BY run, score"
        case .metrics:
            "SELECT run, subject, scope, site, name, value, lower, upper, standard_error, n, events, method, status, "
                + "reason, certified_lower, certified_upper FROM metric ORDER BY run, subject, scope, site, name"
        case .acquisition:
            "SELECT run, site, keyword, bin, cases, status FROM acquisition ORDER BY run, site, keyword, bin"
        case .deviations: "SELECT run, site, field, expected, observed, share FROM deviation ORDER BY run, site, field"
        case .scanners: "SELECT run, site, model, cases, status FROM scanner ORDER BY run, site, model"
        case .audit:
            "SELECT seq, at, actor, db_role, action, entity, entity_id, reason, after_sha256, "
                + "(extract(epoch FROM at) * 1000)::bigint AS at_ms, encode(leaf, 'hex') AS leaf FROM audit_event ORDER BY seq"
        case .checkpoints: "SELECT size, encode(root, 'hex') AS root, note, at FROM checkpoint ORDER BY size"
        }
    }
}
