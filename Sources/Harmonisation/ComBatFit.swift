public import Federation

/// Exact distributed ComBat (Johnson 2007) in one round: the pooled regression of the features on the covariates within
/// batches, by Frisch-Waugh from within-batch centred moments.
///
/// No row, no design row and no batch column leaves; per-batch location and scale are estimated at the site afterwards
/// and stay there. A batch must lie wholly within one shard.
public struct ComBatFit: BatchwiseComputation {
    /// `harmonisation.combat`
    public static let identifier = "harmonisation.combat"
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the feature columns.
    ///   - covariates: names of the coded covariates.
    ///   - exponents: from `ExponentCensus`: features, then covariates.
    ///   - method: what the sites do with the model.
    ///   - smooth: for each smooth term the positions of the covariates that share its penalty, the sum of their
    ///     squared coefficients; its weight is chosen for each feature.
    ///   - penalty: how the weights of their penalties are chosen.
    public init(
        features: [String], covariates: [String], exponents: [Int], method: ComBatMethod = .parametric,
        smooth: [[Int]] = [], penalty: PenaltyChoice = .generalisedCrossValidation
    ) {
        precondition(exponents.count == features.count + covariates.count, "an exponent for each column")
        specification = State(
            features: features, covariates: covariates, exponents: exponents, method: method,
            smooth: smooth.isEmpty ? nil : smooth, penalty: penalty == .generalisedCrossValidation ? nil : penalty)
    }

    /// What is harmonised, and on which scale.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the feature columns.
        public let features: [String]
        /// Names of the covariates.
        public let covariates: [String]
        /// Binary exponents: features, then covariates.
        public let exponents: [Int]
        /// What the sites do with the model.
        public let method: ComBatMethod
        /// Positions of the covariates of each smooth term; nil without.
        public let smooth: [[Int]]?
        /// How the weights of their penalties are chosen; nil for the lowest generalised cross-validation score.
        public let penalty: PenaltyChoice?
    }

    /// What is harmonised.
    public func initialState() -> State { specification }

    /// The pooled normal equations.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.features.count
        let q = state.covariates.count
        var blocks: [BlockSpecification] = [
            .cases, .batches, .constant(features: p),
            .unitScale(
                "feature_sum", shape: [p], meaning: "sum of each feature, scaled",
                discloses: "the site's mean of each feature"),
            .unitScale(
                "feature_square", shape: [p], meaning: "sum of squares of each feature about its batch mean, scaled",
                discloses: "the site's spread of each feature"),
        ]
        if q > 0 {
            blocks += [
                .unitScale(
                    "covariate_sum", shape: [q], meaning: "sum of each covariate, scaled",
                    discloses: "the site's mean of each covariate"),
                .unitScale(
                    "covariate_product", shape: [q * (q + 1) / 2],
                    meaning: "upper triangle of the covariates' cross-products about batch means, scaled",
                    discloses: "the site's covariance of the covariates"),
                .unitScale(
                    "cross_product", shape: [q, p],
                    meaning: "cross-products of covariates and features about batch means, scaled",
                    discloses: "the site's covariance of covariates and features"),
            ]
        }
        return blocks
    }

    /// Sums over the site's batches, whose rows are read twice.
    ///
    /// - Throws: `HarmonisationError` naming the columns, `FederationError` for values beyond the census.
    public func contribute(_ source: some RowSource, to state: State) throws -> Contribution {
        let p = state.features.count
        let q = state.covariates.count
        try source.requireColumns(features: state.features, covariates: state.covariates)
        guard state.exponents.count == p + q else { throw HarmonisationError.columnsDiffer("(exponents)") }
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(Double(source.count))
        sums[1].add(Double(source.batches.count))
        var within = WithinBatchSums(
            scales: state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }, p: p, q: q,
            constant: sums[2], featureSum: sums[3], featureSquare: sums[4],
            covariate: q > 0 ? (sums[5], sums[6], sums[7]) : nil)
        for batch in source.batches.indices { try within.add(batch, of: source) }
        let finished =
            [sums[0], sums[1], within.constant, within.featureSum, within.featureSquare]
            + (within.covariate.map { [$0.sum, $0.product, $0.cross] } ?? [])
        do {
            return Contribution(blocks: try finished.map { try $0.block() })
        } catch {
            // The sums remember that a value was not finite; whose it was is worth another pass.
            try source.requireFiniteFeatures()
            throw error
        }
    }

    /// The model.
    ///
    /// - Throws: `HarmonisationError.confounded` naming the covariates, `.tooFewCases`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, ComBatModel> {
        let q = state.covariates.count
        let n = try sum.scalar("cases")
        let batches = try sum.scalar("batches")
        guard n > batches + Double(q) else {
            throw HarmonisationError.tooFewCases(cases: Int(n), needed: Int(batches) + q)
        }
        let within = PooledRegression(
            features: state.features, covariates: state.covariates, exponents: state.exponents, smooth: state.smooth,
            penalty: state.penalty,
            cases: n, intercepts: batches, featureSum: try sum.values("feature_sum"),
            featureSquare: try sum.values("feature_square"),
            covariateSum: q > 0 ? try sum.values("covariate_sum") : [],
            covariateProduct: q > 0 ? try sum.values("covariate_product") : [],
            crossProduct: q > 0 ? try sum.values("cross_product") : [])
        return .done(try within.model(method: state.method, constant: try sum.values("constant")))
    }
}
