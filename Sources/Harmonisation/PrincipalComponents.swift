import Federation
import LinearAlgebra

/// Leading principal components of a table's correlation matrix.
struct PrincipalComponents {
    /// Features beyond which they would take minutes.
    static let featureLimit = 1500

    /// Scores of each row.
    let scores: [[Double]]
    /// Eigenvalues of the components, largest first.
    let values: [Double]
    /// Sum of all eigenvalues.
    let total: Double

    /// Decomposes a table without missing values; features that do not vary are left out.
    ///
    /// - Parameter share: leading components are taken until they have this share of the variance, but no more than a fifth
    ///   of the rows.
    /// - Throws: `HarmonisationError.tooManyFeatures`, `.tooFewFeatures`; `LinearAlgebraError`.
    init(_ table: CaseTable, share: Double = 0.95) throws {
        let (p, n) = (table.featureCount, table.count)
        guard p <= Self.featureLimit else { throw HarmonisationError.tooManyFeatures(p, limit: Self.featureLimit) }
        var z = table.features
        var varying: [Int] = []
        for column in 0..<p {
            var mean = 0.0
            for row in 0..<n { mean += z[row * p + column] }
            mean /= Double(n)
            var square = 0.0
            for row in 0..<n {
                z[row * p + column] -= mean
                square += z[row * p + column] * z[row * p + column]
            }
            let deviation = (square / Double(n)).squareRoot()
            guard deviation > 1e-12 * mean.magnitude else { continue }
            varying.append(column)
            for row in 0..<n { z[row * p + column] /= deviation }
        }
        guard !varying.isEmpty else { throw HarmonisationError.tooFewFeatures(needed: 1) }
        let matrix = Matrix(
            rows: n, columns: varying.count,
            elements: (0..<n).flatMap { row in varying.map { z[row * p + $0] } })
        let gram = matrix.gram
        let eigen = try SymmetricEigen(
            SymmetricMatrix(order: gram.order, upper: gram.upper.map { $0 / Double(n) }))
        let total = eigen.values.reduce(0, +)
        var (axes, values, reached): ([[Double]], [Double], Double) = ([], [], 0)
        for index in eigen.values.indices.reversed() where values.count < max(1, n / 5) && reached < share * total {
            axes.append(varying.indices.map { eigen.vectors[index, $0] })
            values.append(eigen.values[index])
            reached += eigen.values[index]
        }
        scores = (0..<n).map { row in
            axes.map { axis in
                var sum = 0.0
                for column in varying.indices { sum += axis[column] * matrix[row, column] }
                return sum
            }
        }
        self.values = values
        self.total = total
    }
}
