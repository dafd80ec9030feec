public import StudyProtocol

/// What a hospital allows to leave, from the `policy` section of its site file. Nothing in a study can override it.
public struct SitePolicy: Sendable, Equatable, Codable {
    /// SHA-256 of the protocols that the site takes part in.
    public let protocols: [String]
    /// Fewest cases in any sum of the site.
    public let minimumCases: Int
    /// Fewest events and fewest non-events for rank statistics.
    public let minimumEvents: Int
    /// Fewest cases in a shown cell.
    public let minimumCell: Int
    /// Classes of site-level numbers that the site consents to show under its own name.
    public let releases: [ReleaseClass]
    /// Whether a person must approve each run before the first answer.
    public let approval: Approval

    /// Whether a person must approve a run.
    public enum Approval: String, Sendable, Equatable, Codable, CaseIterable {
        /// The accepted protocol hashes are the approval.
        case automatic
        /// `concord-agent approve RUN` is needed.
        case person
    }

    /// Creates a policy.
    public init(
        protocols: [String], minimumCases: Int, minimumEvents: Int, minimumCell: Int, releases: [ReleaseClass],
        approval: Approval
    ) {
        self.protocols = protocols
        self.minimumCases = minimumCases
        self.minimumEvents = minimumEvents
        self.minimumCell = minimumCell
        self.releases = releases
        self.approval = approval
    }

    /// Reads the `policy` section of a site file.
    ///
    /// - Throws: `ConfigurationError` naming line, field and remedy.
    public init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        try reader.allow("protocols", "minimum-cases", "minimum-events", "minimum-cell", "releases", "approval")
        protocols = try reader.strings("protocols")
        for hash in protocols where hash.utf8.count != 64 || !hash.allSatisfy(\.isHexDigit) {
            throw reader.fault("protocols", "'\(hash)' is not a SHA-256 (64 hexadecimal digits)")
        }
        minimumCases = try reader.integer("minimum-cases", in: 1...1_000_000, default: 10)
        minimumEvents = try reader.integer("minimum-events", in: 1...1_000_000, default: 10)
        minimumCell = try reader.integer("minimum-cell", in: 1...1_000_000, default: 5)
        var releases: [ReleaseClass] = []
        for word in try reader.strings("releases") {
            guard let release = ReleaseClass(rawValue: word) else {
                let words = ReleaseClass.allCases.map(\.rawValue).joined(separator: ", ")
                throw reader.fault("releases", "'\(word)' is not one of: \(words)")
            }
            releases.append(release)
        }
        self.releases = releases
        approval = try reader.choice("approval", as: Approval.self, default: .person)
    }

    /// The larger of the site's and the protocol's smallest numbers, which is what holds.
    public func floors(with disclosure: StudyProtocol.Disclosure) -> StudyProtocol.Disclosure {
        StudyProtocol.Disclosure(
            minimumCases: max(minimumCases, disclosure.minimumCases),
            minimumEvents: max(minimumEvents, disclosure.minimumEvents),
            minimumCell: max(minimumCell, disclosure.minimumCell))
    }

    /// Decides whether the site takes part in a run of a protocol.
    ///
    /// - Parameters:
    ///   - protocolHash: SHA-256 of the protocol that the agent holds.
    ///   - cases: cases that the site would contribute; `nil` before it is known.
    ///   - approved: whether a person approved this run.
    public func verdict(
        protocolHash: String, disclosure: StudyProtocol.Disclosure, cases: Int?, approved: Bool
    ) -> PolicyVerdict {
        guard protocols.contains(protocolHash) else {
            return .refused(
                rule: .protocols,
                message: "protocol \(protocolHash.prefix(12)) is not in the site's list policy.protocols")
        }
        let floor = floors(with: disclosure).minimumCases
        if let cases, cases < floor {
            return .refused(
                rule: .minimumCases, message: "the site has fewer cases than its minimum of \(floor)")
        }
        if approval == .person, !approved {
            return .waiting(rule: .approval, message: "a person at the site must approve the run")
        }
        return .allowed
    }
}

/// Classes of site-level numbers that are meant to be seen per site, each with its own consent.
public enum ReleaseClass: String, Sendable, Equatable, Codable, CaseIterable {
    /// Cases and events of the site; how many cases failed, by reason code.
    case counts
    /// Histogram of acquisition parameters.
    case acquisition
    /// Reader agreement of the site.
    case agreement
    /// Discrimination and calibration of a model at the site.
    case validation
    /// Means, spreads and histograms of the features at the site, before and after harmonisation.
    case features
}

/// The rule of a site policy that decided.
public enum PolicyRule: String, Sendable, Equatable, Codable {
    /// `policy.protocols`
    case protocols = "policy.protocols"
    /// `policy.minimum-cases`
    case minimumCases = "policy.minimum-cases"
    /// `policy.minimum-events`
    case minimumEvents = "policy.minimum-events"
    /// `policy.minimum-cell`
    case minimumCell = "policy.minimum-cell"
    /// `policy.releases`
    case releases = "policy.releases"
    /// `policy.approval`
    case approval = "policy.approval"
    /// The closed catalogue of computations.
    case catalogue
    /// The site's own data cannot answer (reason in words, no case named).
    case data
}

/// What a policy decided.
public enum PolicyVerdict: Sendable, Equatable {
    /// The site answers.
    case allowed
    /// The site does not answer, ever, under this policy.
    case refused(rule: PolicyRule, message: String)
    /// The site does not answer yet.
    case waiting(rule: PolicyRule, message: String)
}
