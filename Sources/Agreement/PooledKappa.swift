public import Federation
public import Statistics

/// Agreement of two readers over all sites from the sum of the sites' confusion tables, in one round.
public struct PooledKappa: Computation {
    /// `agreement.pooled-kappa`
    public static let identifier = "agreement.pooled-kappa"
    let categories: Int

    /// Creates the computation for a number of ordered categories.
    public init(categories: Int) {
        precondition(categories >= 2, "at least two categories")
        self.categories = categories
    }

    /// The number of categories.
    public struct State: Codable, Sendable, Equatable {
        /// The number of categories.
        public let categories: Int
    }

    /// Agreement over all sites.
    public struct Result: Sendable, Equatable, Codable {
        /// Counts, row-major, the first reader's category is the row.
        public let table: [Int]
        /// Cohen's kappa: `notEstimable`, never 0, if one category only was used.
        public let kappa: Estimate
        /// Cohen's kappa with linear weights.
        public let linear: Estimate
        /// Cohen's kappa with quadratic weights.
        public let quadratic: Estimate
        /// Gwet's AC1, which does not fall when a category is rare.
        public let ac1: Estimate
    }

    /// The number of categories.
    public func initialState() -> State { State(categories: categories) }

    /// The confusion table.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "ratings", shape: [state.categories, state.categories], meaning: "cases by the ratings of two readers",
                discloses: "the site's rating table")
        ]
    }

    /// Counts the site's cases.
    ///
    /// - Throws: `AgreementError.unknownCategory`.
    public func contribute(_ shard: PairedRatings, to state: State) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        sum.add(try shard.table(categories: state.categories).map { Double($0) })
        return Contribution(blocks: [try sum.block()])
    }

    /// The agreement.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        let table = try sum.values("ratings").map { Int($0) }
        return .done(
            Result(
                table: table, kappa: CohenKappa.estimate(table: table),
                linear: CohenKappa.estimate(table: table, weights: .linear),
                quadratic: CohenKappa.estimate(table: table, weights: .quadratic),
                ac1: MultiReaderAgreement.gwetAC1(RatingProfile.profiles(table: table))))
    }
}
