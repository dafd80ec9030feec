import Crypto
import FoundationEssentials

/// One step of the schema: numbered, forward only, never changed after a release.
struct Migration: Sendable {
    let number: Int
    let name: String
    let sql: String

    /// SHA-256 of the text, hexadecimal.
    var sha256: String {
        SHA256.hash(data: Data(sql.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// The schema of the registry.
public enum RegistrySchema {
    static let migrations = [m0001Registry, m0002Roles]
    /// Key of the advisory lock under which migrations are applied: the bytes of "concord".
    static let advisoryLock = 27_991_116_897_071_716

    /// Applies the migrations that are missing, each in a transaction, under an advisory lock.
    ///
    /// - Parameters:
    ///   - pool: connections of the database's owner.
    ///   - toolVersion: recorded with each migration.
    /// - Returns: names of the migrations that were applied now.
    /// - Throws: `RegistryError.migrationChanged` if an applied migration had another text.
    public static func migrate(_ pool: RegistryPool, toolVersion: String) async throws -> [String] {
        try await pool.transaction { transaction in
            // Held to the end of the transaction: a second coordinator waits here and then finds nothing to do.
            transaction.execute("SELECT pg_advisory_xact_lock($1)", [.int(advisoryLock)])
            transaction.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migration (
                    number int PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, tool_version text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now())
                """)
            var applied: [Int: String] = [:]
            for row in try await transaction.query("SELECT number, sha256 FROM schema_migration") {
                applied[try row.int("number")] = try row.string("sha256")
            }
            var names: [String] = []
            for migration in migrations {
                if let sha256 = applied[migration.number] {
                    guard sha256 == migration.sha256 else {
                        throw RegistryError.migrationChanged("\(migration.number) \(migration.name)")
                    }
                    continue
                }
                try await transaction.script(migration.sql)
                transaction.execute(
                    "INSERT INTO schema_migration (number, name, sha256, tool_version) VALUES ($1, $2, $3, $4)",
                    [.int(migration.number), .text(migration.name), .text(migration.sha256), .text(toolVersion)])
                names.append("\(migration.number) \(migration.name)")
            }
            return names
        }
    }
}
