public import Federation
import LinearAlgebra

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// ComBat of repeated scans (Beer et al., NeuroImage 220:117129, 2020): the regression has a random intercept of each subject,
/// its variance by restricted maximum likelihood.
///
/// Each round carries the site's normal equations at nine variance ratios of every feature, with the intercepts of the
/// site's own batches projected out at the site; the interval shrinks fourfold a round. A batch and a subject must lie
/// wholly within one shard. Each term of the sums is of batches that patients link, so that no division into sites changes
/// a bit.
public struct RandomInterceptFit: Computation {
    /// `harmonisation.random-intercept`
    public static let identifier = "harmonisation.random-intercept"
    /// Variance ratios a round.
    static let candidates = 9
    /// The search is over t with sd(subject) / sd(residual) = t / (1 - t).
    static let upper = 0.999
    /// Width of t at which it ends.
    static let tolerance = 1e-7
    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the feature columns.
    ///   - covariates: names of the coded covariates.
    ///   - exponents: from `ExponentCensus`: features, then covariates.
    ///   - method: what the sites do with the model.
    public init(features: [String], covariates: [String], exponents: [Int], method: ComBatMethod = .parametric) {
        precondition(exponents.count == features.count + covariates.count, "an exponent for each column")
        specification = State(
            features: features, covariates: covariates, exponents: exponents, method: method,
            lower: [Double](repeating: 0, count: features.count),
            upper: [Double](repeating: Self.upper, count: features.count), estimate: nil)
    }

    /// Widest intervals.
    public func initialState() -> State { specification }

    /// Normal equations at each candidate, or sums of the batches' intercepts.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.features.count
        let q = state.covariates.count
        if state.estimate != nil {
            return [
                .unitScale(
                    "location", shape: [p], meaning: "batch intercepts weighted by rows, scaled",
                    discloses: "the site's mean of each feature at covariates 0")
            ]
        }
        let k = Self.candidates
        var blocks: [BlockSpecification] = [
            .cases, .batches, .constant(features: p),
            .unitScale(
                "log_determinant", shape: [p, k],
                meaning: "log determinants of the covariance and of the batch intercepts' information",
                discloses: "how many visits the site's subjects have"),
            .unitScale(
                "feature_square", shape: [p, k],
                meaning: "weighted sum of squares of each feature within batches, scaled",
                discloses: "the site's spread of each feature within and between subjects"),
        ]
        if q > 0 {
            blocks += [
                .unitScale(
                    "covariate_product", shape: [p, k, q * (q + 1) / 2],
                    meaning: "weighted cross-products of the covariates within batches, scaled",
                    discloses: "the site's covariance of the covariates within and between subjects"),
                .unitScale(
                    "cross_product", shape: [p, k, q],
                    meaning: "weighted cross-products of covariates and features within batches, scaled",
                    discloses: "the site's covariance of covariates and features within and between subjects"),
            ]
        }
        return blocks
    }

    /// Sums over the site's batches and subjects.
    ///
    /// - Throws: `HarmonisationError` naming the columns, `FederationError` for values beyond the census.
    public func contribute(_ shard: LongitudinalTable, to state: State) throws -> Contribution {
        try sums(of: moments(shard, for: state), for: state)
    }

    /// What the rows say, which no round changes.
    private func moments(_ source: some LongitudinalSource, for state: State) throws -> LongitudinalMoments {
        try source.requireColumns(features: state.features, covariates: state.covariates)
        guard state.exponents.count == state.features.count + state.covariates.count else {
            throw HarmonisationError.columnsDiffer("(exponents)")
        }
        return try LongitudinalMoments(
            source, scales: state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) })
    }

    private func sums(of moments: LongitudinalMoments, for state: State) throws -> Contribution {
        let p = state.features.count
        let q = state.covariates.count
        var sums = blocks(for: state).map(ExactSum.init)
        if let estimate = state.estimate {
            for (_, part) in moments.parts {
                for feature in 0..<p {
                    let beta = Array(estimate.beta[feature * q..<(feature + 1) * q])
                    sums[0].add(try part.location(feature, ratio: estimate.ratio[feature], beta: beta), at: feature)
                }
            }
            return Contribution(blocks: [try sums[0].block()])
        }
        sums[0].add(Double(moments.cases))
        sums[1].add(Double(moments.batches.count))
        sums[2].add(moments.constant)
        let triangle = q * (q + 1) / 2
        for (_, part) in moments.parts {
            for feature in 0..<p {
                for candidate in 0..<Self.candidates {
                    let place = feature * Self.candidates + candidate
                    let reduced = try part.reduced(feature, ratio: state.ratio(feature, candidate))
                    sums[3].add(reduced.logDeterminant, at: place)
                    sums[4].add(reduced.square, at: place)
                    guard q > 0 else { continue }
                    for index in 0..<triangle { sums[5].add(reduced.products[index], at: place * triangle + index) }
                    for index in 0..<q { sums[6].add(reduced.cross[index], at: place * q + index) }
                }
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// Fits the rows of sites that need not be in memory; they are read before the first round only.
    ///
    /// - Throws: what `contribute` and `next` throw.
    public func fit(_ sites: [any LongitudinalSource]) throws -> RandomInterceptModel {
        var state = initialState()
        let moments = try sites.map { try self.moments($0, for: state) }
        while true {
            var sum = Contribution.zero(blocks(for: state))
            for site in moments { try sum.add(sums(of: site, for: state)) }
            switch try next(after: state, sum: sum) {
            case .broadcast(let following): state = following
            case .done(let result): return result
            }
        }
    }

    /// Narrower intervals, then the estimates, then the model.
    ///
    /// - Throws: `HarmonisationError.confounded` naming the covariates, `.tooFewCases`.
    public func next(
        after state: State, sum: Contribution
    ) throws -> ComputationStep<State, RandomInterceptModel> {
        if let estimate = state.estimate {
            return .done(try model(state, estimate, location: try sum.values("location")))
        }
        let p = state.features.count
        let q = state.covariates.count
        let n = try sum.scalar("cases")
        let freedom = n - (try sum.scalar("batches")) - Double(q)
        guard freedom > 0 else { throw HarmonisationError.tooFewCases(cases: Int(n), needed: Int(n - freedom)) }
        let constant = try sum.values("constant")
        let determinants = try sum.values("log_determinant")
        let squares = try sum.values("feature_square")
        let products = q > 0 ? try sum.values("covariate_product") : []
        let cross = q > 0 ? try sum.values("cross_product") : []
        let triangle = q * (q + 1) / 2
        var (lower, upper) = (state.lower, state.upper)
        var (ratio, beta, deviation, isSkipped): ([Double], [Double], [Double], [Bool]) = ([], [], [], [])
        for feature in 0..<p {
            var best = (candidate: 0, criterion: Double.infinity, beta: [Double](), variance: 0.0)
            for candidate in 0..<Self.candidates {
                let place = feature * Self.candidates + candidate
                let own = Array(cross[place * q..<(place + 1) * q])
                let regression = try WithinBatchRegression(
                    products: SymmetricMatrix(
                        order: q, upper: Array(products[place * triangle..<(place + 1) * triangle])),
                    covariates: state.covariates, cases: n)
                let coefficients = regression.solve(own)
                let rest = zip(coefficients, own).reduce(squares[place]) { $0 - $1.0 * $1.1 }
                // What remains below 1e-13 of the spread is rounding, not a residual.
                guard rest > 1e-13 * squares[place] else { continue }
                let criterion = freedom * log(rest) + determinants[place] + regression.logDeterminant
                if criterion < best.criterion { best = (candidate, criterion, coefficients, rest / freedom) }
            }
            lower[feature] = state.place(feature, max(best.candidate - 1, 0))
            upper[feature] = state.place(feature, min(best.candidate + 1, Self.candidates - 1))
            ratio.append(state.ratio(feature, best.candidate))
            let varies = best.criterion < .infinity
            beta += varies ? best.beta : [Double](repeating: 0, count: q)
            deviation.append(best.variance.squareRoot())
            isSkipped.append(constant[feature] > 0 || !varies)
        }
        let isDone = zip(lower, upper).allSatisfy { $1 - $0 <= Self.tolerance }
        let estimate = Estimate(ratio: ratio, beta: beta, deviation: deviation, isSkipped: isSkipped, cases: n)
        return .broadcast(
            State(
                features: state.features, covariates: state.covariates, exponents: state.exponents,
                method: state.method, lower: lower, upper: upper, estimate: isDone ? estimate : nil))
    }

    private func model(_ state: State, _ estimate: Estimate, location: [Double]) throws -> RandomInterceptModel {
        let p = state.features.count
        let q = state.covariates.count
        let units = state.exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
        var beta: [Double] = []
        for feature in 0..<p {
            for i in 0..<q { beta.append(estimate.beta[feature * q + i] * units[feature] / units[p + i]) }
        }
        let combat = ComBatModel(
            features: state.features, covariates: state.covariates, method: state.method, cases: Int(estimate.cases),
            beta: beta, grandMean: (0..<p).map { location[$0] / estimate.cases * units[$0] },
            pooledStandardDeviation: (0..<p).map { estimate.deviation[$0] * units[$0] },
            passedThrough: (0..<p).filter { estimate.isSkipped[$0] }.map { state.features[$0] })
        return RandomInterceptModel(combat: combat, ratio: estimate.ratio)
    }
}
