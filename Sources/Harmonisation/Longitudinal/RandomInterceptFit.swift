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
    ///   - smooth: for each smooth term the positions of the covariates that share its penalty; its weight is chosen for each
    ///     feature together with the variance ratio, by restricted maximum likelihood.
    ///   - allowsMissing: whether features may have missing values (NaN): each is fitted over the rows that have it, and the
    ///     grand mean weights batches by all of their rows.
    public init(
        features: [String], covariates: [String], exponents: [Int], method: ComBatMethod = .parametric,
        smooth: [[Int]] = [], allowsMissing: Bool = false
    ) {
        precondition(exponents.count == features.count + covariates.count, "an exponent for each column")
        specification = State(
            features: features, covariates: covariates, exponents: exponents, method: method,
            smooth: smooth.isEmpty ? nil : smooth, allowsMissing: allowsMissing ? true : nil,
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
        if state.allowsMissing != nil {
            blocks += [
                .counts(
                    "values", shape: [p], meaning: "number of values of each feature",
                    discloses: "how many values of a feature the site misses"),
                .counts(
                    "absent", shape: [p], meaning: "batches without any value of the feature",
                    discloses: "which features a batch of the site does not have"),
            ]
        }
        return blocks
    }

    /// The blocks of the rounds of the search, and of the last one.
    public func everyRound() -> [[BlockSpecification]] {
        var last = specification
        last.estimate = Estimate(ratio: [], beta: [], deviation: [], isSkipped: [], cases: 0)
        return [specification, last].map(blocks)
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
            source, scales: state.exponents.map { Double(sign: .plus, exponent: -$0, significand: 1) },
            allowsMissing: state.allowsMissing != nil)
    }

    private func sums(of moments: LongitudinalMoments, for state: State) throws -> Contribution {
        let q = state.covariates.count
        var sums = blocks(for: state).map(ExactSum.init)
        if let estimate = state.estimate {
            for group in moments.groups {
                for (batches, part) in group.parts {
                    let rows = batches.map { Double(moments.batches[$0].rows) }
                    for (place, feature) in group.features.enumerated() {
                        let effects = try part.effects(
                            place, ratio: estimate.ratio[feature],
                            beta: Array(estimate.beta[feature * q..<(feature + 1) * q]))
                        sums[0].add(zip(rows, effects).reduce(0) { $0 + $1.0 * $1.1 }, at: feature)
                    }
                }
            }
            return Contribution(blocks: [try sums[0].block()])
        }
        sums[0].add(Double(moments.cases))
        sums[1].add(Double(moments.batches.count))
        sums[2].add(moments.constant)
        if state.allowsMissing != nil {
            sums[sums.count - 2].add(moments.values)
            sums[sums.count - 1].add(moments.absent)
        }
        let triangle = q * (q + 1) / 2
        for group in moments.groups {
            for (_, part) in group.parts {
                for (column, feature) in group.features.enumerated() {
                    for candidate in 0..<Self.candidates {
                        let place = feature * Self.candidates + candidate
                        let reduced = try part.reduced(column, ratio: state.ratio(feature, candidate))
                        sums[3].add(reduced.logDeterminant, at: place)
                        sums[4].add(reduced.square, at: place)
                        guard q > 0 else { continue }
                        for index in 0..<triangle {
                            sums[5].add(reduced.products[index], at: place * triangle + index)
                        }
                        for index in 0..<q { sums[6].add(reduced.cross[index], at: place * q + index) }
                    }
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
        let values = state.allowsMissing == nil ? [Double](repeating: n, count: p) : try sum.values("values")
        if state.allowsMissing != nil {
            let absent = try sum.values("absent")
            let culprits = (0..<p).filter { absent[$0] > 0 }
            guard culprits.isEmpty else {
                throw HarmonisationError.absent(features: culprits.map { state.features[$0] })
            }
        }
        // Columns without a penalty.
        let needed = (try sum.scalar("batches")) + Double(q - (state.smooth ?? []).reduce(0) { $0 + $1.count })
        if let fewest = values.min(), !(fewest > needed) {
            throw HarmonisationError.tooFewCases(cases: Int(fewest), needed: Int(needed))
        }
        let constant = try sum.values("constant")
        let determinants = try sum.values("log_determinant")
        let squares = try sum.values("feature_square")
        let products = q > 0 ? try sum.values("covariate_product") : []
        let cross = q > 0 ? try sum.values("cross_product") : []
        let triangle = q * (q + 1) / 2
        var following = state
        var (ratio, beta, deviation, isSkipped): ([Double], [Double], [Double], [Bool]) = ([], [], [], [])
        for feature in 0..<p {
            var best = (candidate: 0, criterion: Double.infinity, beta: [Double](), variance: 0.0)
            for candidate in 0..<Self.candidates {
                let place = feature * Self.candidates + candidate
                let found = try restricted(
                    state, products: Array(products[place * triangle..<(place + 1) * triangle]),
                    cross: Array(cross[place * q..<(place + 1) * q]), square: squares[place], cases: values[feature],
                    freedom: values[feature] - needed, logDeterminant: determinants[place])
                guard let found, found.criterion < best.criterion else { continue }
                best = (candidate, found.criterion, found.coefficients, found.rest / (values[feature] - needed))
            }
            following.lower[feature] = state.place(feature, max(best.candidate - 1, 0))
            following.upper[feature] = state.place(feature, min(best.candidate + 1, Self.candidates - 1))
            ratio.append(state.ratio(feature, best.candidate))
            let varies = best.criterion < .infinity
            beta += varies ? best.beta : [Double](repeating: 0, count: q)
            deviation.append(best.variance.squareRoot())
            isSkipped.append(constant[feature] > 0 || !varies)
        }
        if zip(following.lower, following.upper).allSatisfy({ $1 - $0 <= Self.tolerance }) {
            following.estimate = Estimate(
                ratio: ratio, beta: beta, deviation: deviation, isSkipped: isSkipped, cases: n)
        }
        return .broadcast(following)
    }

    /// Minus twice the restricted log likelihood of a feature at a variance ratio, with coefficients; nil where nothing is left.
    private func restricted(
        _ state: State, products: [Double], cross: [Double], square: Double, cases: Double, freedom: Double,
        logDeterminant: Double
    ) throws -> PenalisedRegression.Restricted? {
        let p = state.features.count
        let regression = try WithinBatchRegression(
            products: SymmetricMatrix(order: cross.count, upper: products), covariates: state.covariates, cases: cases)
        if let smooth = state.smooth {
            return try PenalisedRegression(
                regression, groups: smooth,
                units: state.exponents[p...].map { Double(sign: .plus, exponent: $0, significand: 1) }, cases: cases,
                intercepts: 0
            ).restricted(cross, square: square, freedom: freedom, logDeterminant: logDeterminant)
        }
        let coefficients = regression.solve(cross)
        let rest = zip(coefficients, cross).reduce(square) { $0 - $1.0 * $1.1 }
        // What remains below 1e-13 of the spread is rounding, not a residual.
        guard rest > 1e-13 * square else { return nil }
        let criterion = freedom * log(rest) + logDeterminant + regression.logDeterminant
        return .init(coefficients: coefficients, criterion: criterion, rest: rest)
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
            missing: state.allowsMissing == nil ? nil : .values,
            passedThrough: (0..<p).filter { estimate.isSkipped[$0] }.map { state.features[$0] })
        return RandomInterceptModel(combat: combat, ratio: estimate.ratio)
    }
}
