public import Federation
import LinearAlgebra

/// How much the batches of a table differ: feature by feature and together.
public struct BatchDiagnostics: Sendable, Equatable, Codable {
    /// Squared Mahalanobis distance of two batches' means, in the pooled within-batch covariance of the leading components.
    public struct Distance: Sendable, Equatable, Codable {
        /// The batches.
        public let batches: [String]
        /// The squared distance.
        public let squared: Double
    }

    /// Features, in the order of the table.
    public let features: [FeatureDiagnostics]
    /// Number of leading principal components that the rest is about.
    public let components: Int
    /// Share of the variance that goes with the batch (principal variance component analysis: components of variance of each
    /// leading component by the analysis of variance, weighted by eigenvalues, of all variance).
    public let batchShare: Double
    /// Mean over batches of the area under the curve of Fisher's linear discriminant of a batch against the rest, on the rows
    /// that gave the discriminant: 0.5 and a little more if batches do not differ.
    public let batchAUC: Double
    /// Distances between batches.
    public let distances: [Distance]
    /// Scores of each row on the first two components.
    public let scores: [[Double]]

    /// Features beyond which the joint part would need minutes.
    public static let featureLimit = PrincipalComponents.featureLimit

    /// Diagnoses a table without missing values.
    ///
    /// - Parameter share: leading components are taken until they have this share of the variance, but no more than a fifth of
    ///   the rows.
    /// - Throws: `HarmonisationError.missingValues`, `.tooFewCases`, `.tooManyFeatures`; `LinearAlgebraError`.
    public init(_ table: CaseTable, share: Double = 0.95) throws {
        try table.requireFiniteFeatures()
        let p = table.featureCount
        guard p <= Self.featureLimit else { throw HarmonisationError.tooManyFeatures(p, limit: Self.featureLimit) }
        let groups = table.rowsByBatch()
        guard groups.count > 1, table.count > groups.count + 4 else {
            throw HarmonisationError.tooFewCases(cases: table.count, needed: groups.count + 4)
        }
        features = (0..<p).map { column in
            FeatureDiagnostics(
                feature: table.featureNames[column],
                groups: groups.map { rows in rows.map { table.features[$0 * p + column] } })
        }
        let principal = try PrincipalComponents(table, share: share)
        let (scores, values, total) = (principal.scores, principal.values, principal.total)
        components = values.count
        self.scores = scores.map { Array($0.prefix(2)) }
        let scatter = WithinScatter(scores: scores, groups: groups)
        var batchVariance = 0.0
        for axis in values.indices {
            batchVariance += values[axis] * scatter.batchShare(axis)
        }
        batchShare = batchVariance / total
        let factor = try Cholesky(scatter.covariance)
        func squared(_ difference: [Double]) -> Double {
            zip(difference, factor.solve(difference)).reduce(0) { $0 + $1.0 * $1.1 }
        }
        var distances: [Distance] = []
        for first in groups.indices {
            for second in groups.indices.dropFirst(first + 1) {
                let difference = zip(scatter.means[first], scatter.means[second]).map { $0 - $1 }
                distances.append(
                    Distance(
                        batches: [table.batch[groups[first][0]], table.batch[groups[second][0]]],
                        squared: squared(difference)))
            }
        }
        self.distances = distances
        var areas = 0.0
        for (group, rows) in groups.enumerated() {
            let direction = factor.solve(zip(scatter.means[group], scatter.rest(group)).map { $0 - $1 })
            let own = Set(rows)
            let projected = scores.map { row in zip(row, direction).reduce(0) { $0 + $1.0 * $1.1 } }
            areas += Self.area(projected, positive: own)
        }
        batchAUC = areas / Double(groups.count)
    }

    /// Mann-Whitney area of the rows in `positive`, ties half.
    private static func area(_ scores: [Double], positive: Set<Int>) -> Double {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (sum, start) = (0.0, 0)
        while start < order.count {
            var end = start
            while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
            let rank = Double(start + end + 1) / 2
            for place in start..<end where positive.contains(order[place]) { sum += rank }
            start = end
        }
        let (m, n) = (Double(positive.count), Double(scores.count - positive.count))
        return (sum - m * (m + 1) / 2) / (m * n)
    }
}

/// Means of batches and the pooled covariance within them.
private struct WithinScatter {
    let means: [[Double]]
    let sizes: [Double]
    /// Denominator rows - batches.
    let covariance: SymmetricMatrix

    init(scores: [[Double]], groups: [[Int]]) {
        let width = scores[0].count
        sizes = groups.map { Double($0.count) }
        means = groups.map { rows in
            (0..<width).map { axis in rows.reduce(0) { $0 + scores[$1][axis] } / Double(rows.count) }
        }
        var upper = [Double](repeating: 0, count: width * (width + 1) / 2)
        for (group, rows) in groups.enumerated() {
            for row in rows {
                var place = 0
                for i in 0..<width {
                    for j in i..<width {
                        upper[place] += (scores[row][i] - means[group][i]) * (scores[row][j] - means[group][j])
                        place += 1
                    }
                }
            }
        }
        let degrees = Double(scores.count - groups.count)
        covariance = SymmetricMatrix(order: width, upper: upper.map { $0 / degrees })
    }

    /// Mean of all rows that are not of the group.
    func rest(_ group: Int) -> [Double] {
        let total = sizes.reduce(0, +) - sizes[group]
        return means[group].indices.map { axis in
            means.indices.reduce(0) { $1 == group ? $0 : $0 + sizes[$1] * means[$1][axis] } / total
        }
    }

    /// Variance of a random batch effect over the sum with that within batches, by the analysis of variance.
    func batchShare(_ axis: Int) -> Double {
        let n = sizes.reduce(0, +)
        let k = Double(sizes.count)
        let grand = zip(sizes, means).reduce(0) { $0 + $1.0 * $1.1[axis] } / n
        let between = zip(sizes, means).reduce(0) { $0 + $1.0 * ($1.1[axis] - grand) * ($1.1[axis] - grand) } / (k - 1)
        let within = covariance[axis, axis]
        let size = (n - sizes.reduce(0) { $0 + $1 * $1 } / n) / (k - 1)
        let batch = max(0, (between - within) / size)
        return batch + within > 0 ? batch / (batch + within) : 0
    }
}
