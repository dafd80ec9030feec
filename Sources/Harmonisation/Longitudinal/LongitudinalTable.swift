public import Federation

/// Rows of one site of which several belong to one patient. They need not be in memory together.
public protocol LongitudinalSource: RowSource {
    /// Batch of each row.
    var batch: [String] { get }
    /// Patient of each row; a patient's rows lie within one site.
    var subject: [String] { get }

    /// The rows of the given numbers, in the given order.
    func table(_ rows: [Int]) throws -> CaseTable
}

extension LongitudinalSource {
    /// Rows that are read at once; a patient's rows are read together.
    static var chunk: Int { 256 }

    /// Numbers of the rows of each subject, subjects in the order of their names.
    func rowsBySubject() -> [[Int]] {
        Dictionary(grouping: subject.indices) { subject[$0] }.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Calls `body` with tables of whole subjects and the positions of each subject's rows in them.
    func forEachChunk(ofSubjects subjects: [[Int]], _ body: (_ table: CaseTable, _ subjects: [[Int]]) throws -> Void)
        throws
    {
        var start = 0
        while start < subjects.count {
            var (end, size) = (start, 0)
            var positions: [[Int]] = []
            while end < subjects.count, size == 0 || size + subjects[end].count <= Self.chunk {
                positions.append(Array(size..<size + subjects[end].count))
                size += subjects[end].count
                end += 1
            }
            try body(table(subjects[start..<end].flatMap { $0 }), positions)
            start = end
        }
    }

    /// Batches (positions among `batches`) that patients link, directly or through other batches, and their subjects.
    func linkedBatches() -> [(batches: [Int], subjects: [[Int]])] {
        let places = Dictionary(uniqueKeysWithValues: batches.enumerated().map { ($1.name, $0) })
        var root = Array(batches.indices)
        func find(_ batch: Int) -> Int {
            var place = batch
            while root[place] != place { place = root[place] }
            return place
        }
        let subjects = rowsBySubject()
        for rows in subjects {
            for row in rows {
                let pair = [find(places[batch[rows[0]], default: 0]), find(places[batch[row], default: 0])].sorted()
                root[pair[1]] = pair[0]
            }
        }
        let batchesByRoot = Dictionary(grouping: batches.indices, by: find)
        let subjectsByRoot = Dictionary(grouping: subjects) { find(places[batch[$0[0]], default: 0]) }
        return batchesByRoot.sorted { $0.key < $1.key }.map { ($1, subjectsByRoot[$0] ?? []) }
    }
}

/// Rows of which several belong to one patient, in memory. It stays at the site.
public struct LongitudinalTable: LongitudinalSource, Sendable, Equatable {
    /// The rows.
    public let table: CaseTable
    /// Patient of each row; a patient's rows lie within one site.
    public let subject: [String]

    /// Creates a table; one subject for each row.
    public init(table: CaseTable, subject: [String]) {
        precondition(subject.count == table.count, "one subject for each row")
        self.table = table
        self.subject = subject
    }

    /// The given rows, in the given order.
    public func selecting(rows: [Int]) -> LongitudinalTable {
        LongitudinalTable(table: table.selecting(rows: rows), subject: rows.map { subject[$0] })
    }

    /// Names of the features.
    public var featureNames: [String] { table.featureNames }
    /// Names of the coded covariates.
    public var covariateNames: [String] { table.covariateNames }
    /// Batch of each row.
    public var batch: [String] { table.batch }
    /// Batches and their rows.
    public var batches: [(name: String, rows: Int)] { TableRows(table).batches }
    /// Numbers of the rows, batch by batch.
    public var order: [Int] { TableRows(table).order }

    /// The whole table with the batch's rows.
    public func forEachChunk(of batch: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws {
        try TableRows(table).forEachChunk(of: batch, body)
    }

    /// The given rows.
    public func table(_ rows: [Int]) -> CaseTable { table.selecting(rows: rows) }
}

extension CaseTable {
    /// The table with a multiple of other values (rows x features) added to its features; where these are 0 the bits stay.
    public func adding(_ values: [Double], factor: Double) -> CaseTable {
        var output = self
        for index in values.indices where values[index] != 0 { output.features[index] += factor * values[index] }
        return output
    }
}
