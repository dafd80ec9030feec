import Foundation
import Registry
import Testing

/// A PostgreSQL cluster of the test's own, through the script that the demo uses.
final class PrivateCluster: Sendable {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let isAvailable = FileManager.default.fileExists(atPath: "/usr/lib/postgresql")
    let folder: String
    let conninfo: String

    init() throws {
        folder = "/tmp/concord-test-\(UUID().uuidString.prefix(8))"
        conninfo = try Self.shell(". deploy/lib/postgres.sh && postgres_start \(folder)")
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    deinit {
        _ = try? Self.shell(". deploy/lib/postgres.sh && postgres_stop \(folder) && rm -rf \(folder)")
    }

    func killAndRestart() throws {
        _ = try Self.shell(
            "kill -9 $(head -n 1 \(folder)/data/postmaster.pid); sleep 0.5; . deploy/lib/postgres.sh; postgres_start \(folder)"
        )
    }

    static func shell(_ script: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["bash", "-c", script]
        process.currentDirectoryURL = root
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite("The registry in PostgreSQL", .serialized, .enabled(if: PrivateCluster.isAvailable, "no PostgreSQL server here"))
struct RegistryTests {
    static func registry(_ cluster: PrivateCluster) async throws -> (owner: RegistryPool, app: Registry) {
        let owner = RegistryPool(conninfo: cluster.conninfo, size: 2)
        _ = try await RegistrySchema.migrate(owner, toolVersion: "test")
        return (owner, Registry(pool: RegistryPool(conninfo: cluster.conninfo + " user=concord_app", size: 4)))
    }

    @Test(
        "Migrations apply once; what is final cannot be changed; a restart of PostgreSQL is survived; the trail is gapless"
    )
    func lifecycle() async throws {
        let cluster = try PrivateCluster()
        let (owner, registry) = try await Self.registry(cluster)
        #expect(try await RegistrySchema.migrate(owner, toolVersion: "test").isEmpty)

        try await registry.addSite(id: "a", name: "A", actor: "t")
        await #expect(throws: RegistryError.self) { try await registry.addSite(id: "a", name: "A", actor: "t") }
        let hash = String(repeating: "ab", count: 32)
        try await registry.addProtocol(
            sha256: hash, study: "s", title: "T", version: 1, canonical: Data("{}".utf8), source: "x",
            sites: [("a", "training")], readers: ["r1"], actor: "t")
        #expect(try await registry.storedProtocol(String(hash.prefix(10)))?.isLocked == false)
        // A draft cannot run: the run refers to the lock.
        await #expect(throws: RegistryError.self) {
            try await registry.pool.query(
                "INSERT INTO run (id, protocol, started_by) VALUES ('r', $1, 't')", [.text(hash)])
        }
        try await registry.lockProtocol(sha256: hash, reason: "why", actor: "t")
        _ = try await registry.pool.query(
            "INSERT INTO run (id, protocol, started_by) VALUES ('r', $1, 't')", [.text(hash)])
        try await registry.pool.transaction { transaction in
            transaction.open(
                run: "r", round: 1, stage: "census", computation: "c", task: Data("t".utf8), pipeline: Data("p".utf8),
                participants: ["a"])
        }
        let work = try #require(try await registry.work(forSite: "a"))
        #expect(work == ("r", 1))
        #expect(try await registry.task(run: "r", round: 1) == Data("t".utf8))

        // Final rows: neither the service nor, by the trigger, the owner changes them.
        for sql in [
            "UPDATE protocol SET version = 2", "DELETE FROM protocol_lock", "UPDATE round SET stage = 'x'",
            "DELETE FROM audit_event", "TRUNCATE audit_event", "UPDATE audit_event SET actor = 'x'",
        ] {
            await #expect(throws: RegistryError.self, "\(sql) as service") { try await registry.pool.query(sql) }
            await #expect(throws: RegistryError.self, "\(sql) as owner") { try await owner.query(sql) }
        }

        // Eight writers of one contribution: one is stored.
        let stored = await withTaskGroup(of: Bool.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    do {
                        try await registry.pool.transaction { transaction in
                            guard let run = try await transaction.lockRun("r", answer: (1, "a")) else {
                                throw RegistryError.decoding("no run")
                            }
                            if run.earlier != nil {
                                throw RegistryError.uniqueViolation(constraint: "contribution_pkey")
                            }
                            transaction.store(
                                run: "r", round: 1, site: "a", sha256: "\(writer)", body: Data([UInt8(writer)]),
                                receipt: Data([0, 255, 92]))
                        }
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(stored == 1)

        try cluster.killAndRestart()
        let kept = try await registry.pool.transaction { try await $0.lockRun("r", answer: (1, "a")) }
        #expect(kept?.open?.content?.task == Data("t".utf8) && kept?.open?.content?.pipeline == Data("p".utf8))
        let known = try await registry.pool.transaction { try await $0.lockRun("r", knownRound: 1) }
        #expect(known?.open?.content == nil && known?.open?.received == ["a"] && known?.earlier == nil)
        #expect(kept?.earlier?.receipt == Data([0, 255, 92]))
        #expect(try await registry.work(forSite: "a") == nil)
        #expect(try await registry.auditLeaves().count == 3)
        #expect(try await registry.listing(.audit).count == 3)

        // A run ends once.
        try await registry.pool.transaction { $0.end(run: "r", state: "finished", reason: "") }
        await #expect(throws: RegistryError.self) {
            try await registry.pool.transaction { $0.end(run: "r", state: "failed", reason: "x") }
        }
        await owner.close()
        await registry.pool.close()
    }

    @Test("Every listing answers")
    func listings() async throws {
        let cluster = try PrivateCluster()
        let (owner, registry) = try await Self.registry(cluster)
        for listing in Listing.allCases { #expect(try await registry.listing(listing).isEmpty, "\(listing)") }
        await owner.close()
        await registry.pool.close()
    }
}
