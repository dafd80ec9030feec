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
        do {
            return try await connection.query(sql, parameters)
        } catch RegistryError.connectionLost {
            // The connection may have been idle over a restart of PostgreSQL: once more on a new one.
            return try await connection.query(sql, parameters)
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
        do {
            try await connection.execute("BEGIN")
        } catch RegistryError.connectionLost {
            try await connection.execute("BEGIN")
        }
        do {
            let value = try await body(RegistryTransaction(connection: connection))
            try await connection.commit()
            return value
        } catch {
            await connection.rollback()
            throw error
        }
    }
}

/// An open transaction.
public struct RegistryTransaction: Sendable {
    let connection: PostgresConnection

    /// Runs one statement in the transaction.
    @discardableResult
    public func query(_ sql: String, _ parameters: [PostgresValue] = []) async throws -> [PostgresRow] {
        try await connection.query(sql, parameters)
    }
}

extension RegistryTransaction {
    /// Runs several statements without parameters.
    func script(_ sql: String) async throws {
        try await connection.execute(sql)
    }
}
