import CPostgres
import FoundationEssentials

/// One connection to PostgreSQL, on a thread of its own. Prepared statements are kept by their text.
actor PostgresConnection {
    nonisolated let executor: ThreadExecutor
    private let conninfo: String
    private var handle: OpaquePointer?
    private var statements: [String: String] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(conninfo: String) {
        self.conninfo = conninfo
        executor = ThreadExecutor(name: "postgres")
    }

    func close() {
        if let handle { PQfinish(handle) }
        handle = nil
        executor.stop()
    }

    private func connected() throws(RegistryError) -> OpaquePointer {
        if let handle, PQstatus(handle) == CONNECTION_OK { return handle }
        if let handle { PQfinish(handle) }
        handle = nil
        statements.removeAll()
        guard let new = PQconnectdb(conninfo) else { throw .connectionLost("out of memory") }
        guard PQstatus(new) == CONNECTION_OK else {
            let reason = Self.oneLine(PQerrorMessage(new))
            PQfinish(new)
            throw .connectionLost(reason)
        }
        // Notices would be printed on standard error.
        PQsetNoticeProcessor(new, { _, _ in }, nil)
        handle = new
        return new
    }

    private static func oneLine(_ text: UnsafeMutablePointer<CChar>?) -> String {
        guard let text else { return "unknown" }
        return String(cString: text).split(whereSeparator: \.isNewline).first.map(String.init) ?? "unknown"
    }

    /// Runs one prepared statement.
    func query(_ sql: String, _ parameters: [PostgresValue]) throws(RegistryError) -> [PostgresRow] {
        let connection = try connected()
        let name: String
        if let known = statements[sql] {
            name = known
        } else {
            name = "s\(statements.count)"
            let prepared = PQprepare(connection, name, sql, 0, nil)
            defer { PQclear(prepared) }
            try check(prepared, connection)
            statements[sql] = name
        }
        let texts = parameters.map { parameter -> [CChar]? in
            switch parameter {
            case .null: nil
            case .text(let text): Array(text.utf8CString)
            case .bytes(let data): Self.hexadecimal(data)
            }
        }
        // All parameters share one buffer that outlives the call.
        let buffer = texts.flatMap { $0 ?? [] }
        let result = buffer.withUnsafeBufferPointer { base -> OpaquePointer? in
            var offset = 0
            let pointers = texts.map { text -> UnsafePointer<CChar>? in
                guard let text else { return nil }
                defer { offset += text.count }
                return base.baseAddress.map { $0 + offset }
            }
            return PQexecPrepared(connection, name, Int32(parameters.count), pointers, nil, nil, 0)
        }
        defer { PQclear(result) }
        try check(result, connection)
        return Self.rows(result)
    }

    /// Runs statements without parameters (BEGIN, COMMIT, migrations).
    func execute(_ sql: String) throws(RegistryError) {
        let connection = try connected()
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        try check(result, connection)
    }

    /// Ends a transaction; a connection that breaks here leaves the outcome unknown.
    func commit() throws(RegistryError) {
        guard let connection = handle else { throw .connectionLost("no connection") }
        let result = PQexec(connection, "COMMIT")
        defer { PQclear(result) }
        if PQstatus(connection) != CONNECTION_OK { throw .commitUnknown }
        try check(result, connection)
        // A transaction that failed before answers ROLLBACK to COMMIT.
        if let tag = PQcmdStatus(result), String(cString: tag) == "ROLLBACK" {
            throw .other(sqlstate: "25P02", message: "the transaction had failed before")
        }
    }

    /// Gives a transaction up, on whatever connection is left.
    func rollback() {
        guard let connection = handle, PQstatus(connection) == CONNECTION_OK else { return }
        PQclear(PQexec(connection, "ROLLBACK"))
    }

    private func check(_ result: OpaquePointer?, _ connection: OpaquePointer) throws(RegistryError) {
        let status = PQresultStatus(result)
        if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK { return }
        let state = PQresultErrorField(result, 67).map { String(cString: $0) } ?? ""
        let message =
            PQresultErrorField(result, 77).map { String(cString: $0) } ?? Self.oneLine(PQerrorMessage(connection))
        if PQstatus(connection) != CONNECTION_OK || state.hasPrefix("08") || state.hasPrefix("57P") || state.isEmpty {
            throw .connectionLost(message)
        }
        switch state {
        case "23505":
            throw .uniqueViolation(constraint: PQresultErrorField(result, 110).map { String(cString: $0) } ?? "")
        case "42501": throw .insufficientPrivilege(message)
        default: throw .other(sqlstate: state, message: message)
        }
    }

    private static func hexadecimal(_ data: Data) -> [CChar] {
        var text: [CChar] = [0x5C, 0x78]
        text.reserveCapacity(data.count * 2 + 3)
        func digit(_ nibble: UInt8) -> CChar { CChar(nibble < 10 ? nibble + 0x30 : nibble + 0x57) }
        for byte in data {
            text.append(digit(byte >> 4))
            text.append(digit(byte & 15))
        }
        text.append(0)
        return text
    }

    private static func rows(_ result: OpaquePointer?) -> [PostgresRow] {
        let width = PQnfields(result)
        var columns: [String: Int] = [:]
        for column in 0..<width { columns[String(cString: PQfname(result, column))] = Int(column) }
        return (0..<PQntuples(result)).map { row in
            PostgresRow(
                columns: columns,
                cells: (0..<width).map { column in
                    PQgetisnull(result, row, column) == 1 ? nil : String(cString: PQgetvalue(result, row, column))
                })
        }
    }
}
