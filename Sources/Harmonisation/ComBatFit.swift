public import Federation
import LinearAlgebra

/// Exact distributed ComBat (Johnson 2007) in one round: the pooled regression of the features on the covariates within
/// batches, by Frisch-Waugh from within-batch centred moments.
///
/// No row, no design row and no batch column leaves; per-batch location and scale are estimated at the site afterwards
/// and stay there. A batch must lie wholly within one shard.
public struct ComBatFit: Computation {
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
    ///     squared coefficients; its weight is chosen for each feature by generalised cross-validation.
    public init(
        features: [String], covariates: [String], exponents: [Int], method: ComBatMethod = .parametric,
        smooth: [[Int]] = []
    ) {
        precondition(exponents.count == features.count + covariates.count, "an exponent for each column")
        specification = State(
            features: features, covariates: covariates, exponents: exponents, method: method,
            smooth: smooth.isEmpty ? nil : smooth)
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
    }

    /// What is harmonised.
    public func initialState() -> State { specification }

    /// The pooled normal equations.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.features.count
        let q = state.covariates.count
        var blocks: [BlockSpecification] = [
            .counts("cases", meaning: "number of cases", discloses: "the site's number of cases"),
            .counts("batches", meaning: "number of batches", discloses: "the site's number of batches"),
            .counts(
                "constant", shape: [p], meaning: "batches within which the feature is constant",
                discloses: "which features do not vary within a batch of the site"),
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

    /// Sums over the site's batches; the same bits whatever the order of the rows.
    ///
    /// - Throws: `HarmonisationError` naming the columns, `FederationError` for values beyond the census.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let p = state.features.count
        let q = state.covariates.count
        try shard.requireColumns(features: state.features, covariates: state.covariates)
        guard state.exponents.count == p + q else { throw HarmonisationError.columnsDiffer("(exponents)") }
        try shard.requireFiniteCovariates()
        var sums = blocks(for: state).map(ExactSum.init)
        let batches = shard.rowsByBatch()
        sums[0].add(Double(shard.count))
        sums[1].add(Double(batches.count))
        var within = WithinBatchSums(
            scales: state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }, p: p, q: q,
            constant: sums[2], featureSum: sums[3], featureSquare: sums[4],
            covariate: q > 0 ? (sums[5], sums[6], sums[7]) : nil)
        for rows in batches { try within.add(rows, of: shard) }
        let finished =
            [sums[0], sums[1], within.constant, within.featureSum, within.featureSquare]
            + (within.covariate.map { [$0.sum, $0.product, $0.cross] } ?? [])
        do {
            return Contribution(blocks: try finished.map { try $0.block() })
        } catch {
            // The sums remember that a value was not finite; whose it was is worth another pass.
            try shard.requireFiniteFeatures()
            throw error
        }
    }

    /// The model.
    ///
    /// - Throws: `HarmonisationError.confounded` naming the covariates, `.tooFewCases`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, ComBatModel> {
        let p = state.features.count
        let q = state.covariates.count
        let n = try sum.scalar("cases")
        let batches = try sum.scalar("batches")
        guard n > batches + Double(q) else {
            throw HarmonisationError.tooFewCases(cases: Int(n), needed: Int(batches) + q)
        }
        let constant = try sum.values("constant")
        let featureSum = try sum.values("feature_sum")
        let featureSquare = try sum.values("feature_square")
        let covariateSum = q > 0 ? try sum.values("covariate_sum") : []
        let cross = q > 0 ? try sum.values("cross_product") : []
        let scaled = try coefficients(sum, state: state, cases: n, cross: cross)
        let products = SymmetricMatrix(order: q, upper: q > 0 ? try sum.values("covariate_product") : [])
        let units = state.exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        var beta: [Double] = []
        var grandMean: [Double] = []
        var deviation: [Double] = []
        var passedThrough: [String] = []
        for column in 0..<p {
            var grand = featureSum[column] / n
            var residual = featureSquare[column]
            for i in 0..<q {
                let own = scaled[column * q + i]
                grand -= covariateSum[i] / n * own
                residual -= own * cross[i * p + column]
                if state.smooth != nil {
                    // A penalised fit is no projection: y'y - 2 b'c + b'Gb.
                    var fitted = -cross[i * p + column]
                    for j in 0..<q { fitted += products[i, j] * scaled[column * q + j] }
                    residual += own * fitted
                }
                beta.append(scaled[column * q + i] * units[column] / units[p + i])
            }
            // What remains below 1e-13 of the spread is rounding, not a residual.
            let varies = residual > 1e-13 * featureSquare[column]
            grandMean.append(grand * units[column])
            deviation.append(varies ? (residual / n).squareRoot() * units[column] : 0)
            let isSkipped = constant[column] > 0 && state.method != .parametricNeuroCombat
            if isSkipped || !varies { passedThrough.append(state.features[column]) }
        }
        return .done(
            ComBatModel(
                features: state.features, covariates: state.covariates, method: state.method, cases: Int(n),
                beta: beta, grandMean: grandMean, pooledStandardDeviation: deviation, passedThrough: passedThrough))
    }

    /// Coefficients of the scaled regression, feature by feature (`p x q`).
    private func coefficients(_ sum: Contribution, state: State, cases: Double, cross: [Double]) throws -> [Double] {
        let p = state.features.count
        let q = state.covariates.count
        guard q > 0 else { return [] }
        let regression = try WithinBatchRegression(
            products: SymmetricMatrix(order: q, upper: try sum.values("covariate_product")),
            covariates: state.covariates, cases: cases)
        guard let smooth = state.smooth else {
            return (0..<p).flatMap { column in regression.solve((0..<q).map { cross[$0 * p + column] }) }
        }
        let squares = try sum.values("feature_square")
        let penalised = PenalisedRegression(
            regression, groups: smooth,
            units: (0..<q).map { Double(sign: .plus, exponent: state.exponents[p + $0], significand: 1) },
            cases: cases, intercepts: try sum.scalar("batches"))
        return try (0..<p).flatMap { column in
            try penalised.solve((0..<q).map { cross[$0 * p + column] }, square: squares[column])
        }
    }
}
