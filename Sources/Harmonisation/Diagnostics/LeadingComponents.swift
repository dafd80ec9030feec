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
    ///   - share: components are taken until they have more than this share of the variance.
    ///   - limit: most components.
    /// - Throws: `HarmonisationError.tooFewFeatures` if nothing varies; `LinearAlgebraError`.
    init(_ correlation: SymmetricMatrix, share: Double, limit: Int) throws {
        self = try SymmetricEigen(correlation).leading(share: share, most: max(1, limit))
        guard total > 0 else { throw HarmonisationError.tooFewFeatures(needed: 1) }
    }

    /// Creates components.
    public init(axes: [[Double]], values: [Double], total: Double) {
        (self.axes, self.values, self.total) = (axes, values, total)
    }
}

extension SymmetricEigen {
    /// Eigenvectors of the largest eigenvalues, until these have more than a share of their sum.
    func leading(share: Double, most: Int) -> LeadingComponents {
        let total = values.reduce(0, +)
        var (axes, chosen, reached): ([[Double]], [Double], Double) = ([], [], 0)
        for index in values.indices.reversed() where axes.count < most {
            axes.append((0..<vectors.columns).map { vectors[index, $0] })
            chosen.append(values[index])
            reached += values[index]
            if reached > share * total { break }
        }
        return LeadingComponents(axes: axes, values: chosen, total: total)
    }
}
