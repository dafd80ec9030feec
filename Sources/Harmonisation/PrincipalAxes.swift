import Federation
public import LinearAlgebra

/// Leading principal axes of standardised columns, of rows that need not be in memory.
///
/// The eigenvectors come from LAPACK: their last bits depend on the processor.
public struct PrincipalAxes: Codable, Sendable, Equatable {
    /// Columns, in the order of the axes' elements.
    public let features: [String]
    /// Pooled mean of each column.
    public let centre: [Double]
    /// Pooled standard deviation of each column, denominator N - 1.
    public let deviation: [Double]
    /// Axes, those of the largest eigenvalues first.
    public let axes: [[Double]]
    /// Eigenvalues of the axes.
    let values: [Double]
    /// Sum of all eigenvalues.
    let total: Double

    /// Axes that are known already.
    init(features: [String], centre: [Double], deviation: [Double], axes: [[Double]]) {
        self.features = features
        self.centre = centre
        self.deviation = deviation
        self.axes = axes
        (values, total) = ([], 0)
    }

    /// Decomposes a correlation matrix.
    ///
    /// - Parameters:
    ///   - moments: pooled means and standard deviations of the columns.
    ///   - products: cross-products of the columns standardised with denominator N - 1 (`ScatterMatrix`).
    ///   - share: axes are taken until they have more than this share of the variance.
    ///   - most: takes no more axes than this; nil for as many as needed.
    /// - Throws: `LinearAlgebraError`.
    public init(
        features: [String], moments: PooledMoments.Result, products: SymmetricMatrix, share: Double = 0.95,
        most: Int? = nil
    ) throws {
        let leading = try SymmetricEigen(products).leading(share: share, most: most ?? .max)
        self.features = features
        centre = moments.means
        deviation = moments.sampleStandardDeviations
        (axes, values, total) = (leading.axes, leading.values, leading.total)
    }

    /// Share of the variance that the axes have together.
    var share: Double { values.reduce(0, +) / total }

    /// Decomposes the correlation matrix of the sites' rows, from their sums.
    ///
    /// - Parameters:
    ///   - share: axes are taken until they have more than this share of the variance.
    ///   - most: takes no more axes than this; nil for as many as needed.
    /// - Throws: `HarmonisationError`, `FederationError` or `LinearAlgebraError`.
    init(of sites: [any RowSource], share: Double, most: Int? = nil) throws {
        let names = sites[0].featureNames
        let exponents = try ExponentCensus(columns: names.count).run(chunksOf: sites)
        let moments = try PooledMoments(exponents: exponents).run(chunksOf: sites)
        guard moments.count > 1 else { throw HarmonisationError.noCases }
        let products = try ScatterMatrix(means: moments.means, deviations: moments.sampleStandardDeviations)
            .run(chunksOf: sites)
        try self.init(features: names, moments: moments, products: products, share: share, most: most)
    }

    /// Names of the scores.
    public var names: [String] { axes.indices.map { "PC\($0 + 1)" } }

    /// Scores of rows, which become the features.
    func scores(of rows: CaseTable) -> CaseTable {
        let p = features.count
        var values: [Double] = []
        values.reserveCapacity(rows.count * axes.count)
        for row in 0..<rows.count {
            let z = (0..<p).map { (rows.features[row * p + $0] - centre[$0]) / deviation[$0] }
            for axis in axes {
                var sum = 0.0
                for column in 0..<p { sum += axis[column] * z[column] }
                values.append(sum)
            }
        }
        return CaseTable(featureNames: names, features: values, outcome: rows.outcome, batch: rows.batch)
    }
}
