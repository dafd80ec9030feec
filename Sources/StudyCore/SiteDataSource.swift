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
    /// Time to the event or to the end of observation of each row; nil for an outcome without time.
    public let times: [Double]?
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
    /// Site and name of the case of each row of the table; decides folds at the site and never leaves it.
    public let cases: [CaseName]
    /// Row of the table of each case that both readers contoured.
    public let pairedRows: [Int]
    /// Features of the cases that were measured under two acquisition protocols.
    public let protocols: RepeatedFeatures?
    /// Scores made elsewhere of the rows of the table, NaN where a case has none.
    public let scoreColumns: [String: [Double]]
    /// `protocol` and `contour` to the score of the cases that were measured both ways.
    public let remeasured: [String: RemeasuredPairs]
    /// Columns of the statistics from sums, of every row of the clinical table.
    public let statistics: StatisticColumns
    /// Patient of each row of the table, named with the site, where some were scanned several times; otherwise empty. Never
    /// leaves the site.
    public let subjects: [String]
    /// Salted Merkle commitment to the list of cases, hexadecimal; empty if the source keeps none.
    public private(set) var commitment = ""

    /// Creates the data.
    public init(
        table: CaseTable, cases: [CaseName], firstReader: [Double] = [], secondReader: [Double] = [],
        pairedRows: [Int] = [], contours: [String: [[Int]]] = [:], ratings: [Int] = [],
        scores: [String: ScoredCases] = [:], failures: [String: Int] = [:], protocols: RepeatedFeatures? = nil,
        scoreColumns: [String: [Double]] = [:], remeasured: [String: RemeasuredPairs] = [:], times: [Double]? = nil,
        statistics: StatisticColumns = .none, subjects: [String] = []
    ) {
        precondition(cases.count == table.count, "a name for each row")
        precondition(times?.count ?? table.count == table.count, "a time for each row")
        self.table = table
        self.times = times
        self.cases = cases
        self.pairedRows = pairedRows
        self.protocols = protocols
        self.scoreColumns = scoreColumns
        self.remeasured = remeasured
        self.statistics = statistics
        self.subjects = subjects
        self.firstReader = firstReader
        self.secondReader = secondReader
        self.contours = contours
        self.ratings = ratings
        self.scores = scores
        self.failures = failures
    }

    /// The same data with the commitment to their cohort.
    public func committed(_ commitment: String) -> ExtractionData {
        var data = self
        data.commitment = commitment
        return data
    }
}

/// A case at its site. Never leaves the site.
public struct CaseName: Sendable, Equatable {
    /// The site.
    public let site: String
    /// The case.
    public let name: String

    /// Names a case.
    public init(site: String, name: String) { (self.site, self.name) = (site, name) }
}

/// Features of the same cases in two readings.
public struct RepeatedFeatures: Sendable, Equatable {
    /// Row of the table of each case.
    public let rows: [Int]
    /// Values of the first reading, row-major, in the order of the table's features.
    public let first: [Double]
    /// Values of the second reading.
    public let second: [Double]

    /// Creates the readings.
    public init(rows: [Int], first: [Double], second: [Double]) {
        (self.rows, self.first, self.second) = (rows, first, second)
    }
}
