import Federation

/// What a site's rows say of a random intercept, at every variance ratio: computed once for all rounds.
struct LongitudinalMoments {
    /// Number of rows.
    let cases: Int
    /// The batches and their rows.
    let batches: [(name: String, rows: Int)]
    /// Rows that have each feature.
    private(set) var values: [Double]
    /// Batches of several rows within which each feature is constant, or has one value.
    private(set) var constant: [Double]
    /// Batches without any value of each feature.
    private(set) var absent: [Double]
    /// Features that have values in the same rows: cross-products of the batches that patients link.
    private(set) var groups: [Group] = []

    /// Features that have values in the same rows.
    struct Group {
        /// Positions of the features.
        let features: [Int]
        /// Positions of the linked batches among all; moments of the features in their order.
        let parts: [(batches: [Int], moments: BatchwiseMoments)]
    }

    /// Reads the rows, columns multiplied by `scales` (features, then covariates).
    ///
    /// - Parameter allowsMissing: whether features may have missing values (NaN).
    /// - Throws: `HarmonisationError` naming the column, `FederationError` for values beyond the scales.
    init(_ source: some LongitudinalSource, scales: [Double], allowsMissing: Bool) throws {
        let p = source.featureNames.count
        cases = source.count
        batches = source.batches
        values = [Double](repeating: Double(cases), count: p)
        constant = [Double](repeating: 0, count: p)
        absent = constant
        guard allowsMissing else {
            try source.requireFiniteFeatures()
            let own = try PatternMoments(source, scales: scales)
            constant = own.constant
            groups = [Group(features: Array(0..<p), parts: own.parts)]
            return
        }
        try source.requireNoInfiniteFeatures()
        let places = Dictionary(uniqueKeysWithValues: batches.enumerated().map { ($1.name, $0) })
        for pattern in try source.patterns() {
            let rows = PresentRows(
                source, rows: pattern.rows, features: pattern.features.map { source.featureNames[$0] })
            let own = try PatternMoments(rows, scales: pattern.features.map { scales[$0] } + scales[p...])
            let present = rows.batches
            let lone = present.count { batch in
                batch.rows == 1 && places[batch.name].map { batches[$0].rows > 1 } ?? false
            }
            for (place, feature) in pattern.features.enumerated() {
                values[feature] = Double(pattern.rows.count)
                constant[feature] = own.constant[place] + Double(lone)
                absent[feature] = Double(batches.count - present.count)
            }
            let parts = own.parts.map { linked in
                (linked.batches.map { places[present[$0].name, default: 0] }, linked.moments)
            }
            groups.append(Group(features: pattern.features, parts: parts))
        }
    }
}

/// The moments of rows that have all of their features.
private struct PatternMoments {
    let constant: [Double]
    let parts: [(batches: [Int], moments: BatchwiseMoments)]

    init(_ source: some LongitudinalSource, scales: [Double]) throws {
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
