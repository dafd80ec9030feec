import Synchronization

import FoundationEssentials

/// A fixed number of connections, handed out first come, first served. A broken connection is made anew when it is next
/// used, so that a restart of PostgreSQL needs no restart of the coordinator.
public actor RegistryPool {
    private var idle: [PostgresConnection]
    private var waiting: [CheckedContinuation<PostgresConnection, Never>] = []
    private let all: [PostgresConnection]

    /// Creates a pool; connections are made when they are first used.
    ///
    /// - Parameters:
    ///   - conninfo: libpq's connection string.
    ///   - size: number of connections.
    public init(conninfo: String, size: Int) {
        all = (0..<max(1, size)).map { _ in PostgresConnection(conninfo: conninfo) }
        idle = all
    }

    /// Closes all connections.
    public func close() async {
        for connection in all { await connection.close() }
    }

    private func take() async -> PostgresConnection {
        if let connection = idle.popLast() { return connection }
        return await withCheckedContinuation { waiting.append($0) }
    }

    private func give(_ connection: PostgresConnection) {
        if waiting.isEmpty { idle.append(connection) } else { waiting.removeFirst().resume(returning: connection) }
    }

    /// Runs one statement on its own.
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> [PostgresRow] {
        let connection = await take()
        defer { give(connection) }
        let statement = PostgresStatement(sql: sql, parameters: parameters)
        do {
            return try await connection.run([statement])[0]
        } catch RegistryError.connectionLost {
            // The connection may have been idle over a restart of PostgreSQL: once more on a new one.
            return try await connection.run([statement])[0]
        }
    }

    /// Runs a transaction at READ COMMITTED.
    ///
    /// - Throws: what `body` throws, after ROLLBACK; `RegistryError.commitUnknown` if the connection broke in COMMIT.
    public func transaction<Value: Sendable>(
        _ body: @Sendable (RegistryTransaction) async throws -> Value
    ) async throws -> Value {
        let connection = await take()
        defer { give(connection) }
        let transaction = RegistryTransaction(connection: connection)
        do {
            let value = try await body(transaction)
            try await transaction.commit()
            return value
        } catch {
            await connection.rollback()
            throw error
        }
    }
}

/// An open transaction. Writes wait until rows are asked for or the transaction ends and then go to the server in one
/// exchange, in order; an error of a write is thrown there.
public final class RegistryTransaction: Sendable {
    private struct Pending {
        var statements: [PostgresStatement] = [.control("BEGIN")]
        var hasBegun = false
    }

    private let connection: PostgresConnection
    private let pending = Mutex(Pending())

    init(connection: PostgresConnection) { self.connection = connection }

    /// Adds a statement whose rows nobody wants.
    public func execute(_ sql: String, _ parameters: [PostgresValue] = []) {
        pending.withLock { $0.statements.append(PostgresStatement(sql: sql, parameters: parameters)) }
    }

    /// Runs what waits, and one statement.
    ///
    /// - Returns: its rows.
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> [PostgresRow] {
        try await query([(sql, parameters)])[0]
    }

    /// Runs what waits, and several statements, in one exchange.
    ///
    /// - Returns: the rows of each.
    public func query(_ queries: [(sql: String, parameters: [PostgresValue])]) async throws -> [[PostgresRow]] {
        for query in queries { execute(query.sql, query.parameters) }
        return try await flush().suffix(queries.count)
    }

    private func flush(commits: Bool = false) async throws -> [[PostgresRow]] {
        let taken = pending.withLock { pending in
            let taken = pending
            pending = Pending(statements: [], hasBegun: true)
            return taken
        }
        do {
            return try await connection.run(taken.statements, commits: commits)
        } catch {
            guard !taken.hasBegun, case .connectionLost = error else { throw error }
            // The connection may have been idle over a restart of PostgreSQL: once more on a new one. Nothing of the
            // transaction was carried out.
            return try await connection.run(taken.statements, commits: commits)
        }
    }

    func commit() async throws {
        // A connection that broke while it was idle must show itself before COMMIT, whose outcome would be unknown.
        if pending.withLock({ !$0.hasBegun }) { _ = try await flush() }
        _ = try await flush(commits: true)
    }

    /// Runs several statements without parameters.
    func script(_ sql: String) async throws {
        _ = try await flush()
        try await connection.execute(sql)
    }
}
