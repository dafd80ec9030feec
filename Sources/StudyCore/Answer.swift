public import Disclosure
public import Federation
public import Statistics

/// What one site answers in one round.
public struct Answer: Sendable, Equatable {
    /// Blocks that are only ever added.
    public let contribution: Contribution
    /// Site-level numbers that are meant to be seen per site.
    public let releases: [Release]
    /// Names of the feature columns, in the extraction stage; otherwise empty.
    public let columns: [String]
    /// Salted Merkle commitment to the frozen cohort, in the extraction stage; otherwise empty.
    public let commitment: String

    /// Creates an answer.
    public init(contribution: Contribution, releases: [Release] = [], columns: [String] = [], commitment: String = "") {
        self.contribution = contribution
        self.releases = releases
        self.columns = columns
        self.commitment = commitment
    }

    /// Names of everything in the answer, for the site's ledger.
    public var itemNames: [String] {
        contribution.blocks.map(\.specification.name) + releases.map { "\($0.releaseClass.rawValue):\($0.statistic)" }
            + (columns.isEmpty ? [] : ["columns"]) + (commitment.isEmpty ? [] : ["commitment"])
    }
}

/// One site-level number with its consent class.
public struct Release: Sendable, Equatable, Codable {
    /// The consent that it needs.
    public let releaseClass: ReleaseClass
    /// What was measured: `cases`, `events`, `auc`, `kappa` ...; for acquisition the DICOM keyword.
    public let statistic: String
    /// What it was measured on: a region, a score, a bin of an acquisition parameter, a reason code; or empty.
    public let subject: String
    /// The number.
    public let estimate: Estimate

    /// Creates a release.
    public init(releaseClass: ReleaseClass, statistic: String, subject: String = "", estimate: Estimate) {
        self.releaseClass = releaseClass
        self.statistic = statistic
        self.subject = subject
        self.estimate = estimate
    }
}
