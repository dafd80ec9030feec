/// A header field.
public struct HTTPField: Hashable, Sendable {
    /// Name as sent.
    public let name: String
    /// Value without surrounding blanks.
    public let value: String

    /// A field of a request or response.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A request to the one origin of an `HTTPSClient`.
public struct HTTPRequest: Sendable {
    /// The methods that Concord uses.
    public enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// Method.
    public var method: Method
    /// Path with query, starting with `/`, already percent-encoded.
    public var path: String
    /// Header fields besides Host and Content-Length.
    public var headers: [HTTPField]
    /// Body; sent with POST, PUT and DELETE only.
    public var body: [UInt8]
    /// The whole exchange must end within this many seconds; for a long poll, more than the server holds it.
    public var timeoutSeconds: Double
    /// Longest silence (under 1 byte/s) within the exchange, in seconds; longer than a long poll is held.
    public var silenceSeconds: Int
    /// Largest accepted response body, in bytes.
    public var responseLimitBytes: Int

    /// A request; the defaults suit short calls and long polls of up to 50 s.
    public init(
        _ method: Method, _ path: String, headers: [HTTPField] = [], body: [UInt8] = [], timeoutSeconds: Double = 60,
        silenceSeconds: Int = 60, responseLimitBytes: Int = Limits.responseBytes
    ) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.timeoutSeconds = timeoutSeconds
        self.silenceSeconds = silenceSeconds
        self.responseLimitBytes = responseLimitBytes
    }

    /// Throws `invalidRequest` for a path or header that could smuggle a second one.
    func check() throws(TransportError) {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalidRequest("the path must start with / and hold visible ASCII characters only")
        }
        for field in headers {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isTokenCharacter) else {
                throw .invalidRequest("the header name \"\(field.name.prefix(40))\" is not a token")
            }
            guard field.value.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
                throw .invalidRequest("the value of \(field.name) holds control characters")
            }
        }
        guard timeoutSeconds > 0, timeoutSeconds <= 86_400, silenceSeconds > 0, responseLimitBytes >= 0 else {
            throw .invalidRequest("timeouts must be positive and at most a day")
        }
    }

    private static func isTokenCharacter(_ character: UInt8) -> Bool {
        switch character {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(character)
        }
    }
}

/// The answer to a request; any status, redirects included, is an answer.
public struct HTTPResponse: Sendable {
    /// Status code.
    public let status: Int
    /// Header fields of the final response in the order received.
    public let headers: [HTTPField]
    /// Body, within the request's limit.
    public let body: [UInt8]
    /// How long each part took.
    public let timings: ConnectionTimings

    /// The first value of a header field, by case-insensitive name.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }
}

/// Durations of one exchange in seconds, each from its start; 0 where a kept connection made the part unnecessary.
public struct ConnectionTimings: Equatable, Sendable {
    /// Until the name was resolved.
    public let nameLookupSeconds: Double
    /// Until TCP was connected.
    public let connectSeconds: Double
    /// Until TLS was established.
    public let tlsSeconds: Double
    /// Until the first byte of the response.
    public let firstByteSeconds: Double
    /// Until the end.
    public let totalSeconds: Double
    /// Connections that were newly made for this exchange.
    public let newConnections: Int
    /// Address that was connected to, numeric.
    public let remoteAddress: String
}
