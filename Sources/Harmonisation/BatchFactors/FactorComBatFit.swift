public import Federation

/// Exact distributed ComBat with several batch factors in one model, in four rounds: which combinations of levels occur,
/// their means, products about the means, and residual squares.
///
/// Locations of the factors add up, scales multiply (`FactorEstimation` has the definitions). A level, and a combination,
/// may have rows in several shards; the rows may be divided in any way.
public struct FactorComBatFit: Computation {
    /// `harmonisation.combat-factors`
    public static let identifier = "harmonisation.combat-factors"
    /// Most combinations of levels, those that do not occur included.
    public static let combinationLimit = 10_000
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the feature columns.
    ///   - covariates: names of the coded covariates.
    ///   - exponents: from `ExponentCensus`: features, then covariates.
    ///   - factors: factors and their public level tables, the coarsest first; a row's batch is a combination of levels
    ///     (`BatchCombination`).
    ///   - method: empirical Bayes of the first factor; the others are shrunk by the normal law of their level's effects.
    ///   - smooth: for each smooth term the positions of its covariates, as of `ComBatFit`.
    ///   - classes: class of each feature, whose priors are its own; nil for one class.
    ///   - caseMinimum: a site with fewer rows of a combination, but not none, refuses to send their sum.
    public init(
        features: [String], covariates: [String], exponents: [Int], factors: [BatchFactor],
        method: ComBatMethod = .parametric, smooth: [[Int]] = [], classes: [String]? = nil, caseMinimum: Int = 1
    ) {
        precondition(exponents.count == features.count + covariates.count, "an exponent for each column")
        precondition(!factors.isEmpty, "one factor at least")
        specification = State(
            features: features, covariates: covariates, exponents: exponents, factors: factors, method: method,
            smooth: smooth.isEmpty ? nil : smooth, classes: classes, caseMinimum: caseMinimum)
    }

    /// What is harmonised, and what is known of it so far.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the feature columns.
        public let features: [String]
        /// Names of the covariates.
        public let covariates: [String]
        /// Binary exponents: features, then covariates.
        public let exponents: [Int]
        /// Factors and their levels; after the first round those that occur.
        public internal(set) var factors: [BatchFactor]
        /// Empirical Bayes of the first factor.
        public let method: ComBatMethod
        /// Positions of the covariates of each smooth term; nil without.
        public let smooth: [[Int]]?
        /// Class of each feature; nil for one class.
        public let classes: [String]?
        /// A site with fewer rows of a combination refuses to send their sum.
        public let caseMinimum: Int
        /// Level of each factor, combination by combination; nil in the first round.
        public internal(set) var combinations: [[Int]]?
        /// Rows of each combination.
        public internal(set) var counts: [Double]?
        /// Means on unit scale, combinations x (covariates, features); nil before the third round.
        public internal(set) var means: [Double]?
        /// The pooled regression; nil before the fourth round.
        public internal(set) var model: ComBatModel?
        /// Sum of squares about the mean of each combination, scaled, combinations x features.
        public internal(set) var squares: [Double]?
    }

    /// What is harmonised.
    public func initialState() -> State { specification }

    /// The blocks of the four rounds when that many combinations of levels occur.
    public func everyRound(combinations: Int) -> [[BlockSpecification]] {
        var (second, third, fourth) = (specification, specification, specification)
        second.combinations = [[Int]](repeating: [], count: combinations)
        third.combinations = second.combinations
        third.means = []
        fourth.combinations = second.combinations
        fourth.means = []
        fourth.model = ComBatModel(
            features: [], covariates: [], method: specification.method, cases: 0, beta: [], grandMean: [],
            pooledStandardDeviation: [], passedThrough: [])
        return [specification, second, third, fourth].map(blocks)
    }

    /// Counts of combinations, means, products, residual squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        let (p, q) = (state.features.count, state.covariates.count)
        guard let combinations = state.combinations else {
            return [
                .counts(
                    "combination", shape: state.factors.map(\.levels.count),
                    meaning: "number of cases of each combination of levels",
                    discloses: "the site's scanners and settings, and how many cases each has")
            ]
        }
        let width = combinations.count
        guard state.means != nil else {
            return [
                .unitScale(
                    "combination_sum", shape: [width, q + p],
                    meaning: "sums of covariates and features over each combination of levels, scaled",
                    discloses: "the site's means of covariates and features for each combination")
            ]
        }
        guard state.model != nil else {
            let covariates: [BlockSpecification] =
                q > 0
                ? [
                    .unitScale(
                        "covariate_product", shape: [q * (q + 1) / 2],
                        meaning:
                            "upper triangle of the covariates' cross-products about the combinations' means, scaled",
                        discloses: "the site's covariance of the covariates"),
                    .unitScale(
                        "cross_product", shape: [q, p],
                        meaning: "cross-products of covariates and features about the combinations' means, scaled",
                        discloses: "the site's covariance of covariates and features"),
                ] : []
            return [
                .unitScale(
                    "combination_square", shape: [width, p],
                    meaning: "sums of squares of the features about the combinations' means, scaled",
                    discloses: "the site's spread of each feature for each combination")
            ] + covariates
        }
        return [
            .unitScale(
                "residual_square", shape: [width, p],
                meaning: "sums of squares of the standardised residuals about the combinations' means",
                discloses: "the site's residual spread of each feature for each combination")
        ]
    }

    /// Sums over the site's rows; the same bits whatever their order.
    ///
    /// - Throws: `HarmonisationError` naming the column, level or combination; `FederationError` for values beyond the census.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        try shard.requireColumns(features: state.features, covariates: state.covariates)
        guard state.exponents.count == state.features.count + state.covariates.count else {
            throw HarmonisationError.columnsDiffer("(exponents)")
        }
        try shard.requireFiniteFeatures()
        try shard.requireFiniteCovariates()
        let levels = try FactorLevels(state.factors, of: shard)
        let sums = FactorSums(shard: shard, state: state, specifications: blocks(for: state))
        guard let combinations = state.combinations else { return try sums.counts(levels) }
        let places = try levels.places(in: combinations)
        guard let means = state.means else { return try sums.means(places) }
        guard means.count == combinations.count * state.exponents.count else {
            throw HarmonisationError.columnsDiffer("(means)")
        }
        guard let model = state.model else { return try sums.products(places, means: means) }
        return try sums.residuals(places, means: means, model: model)
    }

    /// The next round, or the model.
    ///
    /// - Throws: `HarmonisationError` naming factors, levels or covariates.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, FactorComBatModel> {
        guard let combinations = state.combinations, let counts = state.counts else {
            return .broadcast(try afterCounts(state, sum))
        }
        var following = state
        let width = state.exponents.count
        guard let means = state.means else {
            let sums = try sum.values("combination_sum")
            following.means = sums.indices.map { sums[$0] / counts[$0 / width] }
            return .broadcast(following)
        }
        let design = try FactorDesign(factors: state.factors, combinations: combinations, counts: counts)
        let moments = FactorMoments(state: state, design: design, means: means)
        guard let model = state.model else {
            let squares = try sum.values("combination_square")
            following.model = try moments.regression(sum, squares: squares)
            following.squares = squares
            return .broadcast(following)
        }
        let estimation = FactorEstimation(
            design: design, model: model, means: moments.standardised(model),
            squares: try sum.values("residual_square"))
        return .done(
            FactorComBatModel(
                combat: model, factors: try estimation.effects(),
                combinations: zip(combinations, counts).map { levels, count in
                    FittedCombination(
                        levels: zip(levels, state.factors).map { $1.levels[$0] }, cases: Int(count))
                }))
    }

    /// Levels and combinations that occur.
    private func afterCounts(_ state: State, _ sum: Contribution) throws -> State {
        let counts = try sum.values("combination")
        guard counts.contains(where: { $0 > 0 }) else { throw HarmonisationError.noCases }
        let all = counts.indices.filter { counts[$0] > 0 }.map { FactorLevels.levels(of: $0, state.factors) }
        var following = state
        var positions: [[Int: Int]] = []
        following.factors = state.factors.enumerated().map { factor, table in
            let used = Set(all.map { $0[factor] }).sorted()
            positions.append(Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) }))
            return BatchFactor(name: table.name, levels: used.map { table.levels[$0] })
        }
        following.combinations = all.map { levels in zip(levels, positions).map { $1[$0, default: 0] } }
        following.counts = counts.filter { $0 > 0 }
        // Errors of the design come before any other number leaves a site.
        let design = try FactorDesign(
            factors: following.factors, combinations: following.combinations ?? [], counts: following.counts ?? [])
        for factor in design.factors.indices.dropFirst() {
            _ = try FactorStep(design, factor: factor, weights: design.counts)
        }
        return following
    }
}
