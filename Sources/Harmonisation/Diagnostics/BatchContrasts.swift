public import Federation
import Statistics

/// Whether means and spreads of the features differ between batches, in two rounds: analysis of variance of the values, of
/// their distances from the batch's mean (Levene 1960) and from its median (Brown and Forsythe 1974).
///
/// Sums over batches only; no number of one batch leaves a site that has several. A batch must lie wholly within one shard.
public struct BatchContrasts: BatchwiseComputation {
    /// `harmonisation.batch-contrasts`
    public static let identifier = "harmonisation.batch-contrasts"
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameter exponents: binary exponent of each feature, from `ExponentCensus`.
    public init(features: [String], exponents: [Int]) {
        precondition(exponents.count == features.count, "an exponent for each column")
        specification = State(features: features, exponents: exponents, first: nil)
    }

    /// Features and scales, and from the second round on what the first one gave.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the feature columns.
        public let features: [String]
        /// Binary exponent of each.
        public let exponents: [Int]
        /// What is known, second round.
        public let first: First?
    }

    /// What the first round gives: 3 x features, values, distances from means, distances from medians; scaled.
    public struct First: Codable, Sendable, Equatable {
        /// Number of cases.
        public let cases: Double
        /// Number of batches.
        public let batches: Double
        /// Means over all cases.
        public let grand: [Double]
        /// Sums of squares about the batches' means.
        public let within: [Double]
    }

    /// The tests of one feature.
    public struct Feature: Sendable, Equatable, Codable {
        /// Name of the feature.
        public let feature: String
        /// Analysis of variance of the values; nil for a feature that does not vary within batches.
        public let anova: FeatureDiagnostics.Test?
        /// Levene's test.
        public let levene: FeatureDiagnostics.Test?
        /// Brown and Forsythe's test.
        public let brownForsythe: FeatureDiagnostics.Test?
    }

    /// Features and scales.
    public func initialState() -> State { specification }

    /// The blocks of both rounds.
    public static func everyRound(features: [String]) -> [[BlockSpecification]] {
        let contrasts = BatchContrasts(features: features, exponents: features.map { _ in 0 })
        let second = State(
            features: features, exponents: features.map { _ in 0 },
            first: First(cases: 2, batches: 2, grand: [], within: []))
        return [contrasts.blocks(for: contrasts.initialState()), contrasts.blocks(for: second)]
    }

    /// Numbers, sums and squares within batches, then squares between them.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.features.count
        guard state.first == nil else {
            return [
                .unitScale(
                    "between", shape: [3, p],
                    meaning: "rows times squared distance of the batch's mean from that of all, of values and of "
                        + "distances from mean and median, summed over batches, scaled",
                    discloses: "how far the site's batches are from the mean of all")
            ]
        }
        return [
            .cases, .batches,
            .unitScale(
                "sum", shape: [3, p],
                meaning: "sum of each feature, of its distances from the batch's mean and from the batch's median, "
                    + "scaled",
                discloses: "the site's mean and spread of each feature"),
            .unitScale(
                "within", shape: [3, p], meaning: "their sums of squares about the batches' means, scaled",
                discloses: "the site's spread of each feature"),
        ]
    }

    /// Sums over the site's batches.
    ///
    /// - Throws: `HarmonisationError` naming the columns, `FederationError` for values beyond the census.
    public func contribute(_ source: some RowSource, to state: State) throws -> Contribution {
        let p = state.features.count
        try source.requireColumns(features: state.features, covariates: source.covariateNames)
        guard state.exponents.count == p, state.first.map({ $0.grand.count == 3 * p }) ?? true else {
            throw HarmonisationError.columnsDiffer("(exponents)")
        }
        try source.requireFiniteFeatures()
        var sums = blocks(for: state).map(ExactSum.init)
        if state.first == nil {
            sums[0].add(Double(source.count))
            sums[1].add(Double(source.batches.count))
        }
        try source.forEachColumn { column, groups in
            let scale = Double(sign: .plus, exponent: -state.exponents[column], significand: 1)
            for sorted in groups {
                let values = sorted.map { $0 * scale }
                let n = Double(values.count)
                let centres = [try Self.mean(values), Quantile.linear(values, 0.5)]
                let kinds = [values] + centres.map { centre in values.map { ($0 - centre).magnitude } }
                for (kind, terms) in kinds.enumerated() {
                    let place = kind * p + column
                    let mean = kind == 0 ? centres[0] : try Self.mean(terms)
                    if let first = state.first {
                        let distance = mean - first.grand[place]
                        sums[0].add(n * distance * distance, at: place)
                    } else {
                        sums[2].add(n * mean, at: place)
                        for term in terms { sums[3].add((term - mean) * (term - mean), at: place) }
                    }
                }
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// Mean of values on unit scale; exactly theirs if they are all the same.
    private static func mean(_ values: [Double]) throws -> Double {
        guard let first = values.first, values.contains(where: { $0 != first }) else { return values.first ?? 0 }
        var sum = ExactSum(.unitScale("mean", meaning: "local sums", discloses: "nothing: not sent"))
        for value in values { sum.add(value) }
        return try sum.block().values[0] / Double(values.count)
    }

    /// The second round, or the tests.
    ///
    /// - Throws: `HarmonisationError.tooFewCases`.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Feature]> {
        guard let first = state.first else {
            let (cases, batches) = (try sum.scalar("cases"), try sum.scalar("batches"))
            guard batches > 1, cases > batches else {
                throw HarmonisationError.tooFewCases(cases: Int(cases), needed: max(2, Int(batches)))
            }
            return .broadcast(
                State(
                    features: state.features, exponents: state.exponents,
                    first: First(
                        cases: cases, batches: batches, grand: try sum.values("sum").map { $0 / cases },
                        within: try sum.values("within"))))
        }
        let between = try sum.values("between")
        let p = state.features.count
        return .done(
            state.features.enumerated().map { column, name in
                let tests = (0..<3).map { kind in
                    FeatureDiagnostics.Test(
                        between: between[kind * p + column], within: first.within[kind * p + column],
                        batches: first.batches, cases: first.cases)
                }
                return Feature(feature: name, anova: tests[0], levene: tests[1], brownForsythe: tests[2])
            })
    }
}
