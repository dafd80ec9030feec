import FoundationEssentials
import StudyCore
import Transport
import Wire

/// The coordinator as the agent sees it. Whatever is not an answer of a coordinator (a proxy's page, a lost
/// connection) is `unreachable`.
struct CoordinatorClient: Sendable {
    let client: HTTPSClient
    static let version = "concord-agent/0.1.0"

    /// Not an answer of a coordinator, or "try again".
    struct Unreachable: Error {
        let reason: String
    }

    init(configuration: SiteConfiguration, credentials: SiteCredentials) throws {
        client = try HTTPSClient(
            try ClientConfiguration(
                origin: configuration.coordinator, trust: .file(credentials.authorityFile),
                credentials: .init(certificateFile: credentials.certificateFile, keyFile: credentials.keyFile),
                proxy: configuration.proxyChoice))
    }

    private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        request.headers.append(HTTPField("User-Agent", Self.version))
        let response: HTTPResponse
        do {
            response = try await client.send(request)
        } catch {
            throw Unreachable(reason: error.description)
        }
        if (200..<300).contains(response.status) { return response }
        guard let fault = WireCodec.fault(Data(response.body)) else {
            throw Unreachable(reason: "HTTP \(response.status), not from a coordinator")
        }
        if fault.retry { throw Unreachable(reason: fault.message) }
        throw fault
    }

    func work(waitSeconds: Int) async throws -> StudyTask? {
        let response = try await send(
            HTTPRequest(.get, "/v1/work?wait=\(waitSeconds)", timeoutSeconds: Double(waitSeconds) + 20))
        if response.status == 204 { return nil }
        return try WireCodec.task(Data(response.body))
    }

    func artefact(sha256: String) async throws -> Data {
        Data(try await send(HTTPRequest(.get, "/v1/artefacts/\(sha256)", responseLimitBytes: 256 << 20)).body)
    }

    func submit(_ submission: Submission) async throws -> Receipt {
        let response = try await send(
            HTTPRequest(
                .put, "/v1/runs/\(submission.run)/rounds/\(submission.round)/answer",
                headers: [HTTPField("Content-Type", "application/x-protobuf")], body: Array(submission.body),
                timeoutSeconds: 600))
        return try WireCodec.receipt(Data(response.body))
    }

    func refuse(_ task: StudyTask, rule: String, message: String) async throws {
        let body = try WireCodec.encodeRefusal(run: task.run, round: task.round, rule: rule, message: message)
        _ = try await send(
            HTTPRequest(.post, "/v1/runs/\(task.run)/rounds/\(task.round)/refusal", body: Array(body)))
    }

    func renew(signingRequest: String) async throws -> (certificate: String, authority: String) {
        let body = try WireCodec.encodeEnrolment(secret: "", signingRequest: signingRequest, version: Self.version)
        return try WireCodec.enrolmentReply(
            Data(try await send(HTTPRequest(.post, "/v1/renew", body: Array(body))).body))
    }
}

extension SiteConfiguration {
    var proxyChoice: ClientConfiguration.Proxy { proxy.map { .url($0, credentials: nil) } ?? .environment }
}
