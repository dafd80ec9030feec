public import Federation

/// What a site does with the pooled model.
public enum ComBatMethod: String, Sendable, Equatable, Codable, CaseIterable {
    /// Parametric empirical Bayes, per-feature fixed point to 1e-10 with absolute denominators.
    case parametric
    /// Parametric empirical Bayes with the stop rule of R `sva` and `neuroCombat` (signed denominators, 1e-4).
    case parametricSVA = "parametric-sva"
    /// Location and scale of the batch as they are.
    case withoutEB = "without-eb"
}

/// The pooled part of ComBat: frozen after the fit, applied and not refitted at a new site.
public struct ComBatModel: Sendable, Equatable, Codable {
    /// Format of the model file.
    public private(set) var format = "concord-combat-1"
    /// Names of the feature columns.
    public let features: [String]
    /// Names of the coded covariates.
    public let covariates: [String]
    /// What a site does with the model.
    public let method: ComBatMethod
    /// Number of cases that fitted it.
    public let cases: Int
    /// Effects of the covariates, feature by feature (`features x covariates`, row-major), in original units.
    public internal(set) var beta: [Double] = []
    /// Grand mean of each feature at covariates 0, weighted by batch size.
    public internal(set) var grandMean: [Double] = []
    /// Pooled within-batch residual standard deviation of each feature, denominator N.
    public internal(set) var pooledStandardDeviation: [Double] = []
    /// Features that are constant in some batch: returned unchanged and left out of the priors.
    public internal(set) var passedThrough: [String] = []

    init(features: [String], covariates: [String], method: ComBatMethod, cases: Int) {
        self.features = features
        self.covariates = covariates
        self.method = method
        self.cases = cases
    }

    /// Harmonises a site's table; location and scale of each batch are estimated from the batch's own rows and never
    /// leave the site. Works for the sites that fitted the model and for a new one.
    ///
    /// - Parameters:
    ///   - table: rows x the model's features and covariates.
    ///   - minimumBatchSize: a smaller batch is refused.
    /// - Throws: `HarmonisationError` naming the column or the size of the batch.
    public func harmonise(_ table: CaseTable, minimumBatchSize: Int = 2) throws(HarmonisationError) -> HarmonisedTable {
        guard table.featureNames == features else { throw .columnsDiffer("(features)") }
        guard table.covariateNames == covariates else { throw .columnsDiffer("(covariates)") }
        let p = features.count
        let q = covariates.count
        let skipped = Set(passedThrough)
        let active = (0..<p).filter { !skipped.contains(features[$0]) }
        var output = table
        var estimates: [BatchEstimate] = []
        for rows in table.rowsByBatch() {
            guard rows.count >= max(2, minimumBatchSize) else {
                throw .batchTooSmall(cases: rows.count, minimum: max(2, minimumBatchSize))
            }
            var standardised = [Double](repeating: 0, count: rows.count * active.count)
            for (index, row) in rows.enumerated() {
                for (position, column) in active.enumerated() {
                    let value =
                        (table.features[row * p + column] - predicted(table, row: row, column: column, q: q))
                        / pooledStandardDeviation[column]
                    guard value.isFinite else { throw .missingValues(feature: features[column]) }
                    standardised[index * active.count + position] = value
                }
            }
            let estimate = BatchEstimate(
                batch: table.batch[rows[0]], standardised: standardised, rows: rows.count, method: method)
            for (index, row) in rows.enumerated() {
                for (position, column) in active.enumerated() {
                    let adjusted =
                        (standardised[index * active.count + position] - estimate.location[position])
                        / estimate.scale[position].squareRoot()
                    output.features[row * p + column] =
                        adjusted * pooledStandardDeviation[column] + predicted(table, row: row, column: column, q: q)
                }
            }
            estimates.append(estimate)
        }
        return HarmonisedTable(table: output, estimates: estimates)
    }

    private func predicted(_ table: CaseTable, row: Int, column: Int, q: Int) -> Double {
        var value = grandMean[column]
        for i in 0..<q { value += table.covariates[row * q + i] * beta[column * q + i] }
        return value
    }
}

/// A harmonised table with what was estimated for it.
public struct HarmonisedTable: Sendable, Equatable {
    /// The table.
    public let table: CaseTable
    /// Location and scale of each batch. They stay at the site.
    public let estimates: [BatchEstimate]
}

/// Location and scale of one batch on the standardised scale, after empirical Bayes.
public struct BatchEstimate: Sendable, Equatable {
    /// The batch.
    public let batch: String
    /// gamma* of each active feature.
    public let location: [Double]
    /// delta*^2 of each active feature.
    public let scale: [Double]

    /// Estimates from standardised values, `rows x features` row-major (Johnson 2007, section 3.2).
    init(batch: String, standardised: [Double], rows: Int, method: ComBatMethod) {
        self.batch = batch
        let width = standardised.count / rows
        let n = Double(rows)
        var gamma = [Double](repeating: 0, count: width)
        for row in 0..<rows {
            for column in 0..<width { gamma[column] += standardised[row * width + column] }
        }
        for column in 0..<width { gamma[column] /= n }
        var delta = [Double](repeating: 0, count: width)
        for row in 0..<rows {
            for column in 0..<width {
                let deviation = standardised[row * width + column] - gamma[column]
                delta[column] += deviation * deviation
            }
        }
        for column in 0..<width { delta[column] /= n - 1 }
        // A prior over features needs at least two of them, and scales that differ.
        let prior = BatchPrior(gamma: gamma, delta: delta)
        guard method != .withoutEB, let prior else {
            location = gamma
            scale = delta
            return
        }
        switch method {
        case .parametricSVA:
            (location, scale) = prior.signedIteration(gamma: gamma, delta: delta, n: n)
        case .parametric, .withoutEB:
            var stars = (gamma, delta)
            for column in 0..<width {
                let star = prior.fixedPoint(gamma: gamma[column], delta: delta[column], n: n)
                stars.0[column] = star.gamma
                stars.1[column] = star.delta
            }
            (location, scale) = stars
        }
    }
}

/// Hyper-parameters of one batch over its features: normal for the location, inverse gamma for the scale.
struct BatchPrior {
    let mean: Double
    let variance: Double
    let shape: Double
    let rate: Double

    init?(gamma: [Double], delta: [Double]) {
        let p = Double(gamma.count)
        guard p >= 2 else { return nil }
        mean = gamma.reduce(0, +) / p
        var square = 0.0
        for value in gamma { square += (value - mean) * (value - mean) }
        variance = square / (p - 1)
        let m = delta.reduce(0, +) / p
        square = 0
        for value in delta { square += (value - m) * (value - m) }
        let s2 = square / (p - 1)
        guard s2 > 0, variance > 0 else { return nil }
        shape = (2 * s2 + m * m) / s2
        rate = (m * s2 + m * m * m) / s2
    }

    private func step(_ current: (gamma: Double, delta: Double), gamma: Double, delta: Double, n: Double)
        -> (gamma: Double, delta: Double)
    {
        let g = (variance * n * gamma + current.delta * mean) / (variance * n + current.delta)
        // The sum of squares about g, from the one about the batch mean.
        let square = (n - 1) * delta + n * (gamma - g) * (gamma - g)
        return (g, (0.5 * square + rate) / (n / 2 + shape - 1))
    }

    func fixedPoint(gamma: Double, delta: Double, n: Double) -> (gamma: Double, delta: Double) {
        var current = (gamma: gamma, delta: delta)
        for _ in 0..<10_000 {
            let following = step(current, gamma: gamma, delta: delta, n: n)
            let change = max(
                (following.gamma - current.gamma).magnitude / max(current.gamma.magnitude, 1e-300),
                (following.delta - current.delta).magnitude / current.delta.magnitude)
            current = following
            if change < 1e-10 { break }
        }
        return current
    }

    func signedIteration(gamma: [Double], delta: [Double], n: Double) -> ([Double], [Double]) {
        var g = gamma
        var d = delta
        for _ in 0..<10_000 {
            var change = -Double.infinity
            for column in g.indices {
                let following = step((g[column], d[column]), gamma: gamma[column], delta: delta[column], n: n)
                change = max(
                    change, (following.gamma - g[column]).magnitude / g[column],
                    (following.delta - d[column]).magnitude / d[column])
                g[column] = following.gamma
                d[column] = following.delta
            }
            if change <= 1e-4 { break }
        }
        return (g, d)
    }
}
