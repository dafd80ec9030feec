import LinearAlgebra

/// Leading principal components of a correlation matrix.
public struct LeadingComponents: Codable, Sendable, Equatable {
    /// Axes, features each; the largest element is positive.
    public let axes: [[Double]]
    /// Eigenvalues, largest first.
    public let values: [Double]
    /// Sum of all eigenvalues.
    public let total: Double

    /// Decomposes a matrix; features of zero variance have zero rows in it.
    ///
    /// - Parameters:
    ///   - share: components are taken until they have this share of the variance.
    ///   - limit: most components.
    /// - Throws: `HarmonisationError.tooFewFeatures` if nothing varies; `LinearAlgebraError`.
    init(_ correlation: SymmetricMatrix, share: Double, limit: Int) throws {
        let eigen = try SymmetricEigen(correlation)
        total = eigen.values.reduce(0, +)
        guard total > 0 else { throw HarmonisationError.tooFewFeatures(needed: 1) }
        var (axes, values, reached): ([[Double]], [Double], Double) = ([], [], 0)
        for index in eigen.values.indices.reversed() where values.count < max(1, limit) && reached < share * total {
            axes.append((0..<correlation.order).map { eigen.vectors[index, $0] })
            values.append(eigen.values[index])
            reached += eigen.values[index]
        }
        (self.axes, self.values) = (axes, values)
    }

    /// Creates components.
    public init(axes: [[Double]], values: [Double], total: Double) {
        (self.axes, self.values, self.total) = (axes, values, total)
    }
}
