public import Federation

/// Rows of one site, batch by batch and in chunks, so that they need not be in memory together. They can be read again and
/// again, with the same values in the same order.
public protocol RowSource {
    /// Names of the features.
    var featureNames: [String] { get }
    /// Names of the coded covariates.
    var covariateNames: [String] { get }
    /// Batches in the order of their names, and the number of rows of each.
    var batches: [(name: String, rows: Int)] { get }

    /// Calls `body` with a table and the positions of the batch's rows in it, for all rows of a batch.
    ///
    /// - Parameter batch: position among `batches`.
    func forEachChunk(of batch: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws

    /// Where a batch's rows are among the rows of the source, in the order in which `forEachChunk` gives them; without an
    /// order of its own a source has its rows batch by batch.
    func positions(of batch: Int) -> [Int]
}

extension RowSource {
    /// Batch by batch.
    public func positions(of batch: Int) -> [Int] {
        let start = batches.prefix(batch).reduce(0) { $0 + $1.rows }
        return Array(start..<start + batches[batch].rows)
    }

    /// Number of rows.
    public var count: Int { batches.reduce(0) { $0 + $1.rows } }

    /// Calls `body` with all rows, batch by batch.
    public func forEachChunk(_ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws {
        for batch in batches.indices { try forEachChunk(of: batch, body) }
    }

    /// Throws the names of all features with a value that is not finite.
    func requireFiniteFeatures() throws { try require { $0.isFinite } }

    /// Throws the names of all features with an infinite value; NaN is a missing one.
    func requireNoInfiniteFeatures() throws { try require { $0.largest.map(\.isFinite) } }

    private func require(_ test: ((largest: [Double], isFinite: [Bool])) -> [Bool]) throws {
        var isFinite = [Bool](repeating: true, count: featureNames.count)
        try forEachChunk { table, rows in
            for (column, isOwn) in test(table.surveyed(rows)).enumerated() where !isOwn { isFinite[column] = false }
        }
        let culprits = isFinite.indices.filter { !isFinite[$0] }
        guard culprits.isEmpty else {
            throw HarmonisationError.missingValues(features: culprits.map { featureNames[$0] })
        }
    }
}

/// A table in memory as rows to read.
public struct TableRows: RowSource {
    private let table: CaseTable
    private let groups: [[Int]]

    /// Groups the rows of a table by batch.
    public init(_ table: CaseTable) {
        self.table = table
        groups = table.rowsByBatch()
    }

    /// Names of the features.
    public var featureNames: [String] { table.featureNames }
    /// Names of the coded covariates.
    public var covariateNames: [String] { table.covariateNames }
    /// Batches and their rows.
    public var batches: [(name: String, rows: Int)] { groups.map { (table.batch[$0[0]], $0.count) } }

    /// The whole table with the batch's rows.
    public func forEachChunk(of batch: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws {
        try body(table, groups[batch])
    }

    /// Positions in the table.
    public func positions(of batch: Int) -> [Int] { groups[batch] }
}

extension Computation where Shard == CaseTable {
    /// Runs a computation whose rows may be divided among shards in any way, each chunk a shard of its own: the bits of
    /// the sums are those of the whole tables.
    ///
    /// - Parameter sites: the rows of each site.
    public func run(chunksOf sites: [any RowSource]) throws -> Result {
        var state = initialState()
        while true {
            var sum = Contribution.zero(blocks(for: state))
            for site in sites {
                try site.forEachChunk { table, rows in
                    let chunk = rows.count == table.count ? table : table.selecting(rows: rows)
                    try sum.add(contribute(chunk, to: state))
                }
            }
            switch try next(after: state, sum: sum) {
            case .broadcast(let following): state = following
            case .done(let result): return result
            }
        }
    }
}
