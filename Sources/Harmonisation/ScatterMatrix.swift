public import Federation
public import LinearAlgebra

/// Pooled cross-products of standardised columns in one round: their correlation matrix when means and standard deviations
/// are pooled.
public struct ScatterMatrix: Computation {
    /// `harmonisation.scatter-matrix`
    public static let identifier = "harmonisation.scatter-matrix"
    let specification: State

    /// Creates the computation; `means` and `deviations` are those of `PooledMoments` for the feature columns. A column of
    /// deviation 0 counts as 0 throughout.
    public init(means: [Double], deviations: [Double]) {
        precondition(means.count == deviations.count, "a mean and a deviation for each column")
        specification = State(means: means, deviations: deviations)
    }

    /// What the columns are standardised with.
    public struct State: Codable, Sendable, Equatable {
        /// Mean of each column.
        public let means: [Double]
        /// Standard deviation of each column; 0 for one that is left out.
        public let deviations: [Double]
    }

    /// What the columns are standardised with.
    public func initialState() -> State { specification }

    /// The number of cases and the upper triangle.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.means.count
        return [
            .cases,
            .unitScale(
                "product", shape: [p * (p + 1) / 2],
                meaning: "upper triangle of cross-products of standardised columns",
                discloses: "the site's correlations of the features"),
        ]
    }

    /// Products of the site's rows.
    ///
    /// - Throws: `FederationError` for another number of columns; `HarmonisationError.missingValues`.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let p = state.means.count
        guard shard.featureCount == p else {
            throw FederationError.wrongShape(block: "product", expected: p, found: shard.featureCount)
        }
        try shard.requireFiniteFeatures()
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(Double(shard.count))
        let (z, terms) = (DoubleRow(p), DoubleRow(p))
        // Row i of the triangle, from column i on.
        var triangle = (0..<p).map { ExactRows(width: p - $0) }
        for row in 0..<shard.count {
            for column in 0..<p {
                let deviation = state.deviations[column]
                z.start[column] =
                    deviation > 0 ? (shard.features[row * p + column] - state.means[column]) / deviation : 0
            }
            for i in 0..<p {
                FeatureBlock.multiply(z.start + i, by: z.start[i], into: terms.start, count: p - i)
                triangle[i].add(terms.start, to: &sums[1], at: SymmetricMatrix.position(i, i, order: p))
            }
        }
        for i in 0..<p { triangle[i].flush(into: &sums[1], at: SymmetricMatrix.position(i, i, order: p)) }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The products divided by the number of cases.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, SymmetricMatrix> {
        let n = try sum.scalar("cases")
        guard n > 0 else { throw HarmonisationError.noCases }
        return .done(
            SymmetricMatrix(order: state.means.count, upper: try sum.values("product").map { $0 / n }))
    }
}
