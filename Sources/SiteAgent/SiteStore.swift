public import Disclosure
public import FoundationEssentials
import GRDB
public import StudyCore
import StudyProtocol

/// The agent's own database (SQLite): journal and receipts, the ledger of what left, features, cohorts, approvals.
///
/// Opened with `synchronous = FULL`: what `journal` returned from survives a power cut.
public struct SiteStore: Sendable {
    let database: DatabaseQueue

    /// Opens or creates the store at a path.
    ///
    /// - Throws: `AgentError.store` with the reason.
    public init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
        do {
            try FileManager.default.createDirectory(
                at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            database = try DatabaseQueue(path: path, configuration: configuration)
            try Self.migrator.migrate(database)
        } catch {
            throw AgentError.store("\(URL(filePath: path).lastPathComponent): \(error)")
        }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 journal, features, cohorts, approvals") { db in
            try db.execute(
                sql: """
                    CREATE TABLE journal (
                        run TEXT NOT NULL, round INTEGER NOT NULL, computation TEXT NOT NULL, rule TEXT NOT NULL,
                        items TEXT NOT NULL, body BLOB NOT NULL, sha256 TEXT NOT NULL, at REAL NOT NULL,
                        receipt TEXT, fault TEXT, PRIMARY KEY (run, round)) STRICT;
                    CREATE TABLE feature (
                        configuration TEXT NOT NULL, case_id TEXT NOT NULL, reader TEXT NOT NULL,
                        names TEXT NOT NULL, features BLOB NOT NULL, provenance TEXT NOT NULL,
                        PRIMARY KEY (configuration, case_id, reader)) STRICT;
                    CREATE TABLE contour (
                        configuration TEXT NOT NULL, case_id TEXT NOT NULL, counts TEXT NOT NULL,
                        PRIMARY KEY (configuration, case_id)) STRICT;
                    CREATE TABLE cohort (
                        run TEXT PRIMARY KEY, salt BLOB NOT NULL, commitment TEXT NOT NULL, cases TEXT NOT NULL,
                        at REAL NOT NULL) STRICT;
                    CREATE TABLE approval (run TEXT PRIMARY KEY, by TEXT NOT NULL, at REAL NOT NULL) STRICT;
                    CREATE TABLE artefact (sha256 TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
                    CREATE TRIGGER journal_is_final BEFORE UPDATE OF run, round, body, sha256, at, items ON journal
                        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
                    CREATE TRIGGER journal_stays BEFORE DELETE ON journal
                        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
                    """)
        }
        return migrator
    }

    /// Writes the exact bytes of an answer, durably, before the first byte is sent.
    ///
    /// A second journalling of the same round keeps the first bytes: two different answers under one round would show
    /// their difference.
    ///
    /// - Returns: the submission that the journal holds.
    public func journal(_ submission: Submission, rule: String, at: Date) throws -> Submission {
        try database.write { db in
            if let existing = try Self.submission(db, run: submission.run, round: submission.round) {
                return existing
            }
            try db.execute(
                sql: """
                    INSERT INTO journal (run, round, computation, rule, items, body, sha256, at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    submission.run, submission.round, submission.computation, rule,
                    submission.items.joined(separator: "\n"), submission.body, CanonicalForm.sha256(submission.body),
                    at.timeIntervalSince1970,
                ])
            return submission
        }
    }

    private static func submission(_ db: Database, run: String, round: Int) throws -> Submission? {
        let row = try Row.fetchOne(
            db, sql: "SELECT run, round, computation, body, items FROM journal WHERE run = ? AND round = ?",
            arguments: [run, round])
        return row.map(submission)
    }

    private static func submission(_ row: Row) -> Submission {
        Submission(
            run: row["run"], round: row["round"], computation: row["computation"], body: row["body"],
            items: (row["items"] as String).split(separator: "\n").map(String.init))
    }

    /// What is in the journal for a round, if anything.
    public func journalled(run: String, round: Int) throws -> Submission? {
        try database.read { db in try Self.submission(db, run: run, round: round) }
    }

    /// Journalled answers without a receipt or a final fault, oldest first.
    public func unacknowledged() throws -> [Submission] {
        try database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT run, round, computation, body, items FROM journal
                    WHERE receipt IS NULL AND fault IS NULL ORDER BY at
                    """
            ).map(Self.submission)
        }
    }

    /// Stores the coordinator's receipt.
    public func acknowledge(_ submission: Submission, receipt: Receipt) throws {
        let text = String(decoding: try CanonicalForm.encode(receipt), as: UTF8.self)
        try database.write { db in
            try db.execute(
                sql: "UPDATE journal SET receipt = ? WHERE run = ? AND round = ?",
                arguments: [text, submission.run, submission.round])
        }
    }

    /// Marks an answer that the coordinator did not count.
    public func discard(_ submission: Submission, fault: Fault) throws {
        try database.write { db in
            try db.execute(
                sql: "UPDATE journal SET fault = ? WHERE run = ? AND round = ?",
                arguments: [fault.code.rawValue, submission.run, submission.round])
        }
    }

    /// Every message that was journalled, oldest first.
    public func ledger() throws -> [LedgerLine] {
        try database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM journal ORDER BY at").map { row in
                let body: Data = row["body"]
                let entry = LedgerEntry(
                    at: row["at"], run: row["run"], round: row["round"], computation: row["computation"],
                    rule: row["rule"], items: (row["items"] as String).split(separator: "\n").map(String.init),
                    bytes: body.count, sha256: row["sha256"])
                let state = row["receipt"] as String? != nil ? "counted" : (row["fault"] as String? ?? "unacknowledged")
                return LedgerLine(entry: entry, state: state)
            }
        }
    }

    /// Whether a person approved a run.
    public func isApproved(run: String) throws -> Bool {
        try database.read { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM approval WHERE run = ?)", arguments: [run])
                ?? false
        }
    }

    /// Records a person's approval of a run.
    public func approve(run: String, by: String, at: Date) throws {
        try database.write { db in
            try db.execute(
                sql: "INSERT INTO approval (run, by, at) VALUES (?, ?, ?) ON CONFLICT (run) DO NOTHING",
                arguments: [run, by, at.timeIntervalSince1970])
        }
    }

    /// A frozen result by its hash.
    public func artefact(sha256: String) throws -> Data? {
        try database.read { db in
            try Data.fetchOne(db, sql: "SELECT body FROM artefact WHERE sha256 = ?", arguments: [sha256])
        }
    }

    /// Keeps a frozen result.
    public func keepArtefact(_ body: Data, sha256: String) throws {
        try database.write { db in
            try db.execute(
                sql: "INSERT INTO artefact (sha256, body) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING",
                arguments: [sha256, body])
        }
    }
}

/// A line of the ledger with what became of it.
public struct LedgerLine: Sendable, Equatable, Codable {
    /// What left.
    public let entry: LedgerEntry
    /// `counted`, `unacknowledged`, or the fault's code.
    public let state: String
}
