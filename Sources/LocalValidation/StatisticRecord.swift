public import Statistics

/// One statistic of one site, or of all cases: the line of every result of `concord validate`, `agreement` and `meta`.
public struct StatisticRecord: Codable, Sendable, Equatable {
    /// Name, as `concord explain --list` has it.
    public let statistic: String
    /// Which of several definitions, or what it is about; empty if there is one.
    public let variant: String
    /// The site; empty for all cases together.
    public let site: String
    /// The number; nil if there is none.
    public let estimate: Double?
    /// Standard error on the scale of the number.
    public let standardError: Double?
    /// Lower end of the interval, 95 % unless the method says that it is certain.
    public let lower: Double?
    /// Upper end.
    public let upper: Double?
    /// How it was computed.
    public let method: String
    /// Two-sided p-value of no difference or of homogeneity, where there is such a test.
    public let pValue: Double?
    /// Cases, or sites, behind it.
    public let n: Int?
    /// Events among them.
    public let events: Int?
    /// `ok`, `suppressed` or `not_estimable`.
    public let status: String
    /// Why there is no number, or no interval; else empty.
    public let reason: String

    /// A record of an estimate; `note` is the reason of a number that has no interval where one is expected.
    public init(
        _ name: StatisticName, variant: String = "", site: String = "", _ estimate: Estimate, pValue: Double? = nil,
        note: String = ""
    ) {
        self.pValue = pValue
        statistic = name.rawValue
        self.variant = variant
        self.site = site
        var value: EstimateValue?
        if case .value(let found) = estimate { value = found }
        self.estimate = value?.value
        standardError = value?.standardError
        lower = value?.lower
        upper = value?.upper
        method = value?.method ?? ""
        n = value?.n
        events = value?.events
        status = estimate.status
        reason = value == nil ? estimate.reason : note
    }
}

extension StatisticRecord {
    /// The record without its names.
    var asEstimate: Estimate {
        guard let estimate else { return status == "suppressed" ? .suppressed(reason) : .notEstimable(reason) }
        return .value(
            EstimateValue(
                value: estimate, standardError: standardError, lower: lower, upper: upper, n: n ?? 0, events: events,
                method: method))
    }

    /// The same of a site.
    func of(site: String) -> StatisticRecord {
        guard let name = StatisticName(rawValue: statistic) else { return self }
        return StatisticRecord(
            name, variant: variant, site: site, asEstimate, pValue: pValue, note: estimate == nil ? "" : reason)
    }
}

/// What a command prints as JSON.
public struct StatisticResults: Codable, Sendable, Equatable {
    /// The records, in the order in which a person reads them.
    public let results: [StatisticRecord]

    /// Wraps records.
    public init(results: [StatisticRecord]) { self.results = results }
}
