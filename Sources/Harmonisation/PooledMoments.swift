public import Federation

/// Pooled mean and standard deviation of each feature column: sums, then squares about the pooled mean.
///
/// Two rounds avoid the cancellation of one pass; relative error about 1e-15.
public struct PooledMoments: Computation {
    /// `harmonisation.pooled-moments`
    public static let identifier = "harmonisation.pooled-moments"
    let exponents: [Int]

    /// Creates the computation; `exponents` are those of `ExponentCensus` for the feature columns.
    public init(exponents: [Int]) { self.exponents = exponents }

    /// Scales, and from the second round on the pooled means.
    public struct State: Codable, Sendable, Equatable {
        /// Binary exponent of each column.
        public let exponents: [Int]
        /// Number of cases, second round.
        public let count: Double?
        /// Pooled means in the columns' own units, second round.
        public let means: [Double]?

        /// Creates a broadcast.
        public init(exponents: [Int], count: Double?, means: [Double]?) {
            self.exponents = exponents
            self.count = count
            self.means = means
        }
    }

    /// Moments of each column.
    public struct Result: Sendable, Equatable, Codable {
        /// Number of cases.
        public let count: Int
        /// Pooled means.
        public let means: [Double]
        /// Pooled standard deviations with denominator n (as scikit-learn's StandardScaler).
        public let standardDeviations: [Double]

        /// Pooled standard deviations with denominator n - 1 (as R's `sd`).
        public var sampleStandardDeviations: [Double] {
            let correction = (Double(count) / Double(max(count - 1, 1))).squareRoot()
            return standardDeviations.map { $0 * correction }
        }
    }

    /// The scales.
    public func initialState() -> State { State(exponents: exponents, count: nil, means: nil) }

    /// Count and sums, then squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.exponents.count
        if state.means == nil {
            return [
                .cases,
                .unitScale(
                    "sum", shape: [p], meaning: "sum of each column, scaled by its public power of two",
                    discloses: "the site's mean of each column"),
            ]
        }
        return [
            .unitScale(
                "square", shape: [p], meaning: "sum of squares about the pooled mean of each column, scaled",
                discloses: "the site's spread of each column about the pooled mean")
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `HarmonisationError.missingValues` with the names of all features concerned.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let p = state.exponents.count
        guard shard.featureCount == p else {
            throw FederationError.wrongShape(block: "sum", expected: p, found: shard.featureCount)
        }
        if let means = state.means, means.count != p {
            throw FederationError.wrongShape(block: "square", expected: p, found: means.count)
        }
        try shard.requireFiniteFeatures()
        let scales = state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }
        let specifications = blocks(for: state)
        guard let means = state.means else {
            var count = ExactSum(specifications[0])
            var sum = ExactSum(specifications[1])
            count.add(Double(shard.count))
            for row in 0..<shard.count {
                for column in 0..<p { sum.add(shard.features[row * p + column] * scales[column], at: column) }
            }
            return Contribution(blocks: [try count.block(), try sum.block()])
        }
        var square = ExactSum(specifications[0])
        for row in 0..<shard.count {
            for column in 0..<p {
                let deviation = (shard.features[row * p + column] - means[column]) * scales[column]
                square.add(deviation * deviation, at: column)
            }
        }
        return Contribution(blocks: [try square.block()])
    }

    /// The means, then the result.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let units = state.exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        guard let means = state.means, let count = state.count else {
            let n = try sum.scalar("cases")
            guard n > 0 else { throw HarmonisationError.noCases }
            let sums = try sum.values("sum")
            return .broadcast(
                State(exponents: state.exponents, count: n, means: zip(sums, units).map { $0 / n * $1 }))
        }
        let squares = try sum.values("square")
        return .done(
            Result(
                count: Int(count), means: means,
                standardDeviations: zip(squares, units).map { ($0 / count).squareRoot() * $1 }))
    }
}
