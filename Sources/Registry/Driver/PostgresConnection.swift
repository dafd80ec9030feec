import CPostgres
import FoundationEssentials

/// One connection to PostgreSQL, on a thread of its own. Statements are prepared once, kept by their text.
actor PostgresConnection {
    nonisolated let executor: ThreadExecutor
    private let conninfo: String
    private var handle: OpaquePointer?
    private var statements: [String: String] = [:]
    private var prepared = 0

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

    /// Runs prepared statements, all in one exchange with the server (libpq's pipeline mode), each with its own snapshot.
    ///
    /// - Parameter commits: whether a `COMMIT` follows in the same exchange.
    /// - Returns: the rows of each statement.
    /// - Throws: the first error; the statements behind it are not carried out. `commitUnknown` if the connection breaks
    ///   after `COMMIT` was sent.
    func run(_ statements: [PostgresStatement], commits: Bool = false) throws(RegistryError) -> [[PostgresRow]] {
        let connection = try connected()
        guard PQenterPipelineMode(connection) == 1 else {
            throw .connectionLost(Self.oneLine(PQerrorMessage(connection)))
        }
        let exchange = send(statements + (commits ? [.control("COMMIT")] : []), connection)
        var results: [[PostgresRow]] = []
        var failure: RegistryError?
        for step in exchange.steps {
            let result = PQgetResult(connection)
            defer { PQclear(result) }
            // The end of this step's results.
            if let rest = PQgetResult(connection) { PQclear(rest) }
            guard failure == nil else { continue }
            do throws(RegistryError) {
                try check(result, connection)
                switch step {
                case .preparation(let sql, let name): self.statements[sql] = name
                case .statement: results.append(Self.rows(result))
                case .control:
                    // A transaction that failed before answers ROLLBACK to COMMIT.
                    if commits, let tag = PQcmdStatus(result), String(cString: tag) == "ROLLBACK" {
                        throw .other(sqlstate: "25P02", message: "the transaction had failed before")
                    }
                    results.append([])
                }
            } catch {
                failure = error
            }
        }
        // The synchronisation point itself.
        if exchange.isComplete { PQclear(PQgetResult(connection)) }
        guard PQstatus(connection) == CONNECTION_OK, exchange.isComplete else {
            let reason = Self.oneLine(PQerrorMessage(connection))
            // What is half sent cannot be taken back on this connection.
            PQfinish(connection)
            handle = nil
            if commits { throw .commitUnknown }
            throw .connectionLost(reason)
        }
        PQexitPipelineMode(connection)
        if let failure { throw failure }
        return results
    }

    private enum Step {
        case preparation(sql: String, name: String)
        case statement
        case control
    }

    /// Sends statements and the synchronisation point, each that is new to the connection behind its preparation.
    private func send(
        _ statements: [PostgresStatement], _ connection: OpaquePointer
    ) -> (steps: [Step], isComplete: Bool) {
        var steps: [Step] = []
        var fresh: [String: String] = [:]
        for statement in statements {
            if statement.isControl {
                guard PQsendQueryParams(connection, statement.sql, 0, nil, nil, nil, nil, 0) == 1 else {
                    return ([], false)
                }
                steps.append(.control)
                continue
            }
            let name: String
            if let known = self.statements[statement.sql] ?? fresh[statement.sql] {
                name = known
            } else {
                prepared += 1
                name = "s\(prepared)"
                guard PQsendPrepare(connection, name, statement.sql, 0, nil) == 1 else { return ([], false) }
                fresh[statement.sql] = name
                steps.append(.preparation(sql: statement.sql, name: name))
            }
            guard Self.send(statement, as: name, connection) else { return ([], false) }
            steps.append(.statement)
        }
        return PQpipelineSync(connection) == 1 ? (steps, true) : ([], false)
    }

    private static func send(
        _ statement: PostgresStatement, as name: String, _ connection: OpaquePointer
    ) -> Bool {
        // All parameters share one buffer that outlives the call; bytes go as they are, texts with their final zero.
        var buffer: [UInt8] = []
        var offsets: [Int?] = []
        var lengths: [Int32] = []
        var formats: [Int32] = []
        for parameter in statement.parameters {
            switch parameter {
            case .null:
                offsets.append(nil)
                lengths.append(0)
                formats.append(0)
            case .text(let text):
                offsets.append(buffer.count)
                buffer += Array(text.utf8)
                lengths.append(Int32(buffer.count - (offsets.last.flatMap { $0 } ?? 0)))
                formats.append(0)
                buffer.append(0)
            case .bytes(let data):
                offsets.append(buffer.count)
                buffer += data
                lengths.append(Int32(data.count))
                formats.append(1)
                // So that no bytes at all still have an address.
                buffer.append(0)
            }
        }
        return buffer.withUnsafeBytes { bytes in
            let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = offsets.map { offset in offset.flatMap { offset in base.map { $0 + offset } } }
            return PQsendQueryPrepared(
                connection, name, Int32(statement.parameters.count), pointers, lengths, formats, 0) == 1
        }
    }

    /// Runs a script without parameters (migrations).
    func execute(_ sql: String) throws(RegistryError) {
        let connection = try connected()
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        try check(result, connection)
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

    private static func rows(_ result: OpaquePointer?) -> [PostgresRow] {
        let width = PQnfields(result)
        var columns: [String: Int] = [:]
        for column in 0..<width { columns[String(cString: PQfname(result, column))] = Int(column) }
        return (0..<PQntuples(result)).map { row in
            PostgresRow(
                columns: columns,
                cells: (0..<width).map { column in
                    if PQgetisnull(result, row, column) == 1 { return nil }
                    guard let value = PQgetvalue(result, row, column) else { return nil }
                    // 17 is bytea.
                    guard PQftype(result, column) == 17 else { return .text(String(cString: value)) }
                    return .bytes(unhexadecimal(value, count: Int(PQgetlength(result, row, column))))
                })
        }
    }

    /// `\x` and two digits a byte, as the server writes it.
    private static func unhexadecimal(_ text: UnsafePointer<CChar>, count: Int) -> Data {
        guard count >= 2 else { return Data() }
        func digit(_ character: CChar) -> UInt8 {
            let byte = UInt8(bitPattern: character)
            return byte < 0x3A ? byte &- 0x30 : byte &- 0x57
        }
        return Data(
            [UInt8](unsafeUninitializedCapacity: (count - 2) / 2) { bytes, written in
                written = (count - 2) / 2
                for index in 0..<written {
                    bytes[index] = digit(text[2 + 2 * index]) << 4 | digit(text[3 + 2 * index])
                }
            })
    }
}
