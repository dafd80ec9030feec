public import Federation
public import Statistics

/// All chance-corrected coefficients of two readers over all sites, with standard errors, from the sum of the sites' confusion
/// tables (the block of `PooledKappa`), in one round.
public struct PooledPairAgreement: Computation {
    /// `agreement.pair`
    public static let identifier = "agreement.pair"
    private let sums: PooledKappa
    private let weights: WeightedAgreement.Weights

    /// Creates the computation for a number of ordered categories.
    ///
    /// - Parameter weights: how disagreements count.
    public init(categories: Int, weights: WeightedAgreement.Weights) {
        sums = PooledKappa(categories: categories)
        self.weights = weights
    }

    /// The number of categories.
    public typealias State = PooledKappa.State

    /// Agreement of two readers over all sites; each is `notEstimable`, never 0, if one category only was used.
    public struct Result: Sendable, Equatable, Codable {
        /// Cohen's kappa, which is Conger's of two readers, with Fleiss, Cohen and Everitt's standard error.
        public let cohen: Estimate
        /// Scott's pi (1955), which is Fleiss' kappa of two readers.
        public let scott: Estimate
        /// Brennan and Prediger's kappa.
        public let brennanPrediger: Estimate
        /// Gwet's AC1, or AC2 with weights.
        public let gwet: Estimate
        /// Krippendorff's alpha for the weights.
        public let krippendorff: Estimate
    }

    /// The number of categories.
    public func initialState() -> State { sums.initialState() }

    /// The confusion table.
    public func blocks(for state: State) -> [BlockSpecification] { sums.blocks(for: state) }

    /// Counts the site's cases.
    ///
    /// - Throws: `AgreementError.unknownCategory`.
    public func contribute(_ shard: PairedRatings, to state: State) throws -> Contribution {
        try sums.contribute(shard, to: state)
    }

    /// The coefficients.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let table = try sum.values("ratings").map { Int($0) }
        let agreement = WeightedAgreement(table: table, weights: weights)
        return .done(
            Result(
                cohen: CohenKappa.estimate(table: table, weights: weights.cohen), scott: agreement.fleiss,
                brennanPrediger: agreement.brennanPrediger, gwet: agreement.gwet,
                krippendorff: agreement.krippendorff))
    }
}
