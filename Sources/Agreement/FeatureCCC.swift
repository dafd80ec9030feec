public import Federation
public import Statistics

/// Lin's concordance coefficient of each feature between two acquisition protocols over all sites, from the sums of `FeatureICC`.
///
/// Two rounds: sums; then squares and products about the pooled mean of each feature.
public struct FeatureCCC: Computation {
    /// `agreement.feature-ccc`
    public static let identifier = "agreement.feature-ccc"
    private let sums: FeatureICC

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - exponents: public binary scale of each feature: values are divided by `2^exponent`.
    ///   - centres: public centre of each feature after scaling; `nil` to find the pooled means in a first round.
    public init(exponents: [Int], centres: [Double]? = nil) {
        sums = FeatureICC(exponents: exponents, centres: centres)
    }

    /// Scales, and once they are known the centres.
    public typealias State = FeatureICC.State

    /// The scales.
    public func initialState() -> State { sums.initialState() }

    /// Sums, then squares.
    public func blocks(for state: State) -> [BlockSpecification] { sums.blocks(for: state) }

    /// Sums over the site's cases; the two readings are those under the two protocols.
    public func contribute(_ shard: PairedFeatures, to state: State) throws -> Contribution {
        try sums.contribute(shard, to: state)
    }

    /// The centres, then the coefficient of each feature.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Estimate]> {
        let p = state.exponents.count
        switch try sums.next(after: state, sum: sum) {
        case .broadcast(let following): return .broadcast(following)
        case .done(let agreement):
            guard agreement.cases >= 3 else {
                let few = Estimate.notEstimable("fewer than three cases under both protocols")
                return .done([Estimate](repeating: few, count: p))
            }
            let squares = try sum.values("square")
            let deviations = try sum.values("reader_deviation")
            return .done(
                (0..<p).map { column in
                    let pair = PairSums(
                        centre: 0, count: Double(agreement.cases), sums: (deviations[column], deviations[p + column]),
                        squares: (squares[column], squares[p + column]), products: squares[2 * p + column])
                    return LinConcordance(pair)?.coefficient ?? .notEstimable("the readings do not vary")
                })
        }
    }
}
