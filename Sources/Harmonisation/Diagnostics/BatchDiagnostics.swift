public import Federation
import LinearAlgebra

/// How much the batches differ: feature by feature and together.
///
/// All but ranks comes from sums, so that one machine and sites that exchange sums give the same bits. Kolmogorov-Smirnov
/// distances, Anderson-Darling statistics and the discriminants' areas are of the values where these are at hand, and of
/// histograms with a floor where no row leaves its site.
public struct BatchDiagnostics: Sendable, Equatable, Codable {
    /// Squared Mahalanobis distance of two batches' means, in the pooled within-batch covariance of the leading components.
    public struct Distance: Sendable, Equatable, Codable {
        /// The batches.
        public let batches: [String]
        /// The squared distance.
        public let squared: Double
    }

    /// Where a batch lies on the first two components.
    public struct Centroid: Sendable, Equatable, Codable {
        /// The batch.
        public let batch: String
        /// Its rows.
        public let cases: Int
        /// Mean on the components.
        public let mean: [Double]
        /// Covariance on them, upper triangle, denominator rows - 1.
        public let covariance: [Double]
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
    /// Interval that holds it, where it comes from histograms; nil where it comes from the rows.
    public let batchAUCInterval: [Double]?
    /// Distances between batches.
    public let distances: [Distance]
    /// Mean and spread of each batch on the first two components.
    public let centroids: [Centroid]
    /// Scores of each row on the first two components, in the order of the rows; nil where no row leaves its site.
    public let scores: [[Double]]?

    /// Features beyond which the joint part would need minutes.
    public static let featureLimit = 1500
    /// Most cells of a histogram.
    public static let cells = 32

    /// Diagnoses the rows of one machine, none with a missing value. Memory is O(p^2) and a bounded number of columns.
    ///
    /// - Parameter share: leading components are taken until they have this share of the variance, but no more than a fifth of
    ///   the rows.
    /// - Throws: `HarmonisationError.missingValues`, `.tooFewCases`, `.tooManyFeatures`; `LinearAlgebraError`.
    public init(_ rows: some RowSource, share: Double = 0.95) throws {
        let pooled = try PooledPart(SourcesAtHand([rows]).checked(), share: share)
        let joint = try pooled.projections(minimum: 1).fit([rows])
        let ranked = try RowRanks(rows, pooled, joint.discriminants)
        features = zip(pooled.contrasts, ranked.features).map(FeatureDiagnostics.init(_:ranks:))
        components = pooled.components.values.count
        (batchShare, distances, centroids) = (joint.batchShare, joint.distances, joint.centroids)
        (batchAUC, batchAUCInterval) = (ranked.area, nil)
        scores = ranked.scores
    }

    /// Diagnoses a table without missing values.
    ///
    /// - Throws: what the diagnosis of rows throws.
    public init(_ table: CaseTable, share: Double = 0.95) throws { try self.init(TableRows(table), share: share) }

    /// Diagnoses sites that exchange sums; a batch lies wholly within one of them.
    ///
    /// - Parameters:
    ///   - sites: rows of each site, none with a missing value.
    ///   - minimum: fewest rows of a batch, and of a group of cells of its histograms.
    ///   - share: as above.
    /// - Throws: `HarmonisationError.missingValues`, `.tooFewCases`, `.tooManyFeatures`, `.batchTooSmall`;
    ///   `FederationError`; `LinearAlgebraError`.
    public init(sites: [any RowSource], minimum: Int, share: Double = 0.95) throws {
        let sums = try SourcesAtHand(sites).checked()
        for site in sites { _ = try site.positions(among: sums.batchNames, minimum: minimum) }
        try self.init(sums: sums, minimum: minimum, share: share)
    }

    /// Diagnoses rows that only sums are known of.
    ///
    /// - Throws: as for sites.
    public init(sums: some SiteSums, minimum: Int, share: Double = 0.95) throws {
        let pooled = try PooledPart(sums, share: share)
        let joint = try sums.result(whole: pooled.projections(minimum: minimum))
        let found = try sums.result(
            whole: HistogramEdges(
                features: pooled.names, means: pooled.means, deviations: pooled.deviations, cells: Self.cells,
                minimum: minimum))
        let histograms = try sums.result(
            whole: BatchHistograms(
                features: pooled.names, edges: found.edges, search: found.search, batches: pooled.batches,
                minimum: minimum))
        features = zip(pooled.contrasts, histograms).map(FeatureDiagnostics.init(_:histograms:))
        components = pooled.components.values.count
        (batchShare, distances, centroids) = (joint.batchShare, joint.distances, joint.centroids)
        (batchAUC, batchAUCInterval) = (joint.area, joint.areaInterval)
        scores = nil
    }
}

/// What one machine and several sites have in common.
private struct PooledPart {
    let names: [String]
    let batches: [String]
    let contrasts: [BatchContrasts.Feature]
    let means: [Double]
    /// 0 for a feature that does not vary.
    let deviations: [Double]
    let components: LeadingComponents

    init(_ sums: some SiteSums, share: Double) throws {
        (names, batches) = (sums.featureNames, sums.batchNames)
        guard names.count <= BatchDiagnostics.featureLimit else {
            throw HarmonisationError.tooManyFeatures(names.count, limit: BatchDiagnostics.featureLimit)
        }
        let columns = names.count + sums.covariateNames.count
        let exponents = Array(try sums.result(ExponentCensus(columns: columns)).prefix(names.count))
        contrasts = try sums.result(whole: BatchContrasts(features: names, exponents: exponents))
        let moments = try sums.result(PooledMoments(exponents: exponents))
        means = moments.means
        deviations = zip(moments.means, moments.standardDeviations).map { $1 > 1e-12 * $0.magnitude ? $1 : 0 }
        let correlation = try sums.result(ScatterMatrix(means: means, deviations: deviations))
        components = try LeadingComponents(correlation, share: share, limit: moments.count / 5)
    }

    func projections(minimum: Int) -> BatchProjections {
        BatchProjections(
            features: names, means: means, deviations: deviations, components: components, batches: batches,
            minimum: minimum)
    }
}

/// What needs the rows themselves.
private struct RowRanks {
    let features: [RankComparison]
    let area: Double
    let scores: [[Double]]

    init(_ rows: some RowSource, _ pooled: PooledPart, _ discriminants: BatchProjections.Discriminants) throws {
        var features: [RankComparison] = []
        try rows.forEachColumn { _, sorted in features.append(RankComparison.of(sorted)) }
        self.features = features
        let state = pooled.projections(minimum: 1).initialState()
        let p = pooled.names.count
        let axes = pooled.components.axes.prefix(2)
        var scores = [[Double]](repeating: [], count: rows.count)
        // All projections of a batch's rows, discriminant by discriminant.
        var projected = pooled.batches.map { _ in [Double]() }
        var batchOf: [Int] = []
        for place in pooled.batches.indices {
            let numbers = rows.numbers(of: place)
            var next = 0
            try rows.forEachStandardised(of: place, state) { z in
                scores[numbers[next]] = axes.map { BatchProjections.Discriminants.product($0, z, p) }
                next += 1
                batchOf.append(place)
                for (batch, direction) in discriminants.directions.enumerated() {
                    projected[batch].append(BatchProjections.Discriminants.product(direction, z, p))
                }
            }
        }
        self.scores = scores
        area =
            projected.indices.reduce(0.0) { $0 + Self.area(projected[$1], own: $1, batchOf) }
            / Double(projected.count)
    }

    /// Mann-Whitney area of a batch's rows against the others, ties half.
    private static func area(_ scores: [Double], own: Int, _ batchOf: [Int]) -> Double {
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var (sum, start, count) = (0.0, 0, 0)
        while start < order.count {
            var end = start
            while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
            let rank = Double(start + end + 1) / 2
            for place in start..<end where batchOf[order[place]] == own {
                sum += rank
                count += 1
            }
            start = end
        }
        let (m, n) = (Double(count), Double(scores.count - count))
        return (sum - m * (m + 1) / 2) / (m * n)
    }
}
