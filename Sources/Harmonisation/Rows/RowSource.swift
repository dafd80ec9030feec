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
    /// Numbers of the rows in the order in which they are read, batch by batch.
    var order: [Int] { get }

    /// Calls `body` with a table and the positions of the batch's rows in it, for all rows of a batch.
    ///
    /// - Parameter batch: position among `batches`.
    func forEachChunk(of batch: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws
}

extension RowSource {
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
    /// Numbers of the rows, batch by batch.
    public var order: [Int] { groups.flatMap { $0 } }

    /// The whole table with the batch's rows.
    public func forEachChunk(of batch: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws {
        try body(table, groups[batch])
    }
}

/// Rows of a source, changed as they are read.
public struct MappedRows: RowSource {
    /// Names of the features after the change.
    public let featureNames: [String]
    /// Names of the coded covariates after the change.
    public let covariateNames: [String]
    private let source: any RowSource
    private let change: (CaseTable) throws -> CaseTable

    /// - Parameters:
    ///   - features: names of the features that `change` leaves.
    ///   - covariates: names of the covariates that it leaves.
    ///   - change: makes of a table one with the same rows and batches.
    public init(
        _ source: any RowSource, features: [String], covariates: [String],
        change: @escaping (_ table: CaseTable) throws -> CaseTable
    ) {
        self.source = source
        featureNames = features
        covariateNames = covariates
        self.change = change
    }

    /// Batches and their rows.
    public var batches: [(name: String, rows: Int)] { source.batches }
    /// Numbers of the rows in the order in which they are read.
    public var order: [Int] { source.order }

    /// Changed tables, which have rows of the batch only.
    public func forEachChunk(of batch: Int, _ body: (_ table: CaseTable, _ rows: [Int]) throws -> Void) throws {
        try source.forEachChunk(of: batch) { table, rows in
            let own = try change(rows.count == table.count ? table : table.selecting(rows: rows))
            try body(own, Array(0..<own.count))
        }
    }
}

extension Computation where Shard == CaseTable {
    /// A site's answer to a computation whose rows may be divided in any way, each chunk a shard of its own.
    public func contribute(chunksOf site: any RowSource, to broadcast: Broadcast) throws -> Contribution {
        var sum = Contribution.zero(blocks(for: broadcast))
        try site.forEachChunk { table, rows in
            let chunk = rows.count == table.count ? table : table.selecting(rows: rows)
            try sum.add(contribute(chunk, to: broadcast))
        }
        return sum
    }

    /// Runs a computation whose rows may be divided among shards in any way, each chunk a shard of its own: the bits of
    /// the sums are those of the whole tables.
    ///
    /// - Parameter sites: the rows of each site.
    public func run(chunksOf sites: [any RowSource]) throws -> Result {
        var state = initialState()
        while true {
            let broadcast = broadcast(of: state)
            var sum = Contribution.zero(blocks(for: broadcast))
            for site in sites { try sum.add(contribute(chunksOf: site, to: broadcast)) }
            switch try next(after: state, sum: sum) {
            case .broadcast(let following): state = following
            case .done(let result): return result
            }
        }
    }
}

/// A computation whose batches lie wholly within a site, which reads the site's rows more than once.
public protocol BatchwiseComputation: Computation where Shard == CaseTable, Broadcast == State {
    /// The site's answer from rows that need not be in memory together.
    ///
    /// - Throws: what `contribute` of a table throws, and what reading the rows throws.
    func contribute(_ source: some RowSource, to state: State) throws -> Contribution
}

extension BatchwiseComputation {
    /// Sums over the site's batches; the same bits whatever the order of the rows.
    ///
    /// - Throws: `HarmonisationError` naming the columns, `FederationError` for values beyond the census.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        try contribute(TableRows(shard), to: state)
    }

    /// Runs the computation over the rows of sites that need not be in memory.
    ///
    /// - Throws: what `contribute` and `next` throw.
    public func fit(_ sites: [any RowSource]) throws -> Result {
        var state = initialState()
        while true {
            var sum = Contribution.zero(blocks(for: state))
            for site in sites { try sum.add(contribute(site, to: state)) }
            switch try next(after: state, sum: sum) {
            case .broadcast(let following): state = following
            case .done(let result): return result
            }
        }
    }
}
