public import Federation
public import Validation
import StudyProtocol

/// A site's own data as the stages need them. Everything here stays at the site.
public protocol SiteDataSource {
    /// Cohort sizes and acquisition parameters; no pixel is read.
    func census() throws -> CensusData

    /// Features of the primary reader's regions, and of the second reader's where there is one.
    func extraction() throws -> ExtractionData
}

/// Cohort sizes and acquisition parameters of a site.
public struct CensusData: Sendable, Equatable {
    /// Cases with a known outcome.
    public let cases: Int
    /// Events among them.
    public let events: Int
    /// Acquisition keyword to bin to number of cases.
    public let acquisition: [String: [String: Int]]
    /// Manufacturer and model name to number of cases.
    public let scanners: [String: Int]

    /// Creates the data.
    public init(cases: Int, events: Int, acquisition: [String: [String: Int]], scanners: [String: Int]) {
        self.cases = cases
        self.events = events
        self.acquisition = acquisition
        self.scanners = scanners
    }
}

/// The feature table of a site and what is known about its readers.
public struct ExtractionData: Sendable, Equatable {
    /// One row a case: features, covariates, outcome, batch (`site/batch`).
    public let table: CaseTable
    /// Name of each row's case within the study, `site/case`: the key of folds and draws. Never leaves the site.
    public let names: [String]
    /// Features of the first reader's regions for the cases that both readers contoured, row-major.
    public let firstReader: [Double]
    /// Features of the second reader's regions for the same cases, row-major.
    public let secondReader: [Double]
    /// Region to, for each case that both readers contoured, the voxel counts [both, first only, second only,
    /// neither] in the reference region.
    public let contours: [String: [[Int]]]
    /// Case-level ratings of two readers: counts, row-major (first reader's category is the row); empty if none.
    public let ratings: [Int]
    /// Scores made elsewhere: name to the scored cases, whether they have features or not.
    public let scores: [String: ScoredCases]
    /// Reason code to number of cases that could not be used.
    public let failures: [String: Int]
    /// Salted Merkle commitment to the list of cases, hexadecimal; empty if the source keeps none.
    public let commitment: String

    /// Creates the data.
    public init(
        table: CaseTable, names: [String], firstReader: [Double] = [], secondReader: [Double] = [],
        contours: [String: [[Int]]] = [:],
        ratings: [Int] = [], scores: [String: ScoredCases] = [:], failures: [String: Int] = [:], commitment: String = ""
    ) {
        self.table = table
        self.names = names
        self.firstReader = firstReader
        self.secondReader = secondReader
        self.contours = contours
        self.ratings = ratings
        self.scores = scores
        self.failures = failures
        self.commitment = commitment
    }

    /// Number of cases that both readers contoured.
    public var pairedCount: Int {
        table.featureCount == 0 ? 0 : secondReader.count / table.featureCount
    }
}
