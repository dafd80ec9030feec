public import Federation
import LinearAlgebra

/// Exact distributed ComBat of features with missing values (NaN) in one round: `ComBatFit` with normal equations for each
/// feature over the rows that have it. The grand mean weights batches by all of their rows, as R `sva` and `neuroCombat`.
///
/// A batch must lie wholly within one shard. Covariates are complete.
public struct IncompleteComBatFit: BatchwiseComputation {
    /// `harmonisation.combat-incomplete`
    public static let identifier = "harmonisation.combat-incomplete"
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the feature columns.
    ///   - covariates: names of the coded covariates.
    ///   - exponents: from `ExponentCensus` that allows missing values: features, then covariates.
    ///   - method: what the sites do with the model.
    ///   - missing: denominator of the residual variance.
    ///   - smooth: for each smooth term the positions of its covariates, as of `ComBatFit`; the weight of its penalty is that
    ///     of the rows that have the feature.
    ///   - penalty: how the weights of their penalties are chosen.
    public init(
        features: [String], covariates: [String], exponents: [Int], method: ComBatMethod = .parametric,
        missing: MissingValues = .values, smooth: [[Int]] = [],
        penalty: PenaltyChoice = .generalisedCrossValidation
    ) {
        precondition(exponents.count == features.count + covariates.count, "an exponent for each column")
        specification = State(
            features: features, covariates: covariates, exponents: exponents, method: method, missing: missing,
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
        /// Denominator of the residual variance.
        public let missing: MissingValues
        /// Positions of the covariates of each smooth term; nil without.
        public let smooth: [[Int]]?
        /// How the weights of their penalties are chosen; nil for the lowest generalised cross-validation score.
        public let penalty: PenaltyChoice?
    }

    /// What is harmonised.
    public func initialState() -> State { specification }

    /// The normal equations of each feature.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.features.count
        let q = state.covariates.count
        var blocks: [BlockSpecification] = [
            .cases, .batches,
            .counts(
                "values", shape: [p], meaning: "number of values of each feature",
                discloses: "how many values of a feature the site misses"),
            .constant(features: p),
            .counts(
                "absent", shape: [p], meaning: "batches without any value of the feature",
                discloses: "which features a batch of the site does not have"),
            .unitScale(
                "feature_mean", shape: [p], meaning: "batch means of each feature weighted by rows, scaled",
                discloses: "the site's mean of each feature"),
            .unitScale(
                "feature_square", shape: [p], meaning: "sum of squares of each feature about its batch mean, scaled",
                discloses: "the site's spread of each feature"),
        ]
        if q > 0 {
            blocks += [
                .unitScale(
                    "covariate_mean", shape: [p, q],
                    meaning: "batch means of each covariate over the rows with the feature, weighted by rows, scaled",
                    discloses: "the site's mean of each covariate where a feature is present"),
                .unitScale(
                    "covariate_product", shape: [p, q * (q + 1) / 2],
                    meaning: "covariates' cross-products about batch means over the rows with the feature, scaled",
                    discloses: "the site's covariance of the covariates where a feature is present"),
                .unitScale(
                    "cross_product", shape: [p, q],
                    meaning: "cross-products of covariates and feature about batch means, scaled",
                    discloses: "the site's covariance of covariates and features"),
            ]
        }
        return blocks
    }

    /// Sums over the site's batches, whose rows are read twice; the same bits whatever their order.
    ///
    /// - Throws: `HarmonisationError` naming the columns, `FederationError` for values beyond the census.
    public func contribute(_ source: some RowSource, to state: State) throws -> Contribution {
        try source.requireColumns(features: state.features, covariates: state.covariates)
        guard state.exponents.count == state.features.count + state.covariates.count else {
            throw HarmonisationError.columnsDiffer("(exponents)")
        }
        try source.requireNoInfiniteFeatures()
        let scales = state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) }
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(Double(source.count))
        sums[1].add(Double(source.batches.count))
        for batch in source.batches.indices { try add(batch, of: source, scales: scales, to: &sums) }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// Adds one batch: means over the rows that have a feature, then products about them.
    private func add(_ batch: Int, of source: some RowSource, scales: [Double], to sums: inout [ExactSum]) throws {
        let (p, q) = (source.featureNames.count, source.covariateNames.count)
        let rowCount = source.batches[batch].rows
        var present = PresentValues(features: p, covariates: q, scales: scales)
        try source.forEachChunk(of: batch) { table, rows in
            try table.requireFiniteCovariates(rows)
            for row in rows { present.add(row, of: table) }
        }
        let means = try present.means()
        for column in 0..<p {
            sums[2].add(Double(present.counts[column]), at: column)
            guard present.counts[column] > 0 else {
                sums[4].add(1, at: column)
                continue
            }
            if rowCount > 1, !present.varies[column] { sums[3].add(1, at: column) }
            let start = column * (1 + q)
            sums[5].add(Double(rowCount) * means[start], at: column)
            for i in 0..<q { sums[7].add(Double(rowCount) * means[start + 1 + i], at: column * q + i) }
        }
        var x = [Double](repeating: 0, count: q)
        try source.forEachChunk(of: batch) { table, rows in
            for row in rows {
                for column in 0..<p {
                    let value = table.features[row * p + column]
                    guard !value.isNaN else { continue }
                    let start = column * (1 + q)
                    let y = value * scales[column] - means[start]
                    sums[6].add(y * y, at: column)
                    for i in 0..<q { x[i] = table.covariates[row * q + i] * scales[p + i] - means[start + 1 + i] }
                    // Without covariates their blocks are not there.
                    guard q > 0 else { continue }
                    sums[8].addProducts(x[...], from: column * q * (q + 1) / 2)
                    for i in 0..<q { sums[9].add(x[i] * y, at: column * q + i) }
                }
            }
        }
    }

    /// The model.
    ///
    /// - Throws: `HarmonisationError.absent` naming features, `.confounded` naming the covariates, `.tooFewCases`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, ComBatModel> {
        let p = state.features.count
        let q = state.covariates.count
        let n = try sum.scalar("cases")
        let batches = try sum.scalar("batches")
        let values = try sum.values("values")
        let absent = try sum.values("absent")
        let culprits = (0..<p).filter { absent[$0] > 0 }
        guard culprits.isEmpty else { throw HarmonisationError.absent(features: culprits.map { state.features[$0] }) }
        let constant = try sum.values("constant")
        let featureMean = try sum.values("feature_mean")
        let featureSquare = try sum.values("feature_square")
        let covariateMean = q > 0 ? try sum.values("covariate_mean") : []
        let products = q > 0 ? try sum.values("covariate_product") : []
        let cross = q > 0 ? try sum.values("cross_product") : []
        let units = state.exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        // sva takes m - 1 as soon as one value is missing anywhere.
        let isShort = state.missing == .valuesLessOne && values.contains { $0 < n }
        let triangle = q * (q + 1) / 2
        var beta: [Double] = []
        var grandMean: [Double] = []
        var deviation: [Double] = []
        var passedThrough: [String] = []
        for column in 0..<p {
            guard values[column] > batches + Double(q) else {
                throw HarmonisationError.tooFewCases(cases: Int(values[column]), needed: Int(batches) + q)
            }
            let fit = try FeatureRegression(
                products: Array(products[column * triangle..<(column + 1) * triangle]),
                cross: Array(cross[column * q..<(column + 1) * q]), square: featureSquare[column],
                covariates: state.covariates, units: Array(units[p...]), smooth: state.smooth,
                penalty: state.penalty, unit: units[column], cases: values[column],
                intercepts: batches)
            let (scaled, residual) = (fit.coefficients, fit.residual)
            var grand = featureMean[column] / n
            for i in 0..<q {
                grand -= covariateMean[column * q + i] / n * scaled[i]
                beta.append(scaled[i] * units[column] / units[p + i])
            }
            let varies = residual > 1e-13 * featureSquare[column]
            let denominator = isShort ? values[column] - 1 : values[column]
            grandMean.append(grand * units[column])
            deviation.append(varies ? (residual / denominator).squareRoot() * units[column] : 0)
            let isSkipped = constant[column] > 0 && state.method != .parametricNeuroCombat
            if isSkipped || !varies { passedThrough.append(state.features[column]) }
        }
        return .done(
            ComBatModel(
                features: state.features, covariates: state.covariates, method: state.method, cases: Int(n),
                beta: beta, grandMean: grandMean, pooledStandardDeviation: deviation, missing: state.missing,
                passedThrough: passedThrough))
    }
}

/// Sums over the rows of a batch that have a feature.
private struct PresentValues {
    /// Values of each feature.
    private(set) var counts: [Int]
    /// Whether the values of a feature differ.
    private(set) var varies: [Bool]
    private var first: [Double]
    /// Features x (feature, covariates).
    private var sum: ExactSum
    private let scales: [Double]
    private let q: Int

    init(features p: Int, covariates q: Int, scales: [Double]) {
        counts = [Int](repeating: 0, count: p)
        varies = [Bool](repeating: false, count: p)
        first = [Double](repeating: .nan, count: p)
        sum = ExactSum(.unitScale("mean", shape: [p, 1 + q], meaning: "local sums", discloses: "nothing: not sent"))
        self.scales = scales
        self.q = q
    }

    mutating func add(_ row: Int, of table: CaseTable) {
        let p = counts.count
        for column in 0..<p {
            let value = table.features[row * p + column]
            guard !value.isNaN else { continue }
            counts[column] += 1
            if first[column].isNaN { first[column] = value }
            if value != first[column] { varies[column] = true }
            let start = column * (1 + q)
            sum.add(value * scales[column], at: start)
            for i in 0..<q { sum.add(table.covariates[row * q + i] * scales[p + i], at: start + 1 + i) }
        }
    }

    /// Means over the rows that have the feature; 0 without any.
    func means() throws(FederationError) -> [Double] {
        let values = try sum.block().values
        return values.indices.map { index in
            let n = counts[index / (1 + q)]
            return n > 0 ? values[index] / Double(n) : 0
        }
    }
}
