import CKernels
public import Federation

/// `MinimumRedundancy` by a round for each feature: the correlations with the feature selected last, instead of those of all pairs.
///
/// For 30 of 1,500 features that is 30 rounds with 0.7 MB from each site in place of one with 18 MB, and a 25th of the work; the
/// selection is the same, bit by bit.
public struct MinimumRedundancyFit: Computation {
    /// `learning.minimum-redundancy`
    public static let identifier = "learning.minimum-redundancy"

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - centres: pooled mean of each feature.
    ///   - scales: pooled standard deviation of each feature; 0 for a constant one.
    ///   - relevance: F of the analysis of variance of each feature; one without is not selected.
    ///   - count: number of features to select at most.
    public init(
        centres: [Double], scales: [Double], relevance: [Double], count: Int,
        denominator: MinimumRedundancy.Denominator = .mean
    ) {
        precondition(
            centres.count == scales.count && centres.count == relevance.count, "three numbers for each feature")
        precondition(count > 0, "at least one feature")
        specification = State(
            centres: centres, scales: scales, count: count, squares: nil,
            choice: MinimumRedundancy.Choice(relevance: relevance, denominator: denominator))
    }

    /// What is selected so far.
    public struct State: Codable, Sendable, Equatable {
        /// Pooled means.
        public let centres: [Double]
        /// Pooled standard deviations.
        public let scales: [Double]
        /// Number of features to select at most.
        public let count: Int
        /// Sums of squares of the z-scored features; nil before the first round.
        var squares: [Double]?
        var choice: MinimumRedundancy.Choice
    }

    /// Nothing selected.
    public func initialState() -> State { specification }

    /// Squares, then products with one feature.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.centres.count
        guard state.squares != nil else {
            return [
                .unitScale(
                    "square", shape: [p], meaning: "sum of squares of each z-scored feature",
                    discloses: "the site's spread of each feature")
            ]
        }
        return [
            .unitScale(
                "product", shape: [p], meaning: "sum of products of each z-scored feature with the one selected last",
                discloses: "the site's correlation of each feature with one other")
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.missingValues` with the names of all features concerned.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let p = state.centres.count
        let specification = blocks(for: state)[0]
        guard shard.featureCount == p, state.scales.count == p else {
            throw FederationError.wrongShape(block: specification.name, expected: p, found: shard.featureCount)
        }
        // Later rounds would find a value that is missing in the sum.
        if state.squares == nil { try shard.requireFiniteFeatures() }
        let inverse = state.scales.map { $0 > 0 ? 1 / $0 : 0 }
        let last = state.choice.selected.last
        guard last.map({ (0..<p).contains($0) }) ?? true else {
            throw FederationError.wrongShape(block: specification.name, expected: p, found: shard.featureCount)
        }
        var sum = WeightedRowSum(specification)
        var z = [Double](repeating: 0, count: p)
        for row in 0..<shard.count {
            shard.features.withUnsafeBufferPointer { features in
                guard let features = features.baseAddress else { return }
                cproducts_scores(p, features + row * p, state.centres, inverse, &z)
            }
            if state.squares == nil {
                sum.add(z.map { $0 * $0 })
            } else if let last {
                sum.add(z, weight: z[last])
            }
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// The next feature.
    public func next(after current: State, sum: Contribution) throws -> ComputationStep<State, [Int]> {
        var state = current
        let isChosen: Bool
        if let squares = state.squares {
            let products = try sum.values("product")
            let last = state.choice.selected.last ?? 0
            isChosen = state.choice.choose { feature in
                let product = squares[feature] * squares[last]
                return product > 0 ? min(max(products[feature] / product.squareRoot(), -1), 1) : 0
            }
        } else {
            state.squares = try sum.values("square")
            isChosen = state.choice.choose { _ in 0 }
        }
        return isChosen && state.choice.selected.count < state.count
            ? .broadcast(state) : .done(state.choice.selected)
    }
}
