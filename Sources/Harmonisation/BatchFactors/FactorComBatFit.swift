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
    ///   - penalty: how the weights of their penalties are chosen.
    ///   - classes: class of each feature, whose priors are its own; nil for one class.
    ///   - caseMinimum: a site with fewer rows of a combination, but not none, refuses to send their sum.
    ///   - reference: level of each factor; grand mean and residual variance become those of the rows with these levels, which
    ///     stay unchanged, and effects are differences to those of these levels. Nil for the mean of all rows.
    ///   - pooled: the pooled regression where it is known already (of `RandomInterceptFit`, whose rows come without their
    ///     patients' intercepts), so that the third round falls away; nil to fit it. It has the method, and the classes.
    ///   - allowsMissing: whether features may have missing values (NaN), as in `IncompleteComBatFit`.
    public init(
        features: [String], covariates: [String], exponents: [Int], factors: [BatchFactor],
        method: ComBatMethod = .parametric, smooth: [[Int]] = [],
        penalty: PenaltyChoice = .generalisedCrossValidation, classes: [String]? = nil, caseMinimum: Int = 1,
        reference: [String]? = nil, pooled: ComBatModel? = nil, allowsMissing: Bool = false
    ) {
        precondition(exponents.count == features.count + covariates.count, "an exponent for each column")
        precondition(!factors.isEmpty, "one factor at least")
        precondition(reference.map { $0.count == factors.count } ?? true, "a reference level for each factor")
        specification = State(
            features: features, covariates: covariates, exponents: exponents, factors: factors, method: method,
            smooth: smooth.isEmpty ? nil : smooth, penalty: penalty == .generalisedCrossValidation ? nil : penalty,
            classes: classes, caseMinimum: caseMinimum,
            reference: reference, pooled: pooled, allowsMissing: allowsMissing ? true : nil)
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

    /// Sums over the site's rows; the same bits whatever their order.
    ///
    /// - Throws: `HarmonisationError` naming the column, level or combination; `FederationError` for values beyond the census.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        try shard.requireColumns(features: state.features, covariates: state.covariates)
        guard state.exponents.count == state.features.count + state.covariates.count else {
            throw HarmonisationError.columnsDiffer("(exponents)")
        }
        try state.allowsMissing == nil ? shard.requireFiniteFeatures() : shard.requireNoInfiniteFeatures()
        try shard.requireFiniteCovariates()
        let levels = try FactorLevels(state.factors, of: shard)
        let sums = FactorSums(shard: shard, state: state, specifications: blocks(for: state))
        guard let combinations = state.combinations else { return try sums.counts(levels) }
        let places = try levels.places(in: combinations)
        guard state.allowsMissing == nil else {
            let own = IncompleteFactorSums(shard: shard, state: state, specifications: sums.specifications)
            return try own.sums(places)
        }
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
        let design = try FactorDesign(
            factors: state.factors, combinations: combinations, counts: counts, reference: referenceLevels(state))
        guard let means = state.means else {
            let sums = try sum.values("combination_sum")
            guard state.allowsMissing == nil else {
                following.present = try sum.values("combination_values")
                try IncompleteFactorMoments(state: following, design: design, means: []).requirePresent()
                following.means = following.incompleteMeans(sums)
                following.model = state.pooled
                return .broadcast(following)
            }
            let width = state.exponents.count
            following.means = sums.indices.map { sums[$0] / counts[$0 / width] }
            following.model = state.pooled
            return .broadcast(following)
        }
        guard let model = state.model else {
            let squares = try sum.values("combination_square")
            following.model =
                state.allowsMissing == nil
                ? try FactorMoments(state: state, design: design, means: means).regression(sum, squares: squares)
                : try IncompleteFactorMoments(state: state, design: design, means: means)
                    .regression(sum, squares: squares)
            following.squares = squares
            return .broadcast(following)
        }
        let standardised =
            state.allowsMissing == nil
            ? FactorMoments(state: state, design: design, means: means).standardised(model)
            : IncompleteFactorMoments(state: state, design: design, means: means).standardised(model)
        let anchored = try AnchoredMoments(
            design, model: model, means: standardised, squares: try sum.values("residual_square"),
            present: state.present)
        let estimation = FactorEstimation(
            design: design, model: anchored.model, means: anchored.means, squares: anchored.squares,
            present: state.present)
        return .done(
            FactorComBatModel(
                combat: anchored.model, factors: try estimation.effects(),
                combinations: zip(combinations, counts).map { levels, count in
                    FittedCombination(
                        levels: zip(levels, state.factors).map { $1.levels[$0] }, cases: Int(count))
                }))
    }

    /// Levels of the reference among those that occur.
    ///
    /// - Throws: `HarmonisationError.unknownLevel`.
    private func referenceLevels(_ state: State) throws(HarmonisationError) -> [Int]? {
        guard let reference = state.reference else { return nil }
        var levels: [Int] = []
        for (factor, level) in zip(state.factors, reference) {
            guard let place = factor.levels.firstIndex(of: level) else {
                throw .unknownLevel(factor: factor.name, level: level)
            }
            levels.append(place)
        }
        return levels
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
            factors: following.factors, combinations: following.combinations ?? [], counts: following.counts ?? [],
            reference: referenceLevels(following))
        try AnchoredMoments.requireReference(design)
        for factor in design.factors.indices.dropFirst() {
            _ = try FactorStep(design, factor: factor, weights: design.counts)
        }
        return following
    }
}
