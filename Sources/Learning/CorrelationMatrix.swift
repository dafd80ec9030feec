public import Federation
public import LinearAlgebra

/// Pearson correlation of each pair of features, from the cross-products of the z-scored features.
public struct CorrelationMatrix: Computation {
    /// `learning.correlation`
    public static let identifier = "learning.correlation"
    let specification: State

    /// Creates the computation with the pooled mean and standard deviation (denominator n) of each feature.
    public init(centres: [Double], scales: [Double]) {
        precondition(centres.count == scales.count, "a scale for each centre")
        specification = State(centres: centres, scales: scales)
    }

    /// Public location and scale of each feature.
    public struct State: Codable, Sendable, Equatable {
        /// Pooled means.
        public let centres: [Double]
        /// Pooled standard deviations.
        public let scales: [Double]
    }

    /// Location and scale.
    public func initialState() -> State { specification }

    /// The count and the upper triangle.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.centres.count
        return [
            .counts("cases", meaning: "number of cases", discloses: "the site's number of cases"),
            .unitScale(
                "cross_product", shape: [p * (p + 1) / 2],
                meaning: "upper triangle of the cross-products of the z-scored features",
                discloses: "the site's correlations of the features"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.missingValues` with the names of all features concerned.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let p = state.centres.count
        guard shard.featureCount == p, state.scales.count == p else {
            throw FederationError.wrongShape(block: "cross_product", expected: p, found: shard.featureCount)
        }
        try shard.requireFiniteFeatures()
        let specifications = blocks(for: state)
        var cases = ExactSum(specifications[0])
        cases.add(Double(shard.count))
        var products = ProductSum(specifications[1], order: p)
        let inverse = state.scales.map { $0 > 0 ? 1 / $0 : 0 }
        var z = [Double](repeating: 0, count: p)
        for row in 0..<shard.count {
            for column in 0..<p {
                z[column] = (shard.features[row * p + column] - state.centres[column]) * inverse[column]
            }
            products.add(z, weight: 1)
        }
        return Contribution(blocks: [try cases.block(), try products.block()])
    }

    /// The correlations; exactly 1 or -1 for identical columns, 0 with a constant feature.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, SymmetricMatrix> {
        let p = state.centres.count
        var matrix = SymmetricMatrix(order: p, upper: try sum.values("cross_product"))
        let squares = (0..<p).map { matrix[$0, $0] }
        var position = 0
        for i in 0..<p {
            for j in i..<p {
                let product = squares[i] * squares[j]
                let r = product > 0 ? matrix.upper[position] / product.squareRoot() : 0
                matrix.upper[position] = min(max(r, -1), 1)
                position += 1
            }
        }
        return .done(matrix)
    }
}
