import Federation

extension RowSource {
    /// Numbers of a batch's rows in the order in which they are read.
    ///
    /// - Parameter batch: position among `batches`.
    public func numbers(of batch: Int) -> [Int] {
        let start = batches.prefix(batch).reduce(0) { $0 + $1.rows }
        return Array(order[start..<start + batches[batch].rows])
    }

    /// Numbers that are in memory at once: 32 MB.
    private var columnBudget: Int { 1 << 22 }

    /// Calls `body` with the values of each feature, ascending within each batch, in as many passes over the rows as keep the
    /// memory bounded.
    ///
    /// - Parameter columns: positions of the features, in the order of the calls.
    func forEachColumn(_ columns: [Int]? = nil, _ body: (_ column: Int, _ sorted: [[Double]]) throws -> Void) throws {
        try forEachUnsortedColumn(columns) { column, groups in try body(column, groups.map { $0.sorted() }) }
    }

    /// The same with the rows of each batch in the order of the source.
    public func forEachUnsortedColumn(
        _ columns: [Int]? = nil, _ body: (_ column: Int, _ groups: [[Double]]) throws -> Void
    ) throws {
        let wanted = columns ?? Array(featureNames.indices)
        let width = max(1, columnBudget / max(count, 1))
        let sizes = batches.map(\.rows)
        for start in stride(from: 0, to: wanted.count, by: width) {
            let block = wanted[start..<min(start + width, wanted.count)]
            var values = block.map { _ in sizes.map { [Double](repeating: 0, count: $0) } }
            for batch in sizes.indices {
                var place = 0
                try forEachChunk(of: batch) { table, rows in
                    let p = table.featureCount
                    for (index, column) in block.enumerated() {
                        for (offset, row) in rows.enumerated() {
                            values[index][batch][place + offset] = table.features[row * p + column]
                        }
                    }
                    place += rows.count
                }
            }
            for (index, column) in block.enumerated() {
                try body(column, values[index])
                values[index] = []
            }
        }
    }
}
