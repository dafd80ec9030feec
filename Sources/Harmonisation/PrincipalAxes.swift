import Federation
import LinearAlgebra

/// Leading principal axes of standardised columns, of rows that need not be in memory.
///
/// The eigenvectors come from LAPACK: their last bits depend on the processor.
struct PrincipalAxes {
    /// Columns, in the order of the axes' elements.
    let features: [String]
    /// Pooled mean of each column.
    let centre: [Double]
    /// Pooled standard deviation of each column, denominator N - 1.
    let deviation: [Double]
    /// Axes, those of the largest eigenvalues first.
    let axes: [[Double]]
    /// Eigenvalues of the axes.
    private(set) var values: [Double] = []
    /// Sum of all eigenvalues.
    private(set) var total = 0.0

    init(features: [String], centre: [Double], deviation: [Double], axes: [[Double]]) {
        self.features = features
        self.centre = centre
        self.deviation = deviation
        self.axes = axes
    }

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
        let deviation = moments.sampleStandardDeviations
        let products = try ScatterMatrix(means: moments.means, deviations: deviation).run(chunksOf: sites)
        let leading = try SymmetricEigen(products).leading(share: share, most: most ?? .max)
        self.init(features: names, centre: moments.means, deviation: deviation, axes: leading.axes)
        values = leading.values
        total = leading.total
    }

    /// Names of the scores.
    var names: [String] { axes.indices.map { "PC\($0 + 1)" } }

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
