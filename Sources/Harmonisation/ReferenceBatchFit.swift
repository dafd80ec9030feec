public import Federation

/// Brings a model to one of its batches (R `sva` `ref.batch`), in two rounds that only the sites with rows of the batch answer
/// with more than zeros: effects of the covariates stay those of all batches, grand mean and residual variance become those
/// of the reference, whose rows stay unchanged.
///
/// The rows may be divided among shards in any way. Mean and spread of the reference batch are known afterwards: they are
/// what the others are brought to. Of a model that allows missing values they are those of the values that are there.
public struct ReferenceBatchFit: Computation {
    /// `harmonisation.reference-batch`
    public static let identifier = "harmonisation.reference-batch"
    private let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - model: the fit of all batches.
    ///   - reference: name of the batch.
    public init(_ model: ComBatModel, reference: String) {
        specification = State(model: model, reference: reference, cases: nil, present: nil, means: nil)
    }

    /// A fit of a model that says nothing, for what depends on the broadcast alone.
    public static func example(features: [String] = [], missing: MissingValues? = nil) -> ReferenceBatchFit {
        let ones = features.map { _ in 1.0 }
        return ReferenceBatchFit(
            ComBatModel(
                features: features, covariates: [], method: .parametric, cases: 0, beta: [], grandMean: ones,
                pooledStandardDeviation: ones, missing: missing, passedThrough: []),
            reference: "")
    }

    /// The blocks of both rounds.
    ///
    /// - Parameter missing: denominator for features with missing values; nil without.
    public static func everyRound(features: [String], missing: MissingValues? = nil) -> [[BlockSpecification]] {
        let ones = features.map { _ in 1.0 }
        let fit = example(features: features, missing: missing)
        let first = fit.initialState()
        let second = State(model: first.model, reference: "", cases: 2, present: nil, means: ones)
        return [fit.blocks(for: first), fit.blocks(for: second)]
    }

    /// The model, and from the second round on the reference batch's means.
    public struct State: Codable, Sendable, Equatable {
        /// The fit of all batches.
        public let model: ComBatModel
        /// Name of the batch.
        public let reference: String
        /// Rows of the batch, second round.
        public let cases: Double?
        /// Values of each feature in the batch, second round; nil without missing values.
        public let present: [Double]?
        /// Means of the batch on the standardised scale, second round.
        public let means: [Double]?
    }

    /// The model.
    public func initialState() -> State { specification }

    /// Number and sums, then squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.model.features.count
        guard state.means == nil else {
            return [
                .unitScale(
                    "reference_square", shape: [p],
                    meaning: "sum of squares of the reference batch's standardised values about their means",
                    discloses: "the spread of each feature in the reference batch, which is public by design")
            ]
        }
        let values: [BlockSpecification] =
            state.model.missing == nil
            ? []
            : [
                .counts(
                    "reference_values", shape: [p], meaning: "number of values of each feature in the reference batch",
                    discloses: "how many values of a feature the reference batch misses")
            ]
        return [
            .counts(
                "reference_cases", meaning: "number of cases of the reference batch",
                discloses: "the reference batch's number of cases"),
            .unitScale(
                "reference_sum", shape: [p], meaning: "sum of the reference batch's standardised values",
                discloses: "the mean of each feature in the reference batch, which is public by design"),
        ] + values
    }

    /// Sums over the rows of the reference batch; zeros without.
    ///
    /// - Throws: `HarmonisationError` naming the columns, `FederationError` for values beyond the bound.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let model = state.model
        try shard.requireColumns(features: model.features, covariates: model.covariates)
        let (p, q) = (model.features.count, model.covariates.count)
        if let means = state.means, means.count != p { throw HarmonisationError.columnsDiffer("(means)") }
        // Scaled by the pooled deviation, so that exact sums have their range.
        let scales = Self.scales(model)
        var sums = blocks(for: state).map(ExactSum.init)
        for row in 0..<shard.count where shard.batch[row] == state.reference {
            if state.means == nil { sums[0].add(1) }
            for column in 0..<p {
                var remainder = shard.features[row * p + column]
                if model.missing != nil {
                    if remainder.isNaN { continue }
                    if state.means == nil { sums[2].add(1, at: column) }
                }
                for i in 0..<q { remainder -= shard.covariates[row * q + i] * model.beta[column * q + i] }
                let value = (remainder - model.grandMean[column]) / scales[column]
                if let means = state.means {
                    sums[0].add((value - means[column]) * (value - means[column]), at: column)
                } else {
                    sums[1].add(value, at: column)
                }
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    private static func scales(_ model: ComBatModel) -> [Double] {
        model.pooledStandardDeviation.map { $0 > 0 ? $0 : 1 }
    }

    /// The second round, or the model.
    ///
    /// - Throws: `HarmonisationError.unknownBatch`, `.batchTooSmall`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, ComBatModel> {
        let model = state.model
        guard let means = state.means, let cases = state.cases else {
            let cases = try sum.scalar("reference_cases")
            guard cases > 0 else { throw HarmonisationError.unknownBatch(state.reference) }
            guard cases > 1 else { throw HarmonisationError.batchTooSmall(cases: 1, minimum: 2) }
            let present = model.missing == nil ? nil : try sum.values("reference_values")
            let totals = try sum.values("reference_sum")
            let means = totals.indices.map { place in
                let count = present?[place] ?? cases
                return count > 0 ? totals[place] / count : 0
            }
            return .broadcast(
                State(model: model, reference: state.reference, cases: cases, present: present, means: means))
        }
        let totals = try sum.values("reference_square")
        let squares = totals.indices.map { place in
            let count = (state.present?[place] ?? cases) - (model.missing == .valuesLessOne ? 1 : 0)
            return count > 0 ? totals[place] / count : 0
        }
        let scales = Self.scales(model)
        let p = model.features.count
        let skipped = Set(model.passedThrough)
        let still = (0..<p).filter { !skipped.contains(model.features[$0]) && !(squares[$0] > 0) }
        let anchored = ComBatModel(
            features: model.features, covariates: model.covariates, method: model.method, cases: model.cases,
            beta: model.beta, grandMean: (0..<p).map { model.grandMean[$0] + means[$0] * scales[$0] },
            pooledStandardDeviation: (0..<p).map { squares[$0].squareRoot() * scales[$0] }, reference: state.reference,
            missing: model.missing, passedThrough: model.passedThrough + still.map { model.features[$0] })
        return .done(model.classes.map(anchored.grouping) ?? anchored)
    }
}
