import ArgumentParser
import Foundation
import StudyCore
import Transport
import Wire

/// How the command reaches the coordinator: an operator's credential in a folder.
struct CoordinatorAccess: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Folder of the operator's credential (certificate.pem, key.pem, authority.pem, coordinator.url).",
            discussion: "Default: the environment variable CONCORD_CREDENTIALS."))
    var credentials: String?

    func client() throws -> CoordinatorSession {
        guard let path = credentials ?? ProcessInfo.processInfo.environment["CONCORD_CREDENTIALS"] else {
            throw Terminal.fail(
                "no credential: give --credentials FOLDER or set CONCORD_CREDENTIALS "
                    + "(`concord-coordinator init` made one in operator/)", code: 64)
        }
        let folder = URL(filePath: path)
        func file(_ name: String) -> String { folder.appending(path: name).path }
        guard let address = try? String(contentsOf: folder.appending(path: "coordinator.url"), encoding: .utf8) else {
            throw Terminal.fail("\(folder.lastPathComponent)/coordinator.url cannot be read", code: 64)
        }
        do {
            return CoordinatorSession(
                client: try HTTPSClient(
                    try ClientConfiguration(
                        origin: address.trimmingCharacters(in: .whitespacesAndNewlines),
                        trust: .file(file("authority.pem")),
                        credentials: .init(certificateFile: file("certificate.pem"), keyFile: file("key.pem")))))
        } catch {
            throw Terminal.fail("\(error)", code: 64)
        }
    }
}

/// Requests to the coordinator; every failure ends the command with its exit code.
struct CoordinatorSession {
    let client: HTTPSClient

    func get(_ path: String) async throws -> Data { try await send(HTTPRequest(.get, path)) }

    func post(_ path: String, _ body: some Encodable) async throws -> Data {
        let bytes = try JSONEncoder().encode(body)
        return try await send(
            HTTPRequest(.post, path, headers: [HTTPField("Content-Type", "application/json")], body: Array(bytes)))
    }

    private func send(_ request: HTTPRequest) async throws -> Data {
        let response: HTTPResponse
        do {
            response = try await client.send(request)
        } catch {
            throw Terminal.fail(error.description, code: 69)
        }
        if (200..<300).contains(response.status) { return Data(response.body) }
        guard let fault = WireCodec.fault(Data(response.body)) else {
            throw Terminal.fail("HTTP \(response.status), not from a coordinator", code: 69)
        }
        let code: Int32 =
            switch fault.code {
            case .notAllowed: 77
            case .unavailable: 75
            case .invalid, .notFound: 64
            case .conflict, .gone, .tooLarge: 1
            }
        throw Terminal.fail(fault.message, code: code)
    }
}

/// An empty JSON object.
struct Nothing: Encodable {}

/// A JSON object with a reason.
struct ReasonRequest: Encodable {
    let reason: String
}
