import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Registry
import StudyCore
import Synchronization
import Wire

/// Turns errors into the one form of faults, counts requests, and logs without bodies, paths of sites or identifiers.
struct FaultMiddleware: RouterMiddleware {
    let metrics: Metrics
    let logger: Logger

    func handle(
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
    ) async throws -> Response {
        do {
            let response = try await next(request, context)
            metrics.count(status: response.status.code)
            return response
        } catch {
            let fault = Self.fault(error)
            let status = Self.status(fault)
            metrics.count(status: status.code)
            if status.code >= 500 {
                logger.error(
                    "request failed", metadata: ["route": "\(context.endpointPath ?? "?")", "reason": "\(error)"])
            }
            return try Self.response(fault)
        }
    }

    static func fault(_ error: any Error) -> Fault {
        switch error {
        case let fault as Fault: fault
        case let error as RegistryError:
            switch error {
            case .uniqueViolation(let constraint):
                Fault(code: .conflict, message: "there is already such a record (\(constraint))", retry: false)
            case .other("23503", _):
                Fault(code: .invalid, message: "it refers to a record that does not exist", retry: false)
            default:
                .unavailable(error.isRetryable ? "the database is not available" : "internal error")
            }
        case let error as HTTPError where error.status == .contentTooLarge:
            Fault(code: .tooLarge, message: "the body is over the limit", retry: false)
        case let error as HTTPError where error.status == .notFound: .notFound("such resource")
        case let error as HTTPError: .invalid("HTTP \(error.status.code)")
        default: .unavailable("internal error")
        }
    }

    static func status(_ fault: Fault) -> HTTPResponse.Status {
        switch fault.code {
        case .conflict: .conflict
        case .gone: .gone
        case .notAllowed: .forbidden
        case .invalid: .unprocessableContent
        case .notFound: .notFound
        case .tooLarge: .contentTooLarge
        case .unavailable: .serviceUnavailable
        }
    }

    static func response(_ fault: Fault) throws -> Response {
        Response(
            status: status(fault), headers: [.contentType: "application/x-protobuf"],
            body: .init(byteBuffer: ByteBuffer(bytes: try WireCodec.encode(fault))))
    }
}

/// Counters in Prometheus' text format.
final class Metrics: Sendable {
    private let statuses = Mutex<[Int: Int]>([:])

    func count(status: Int) { statuses.withLock { $0[status, default: 0] += 1 } }

    var text: String {
        let counts = statuses.withLock { $0 }
        var text = "# HELP concord_requests_total Requests by HTTP status.\n# TYPE concord_requests_total counter\n"
        for (status, count) in counts.sorted(by: { $0.key < $1.key }) {
            text += "concord_requests_total{status=\"\(status)\"} \(count)\n"
        }
        return text
    }
}

extension Response {
    /// A protobuf message.
    static func message(_ bytes: Data) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/x-protobuf"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A JSON document or plain text.
    static func text(_ text: String, type: String = "application/json") -> Response {
        Response(status: .ok, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    static var noContent: Response { Response(status: .noContent) }
}

extension Request {
    /// The body, up to a limit.
    ///
    /// - Throws: `Fault` if it is larger.
    func bytes(limit: Int) async throws -> Data {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge(limit) }
        do {
            return Data(buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit)
        }
    }

    private static func tooLarge(_ limit: Int) -> Fault {
        Fault(code: .tooLarge, message: "the body is over the limit of \(limit) bytes", retry: false)
    }
}

extension Data {
    init(buffer: ByteBuffer) { self.init(buffer.readableBytesView) }
}
