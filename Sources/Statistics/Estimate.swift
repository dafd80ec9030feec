/// A result: a number with its uncertainty, or the reason why there is none.
///
/// `suppressed`, `notEstimable` and a value of 0 are three different things everywhere.
public enum Estimate: Sendable, Equatable {
    /// The number.
    case value(EstimateValue)
    /// There is a number, but a disclosure rule hides it.
    case suppressed(String)
    /// The data do not define the number.
    case notEstimable(String)

    /// The value, if there is one.
    public var number: Double? {
        if case .value(let value) = self { return value.value }
        return nil
    }

    /// `ok`, `suppressed` or `not_estimable`.
    public var status: String {
        switch self {
        case .value: "ok"
        case .suppressed: "suppressed"
        case .notEstimable: "not_estimable"
        }
    }

    /// Why there is no number; empty if there is one.
    public var reason: String {
        switch self {
        case .value: ""
        case .suppressed(let reason), .notEstimable(let reason): reason
        }
    }
}

/// A number with its uncertainty.
public struct EstimateValue: Sendable, Equatable, Codable {
    /// The point estimate.
    public let value: Double
    /// Standard error on the scale of the value.
    public let standardError: Double?
    /// Lower end of the 95 % interval unless the method says otherwise.
    public let lower: Double?
    /// Upper end of the interval.
    public let upper: Double?
    /// Number of cases, sites or readings behind it.
    public let n: Int
    /// Number of events among them, where there are events.
    public let events: Int?
    /// How it was computed.
    public let method: String

    /// Creates a value.
    public init(
        value: Double, standardError: Double? = nil, lower: Double? = nil, upper: Double? = nil, n: Int,
        events: Int? = nil, method: String
    ) {
        self.value = value
        self.standardError = standardError
        self.lower = lower
        self.upper = upper
        self.n = n
        self.events = events
        self.method = method
    }
}

extension EstimateValue {
    /// A value with its standard error and the 95 % interval of the normal distribution.
    public static func normal(
        _ value: Double, standardError: Double, n: Int, events: Int? = nil, method: String
    ) -> EstimateValue {
        let half = NormalDistribution.quantile(0.975) * standardError
        return EstimateValue(
            value: value, standardError: standardError, lower: value - half, upper: value + half, n: n,
            events: events, method: method)
    }
}

extension Estimate: Codable {
    private enum Key: String, CodingKey {
        case status, reason, value, standardError, lower, upper, n, events, method
    }

    /// Writes one flat object: `status`, then the numbers or the `reason`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(status, forKey: .status)
        switch self {
        case .value(let value):
            try container.encode(value.value, forKey: .value)
            try container.encodeIfPresent(value.standardError, forKey: .standardError)
            try container.encodeIfPresent(value.lower, forKey: .lower)
            try container.encodeIfPresent(value.upper, forKey: .upper)
            try container.encode(value.n, forKey: .n)
            try container.encodeIfPresent(value.events, forKey: .events)
            try container.encode(value.method, forKey: .method)
        case .suppressed(let reason), .notEstimable(let reason):
            try container.encode(reason, forKey: .reason)
        }
    }

    /// Reads the flat object.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .status) {
        case "ok":
            self = .value(
                EstimateValue(
                    value: try container.decode(Double.self, forKey: .value),
                    standardError: try container.decodeIfPresent(Double.self, forKey: .standardError),
                    lower: try container.decodeIfPresent(Double.self, forKey: .lower),
                    upper: try container.decodeIfPresent(Double.self, forKey: .upper),
                    n: try container.decode(Int.self, forKey: .n),
                    events: try container.decodeIfPresent(Int.self, forKey: .events),
                    method: try container.decode(String.self, forKey: .method)))
        case "suppressed": self = .suppressed(try container.decode(String.self, forKey: .reason))
        case "not_estimable": self = .notEstimable(try container.decode(String.self, forKey: .reason))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .status, in: container, debugDescription: "not ok, suppressed or not_estimable")
        }
    }
}
