import Federation

/// Sums of a site's batches for `ComBatFit`, a block of columns at a time, with the bits of a sum term by term.
struct WithinBatchSums {
    let scales: [Double]
    let p: Int
    let q: Int
    /// Constant, feature sum, square, covariate sum, covariate product, cross product.
    var constant: ExactSum
    var featureSum: ExactSum
    var featureSquare: ExactSum
    var covariate: (sum: ExactSum, product: ExactSum, cross: ExactSum)?

    /// Adds one batch of a source.
    mutating func add(_ batch: Int, of source: some RowSource) throws {
        let count = source.batches[batch].rows
        let blocks = FeatureBlock.all(p).map { BlockSums($0, scales: scales, covariates: q) }
        var mean = ExactSum(.unitScale("mean", shape: [q], meaning: "local sums", discloses: "nothing: not sent"))
        try source.forEachChunk(of: batch) { table, rows in
            try table.requireFiniteCovariates(rows)
            for row in rows {
                for column in 0..<q { mean.add(table.covariates[row * q + column] * scales[p + column], at: column) }
            }
            for block in blocks { block.addValues(rows, of: table) }
        }
        let means = try mean.block().values.map { $0 / Double(count) }
        for block in blocks { block.finishMeans(rows: count) }
        try source.forEachChunk(of: batch) { table, rows in
            let centred = addCovariates(rows, of: table, means: means)
            for block in blocks {
                block.addProducts(rows, of: table, centred: centred, square: &featureSquare, cross: &covariate)
            }
        }
        for block in blocks {
            block.finish(square: &featureSquare)
            featureSum.add(block.sum, at: block.columns.lowerBound)
            guard count > 1 else { continue }
            for column in block.constantColumns { constant.add(1, at: column) }
        }
    }

    /// Adds sums and products of covariates.
    ///
    /// - Returns: centred covariates, `rows x q`.
    private mutating func addCovariates(_ rows: [Int], of table: CaseTable, means: [Double]) -> [Double] {
        guard var sums = covariate else { return [] }
        covariate = nil
        var centred: [Double] = []
        centred.reserveCapacity(rows.count * q)
        for (place, row) in rows.enumerated() {
            for column in 0..<q {
                let value = table.covariates[row * q + column] * scales[p + column]
                sums.sum.add(value, at: column)
                centred.append(value - means[column])
            }
            sums.product.addProducts(centred[place * q..<(place + 1) * q])
        }
        covariate = sums
        return centred
    }
}

/// Sums of one batch over a block of columns.
private final class BlockSums {
    let columns: Range<Int>
    /// Sum of the scaled values.
    var sum: ExactSum
    private let q: Int
    private let scale, terms, squares, smallest, largest: DoubleRow
    private var means = DoubleRow(0)
    private var sumRows, squareRows: ExactRows
    private var crossRows: [ExactRows]

    init(_ columns: Range<Int>, scales: [Double], covariates q: Int) {
        self.columns = columns
        self.q = q
        let width = columns.count
        scale = DoubleRow(scales[columns])
        (terms, squares) = (DoubleRow(width), DoubleRow(width))
        (smallest, largest) = (DoubleRow(width, repeating: .infinity), DoubleRow(width, repeating: -.infinity))
        sum = ExactSum(.unitScale("mean", shape: [width], meaning: "local sums", discloses: "nothing: not sent"))
        (sumRows, squareRows) = (ExactRows(width: width), ExactRows(width: width))
        crossRows = [ExactRows](repeating: ExactRows(width: width), count: q)
    }

    /// First pass: sums and ranges.
    func addValues(_ rows: [Int], of table: CaseTable) {
        let p = table.featureCount
        table.features.withUnsafeBufferPointer { features in
            guard let start = features.baseAddress else { return }
            for row in rows {
                FeatureBlock.scale(
                    start + row * p + columns.lowerBound, by: scale.start, into: terms.start,
                    smallest: smallest.start, largest: largest.start, count: columns.count)
                sumRows.add(terms.start, to: &sum, at: 0)
            }
        }
    }

    func finishMeans(rows: Int) {
        sumRows.flush(into: &sum, at: 0)
        means = DoubleRow((0..<columns.count).map { sum.mean($0, rows: rows) })
    }

    /// Second pass: squares, and products with covariates.
    func addProducts(
        _ rows: [Int], of table: CaseTable, centred: [Double], square: inout ExactSum,
        cross: inout (sum: ExactSum, product: ExactSum, cross: ExactSum)?
    ) {
        let p = table.featureCount
        table.features.withUnsafeBufferPointer { features in
            guard let start = features.baseAddress else { return }
            for (place, row) in rows.enumerated() {
                FeatureBlock.centre(
                    start + row * p + columns.lowerBound, scales: scale.start, means: means.start, into: terms.start,
                    squares: squares.start, count: columns.count)
                squareRows.add(squares.start, to: &square, at: columns.lowerBound)
                for i in 0..<q {
                    FeatureBlock.multiply(
                        terms.start, by: centred[place * q + i], into: squares.start, count: columns.count)
                    crossRows[i].add(squares.start, to: &cross!.cross, at: i * p + columns.lowerBound)
                }
            }
            for i in 0..<q { crossRows[i].flush(into: &cross!.cross, at: i * p + columns.lowerBound) }
        }
    }

    func finish(square: inout ExactSum) { squareRows.flush(into: &square, at: columns.lowerBound) }

    /// Columns whose values are all the same.
    var constantColumns: [Int] {
        columns.indices.filter { !(smallest.start[$0 - columns.lowerBound] < largest.start[$0 - columns.lowerBound]) }
    }
}
