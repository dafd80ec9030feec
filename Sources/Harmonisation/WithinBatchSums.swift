import Federation

/// Sums of one batch for `ComBatFit`, a block of columns at a time, with the bits of a sum term by term.
struct WithinBatchSums {
    let scales: [Double]
    let p: Int
    let q: Int
    /// Constant, feature sum, square, covariate sum, covariate product, cross product.
    var constant: ExactSum
    var featureSum: ExactSum
    var featureSquare: ExactSum
    var covariate: (sum: ExactSum, product: ExactSum, cross: ExactSum)?

    /// Adds the given rows of a table, all of one batch.
    mutating func add(_ rows: [Int], of table: CaseTable) throws(FederationError) {
        let centred = try addCovariates(rows, of: table)
        for columns in FeatureBlock.all(p) { add(columns, rows: rows, centred: centred, of: table) }
    }

    /// Centred covariates, `rows x q`.
    private mutating func addCovariates(_ rows: [Int], of table: CaseTable) throws(FederationError) -> [Double] {
        guard var sums = covariate else { return [] }
        let mean = try exactMeans(width: q, rows: rows.count) { table.covariates[rows[$0] * q + $1] * scales[p + $1] }
        var centred: [Double] = []
        centred.reserveCapacity(rows.count * q)
        for row in rows {
            for column in 0..<q {
                let value = table.covariates[row * q + column] * scales[p + column]
                sums.sum.add(value, at: column)
                centred.append(value - mean[column])
            }
        }
        covariate = nil
        for row in rows.indices {
            var triangle = 0
            for i in 0..<q {
                for j in i..<q {
                    sums.product.add(centred[row * q + i] * centred[row * q + j], at: triangle)
                    triangle += 1
                }
            }
        }
        covariate = sums
        return centred
    }

    private mutating func add(_ columns: Range<Int>, rows: [Int], centred: [Double], of table: CaseTable) {
        let width = columns.count
        let scale = DoubleRow(scales[columns])
        let (terms, squares) = (DoubleRow(width), DoubleRow(width))
        let (smallest, largest) = (DoubleRow(width, repeating: .infinity), DoubleRow(width, repeating: -.infinity))
        var mean = ExactSum(.unitScale("mean", shape: [width], meaning: "local sums", discloses: "nothing: not sent"))
        var meanRows = ExactRows(width: width)
        table.features.withUnsafeBufferPointer { features in
            let start = features.baseAddress.unsafelyUnwrapped + columns.lowerBound
            for row in rows {
                FeatureBlock.scale(
                    start + row * p, by: scale.start, into: terms.start, smallest: smallest.start,
                    largest: largest.start, count: width)
                meanRows.add(terms.start, to: &mean, at: 0)
            }
            meanRows.flush(into: &mean, at: 0)
            let means = DoubleRow((0..<width).map { mean.mean($0, rows: rows.count) })
            var squareRows = ExactRows(width: width)
            var crossRows = [ExactRows](repeating: ExactRows(width: width), count: q)
            for (place, row) in rows.enumerated() {
                FeatureBlock.centre(
                    start + row * p, scales: scale.start, means: means.start, into: terms.start, squares: squares.start,
                    count: width)
                squareRows.add(squares.start, to: &featureSquare, at: columns.lowerBound)
                for i in 0..<q {
                    FeatureBlock.multiply(
                        terms.start, by: centred[place * q + i], into: squares.start, count: width)
                    crossRows[i].add(squares.start, to: &covariate!.cross, at: i * p + columns.lowerBound)
                }
            }
            squareRows.flush(into: &featureSquare, at: columns.lowerBound)
            for i in 0..<q { crossRows[i].flush(into: &covariate!.cross, at: i * p + columns.lowerBound) }
        }
        featureSum.add(mean, at: columns.lowerBound)
        guard rows.count > 1 else { return }
        for index in 0..<width where !(smallest.start[index] < largest.start[index]) {
            constant.add(1, at: columns.lowerBound + index)
        }
    }
}
