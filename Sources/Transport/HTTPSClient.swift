import CCurl
import Synchronization

/// An HTTP/1.1 client for one origin: mutual TLS through libcurl and OpenSSL, kept connections, one thread of its own.
///
/// Certificate and key files are read when a connection is made; after a renewal make a new client and drop this one.
public final class HTTPSClient: Sendable {
    private let configuration: ClientConfiguration
    private let engine: CurlEngine

    /// Starts the client's thread; throws `configuration` when libcurl cannot be set up.
    public init(_ configuration: ClientConfiguration) throws(TransportError) {
        self.configuration = configuration
        engine = try CurlEngine(maximumConnections: configuration.maximumConnections)
    }

    deinit { engine.stop() }

    /// Sends a request and waits for the whole answer, without blocking a thread of the caller's; ends early when the
    /// task is cancelled.
    public func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        try await exchange(request, Transfer.Mode()).response
    }

    /// Ends all requests with `closed`, and the thread, and waits for its end.
    public func close() { engine.stop() }

    /// Fetches `path` from a server whose certificate is **not** verified, with no client certificate: only for the CA
    /// certificate during enrolment, whose fingerprint the caller checks before anything else is sent.
    public static func fetchUnverified(
        origin: String, path: String, proxy: ClientConfiguration.Proxy = .environment, timeoutSeconds: Double = 30
    ) async throws(TransportError) -> HTTPResponse {
        let client = try HTTPSClient(try ClientConfiguration(origin: origin, trust: .pem(""), proxy: proxy))
        let request = HTTPRequest(
            .get, path, timeoutSeconds: timeoutSeconds, responseLimitBytes: Limits.bootstrapBytes)
        return try await client.exchange(request, Transfer.Mode(isVerified: false, isOwnConnection: true)).response
    }

    /// One exchange; a connection that broke before the first byte of an answer is asked once more for its reason.
    func exchange(_ request: HTTPRequest, _ mode: Transfer.Mode) async throws(TransportError) -> Exchange {
        try request.check()
        let failure: TransferFailure
        do throws(TransferFailure) { return try await transfer(request, mode) } catch { failure = error }
        // With TLS 1.3 the verdict on the client certificate comes after the handshake, and a reset may overtake it.
        // A TLS 1.2 handshake alone cannot lose it.
        if failure.isUnexplained {
            var again = mode
            again.isOwnConnection = true
            again.isHandshakeOnly = true
            again.isTLS12 = true
            do throws(TransferFailure) { _ = try await transfer(request, again) } catch {
                if let explained = explanation(error.error, mode) { throw explained }
            }
        }
        throw failure.error
    }

    private func explanation(_ error: TransportError, _ mode: Transfer.Mode) -> TransportError? {
        guard case .tls(let fault, let detail) = error else { return nil }
        if fault != .handshake { return error }
        // TLS 1.2 has no alert of its own for a missing client certificate (RFC 5246 §7.4.6).
        let presents = mode.isVerified && configuration.credentials != nil
        return !presents && detail.contains("alert handshake failure")
            ? .tls(.clientCertificateRequired, detail: detail) : nil
    }

    private func transfer(
        _ request: HTTPRequest, _ mode: Transfer.Mode
    ) async throws(TransferFailure) -> Exchange {
        let ticket = Ticket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: Submission.Continuation) in
                engine.submit(
                    Submission(
                        request: request, configuration: configuration, mode: mode, ticket: ticket,
                        continuation: continuation))
            }
        } onCancel: {
            ticket.isCancelled.store(true, ordering: .relaxed)
            engine.wake()
        }
        return try result.get()
    }
}

/// Carries a cancellation from any thread to the engine's.
final class Ticket: Sendable {
    let isCancelled = Atomic(false)
}

/// A request on its way to the engine's thread.
struct Submission: Sendable {
    let request: HTTPRequest
    let configuration: ClientConfiguration
    let mode: Transfer.Mode
    let ticket: Ticket
    let continuation: Continuation

    typealias Continuation = CheckedContinuation<Result<Exchange, TransferFailure>, Never>
}

/// A failed transfer.
struct TransferFailure: Error {
    let error: TransportError
    /// A new connection broke after its handshake and before any byte of an answer.
    var isUnexplained = false
}

/// A finished exchange with what the probe wants to know.
struct Exchange: Sendable {
    let response: HTTPResponse
    let certificates: [PeerCertificate]
}
