import Federation

/// What a site's rows say of a random intercept, at every variance ratio: computed once for all rounds.
struct LongitudinalMoments {
    /// Number of rows.
    let cases: Int
    /// Names of the batches.
    let batches: [String]
    /// Batches of several rows within which each feature is constant.
    let constant: [Double]
    /// Cross-products of the batches that patients link; positions of these among `batches`.
    let parts: [(batches: [Int], moments: BatchwiseMoments)]

    /// Reads the rows, columns multiplied by `scales` (features, then covariates).
    ///
    /// - Throws: `HarmonisationError` naming the column, `FederationError` for values beyond the scales.
    init(_ source: some LongitudinalSource, scales: [Double]) throws {
        try source.requireFiniteFeatures()
        let width = scales.count
        let p = source.featureNames.count
        let own = source.batches
        var means: [[Double]] = []
        var constant = [Double](repeating: 0, count: p)
        for (place, batch) in own.enumerated() {
            var sum = ExactSum(
                .unitScale("mean", shape: [width], meaning: "local sums", discloses: "nothing: not sent"))
            var first: [Double]?
            var varies = [Bool](repeating: false, count: p)
            try source.forEachChunk(of: place) { table, rows in
                try table.requireFiniteCovariates(rows)
                let q = width - p
                for row in rows {
                    let values = Array(table.features[row * p..<(row + 1) * p])
                    for column in 0..<p {
                        sum.add(values[column] * scales[column], at: column)
                        if values[column] != (first ?? values)[column] { varies[column] = true }
                    }
                    for i in 0..<q { sum.add(table.covariates[row * q + i] * scales[p + i], at: p + i) }
                    if first == nil { first = values }
                }
            }
            means.append(try sum.block().values.map { $0 / Double(batch.rows) })
            guard batch.rows > 1 else { continue }
            for column in 0..<p where !varies[column] { constant[column] += 1 }
        }
        cases = source.count
        batches = own.map(\.name)
        self.constant = constant
        parts = try source.linkedBatches().map { linked in
            let members = linked.batches.map { (name: own[$0].name, rows: own[$0].rows, means: means[$0]) }
            return (
                linked.batches,
                try BatchwiseMoments(members, subjects: linked.subjects, of: source, scales: scales)
            )
        }
    }
}
