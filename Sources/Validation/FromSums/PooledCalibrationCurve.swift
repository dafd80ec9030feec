#if canImport(Glibc)
    import Glibc
#endif
public import Federation
import LinearAlgebra
public import Statistics

/// The calibration curve over all sites, a logistic regression on a restricted cubic spline of logit(p) by Newton's method, and
/// its distance from the diagonal: ICI, E50, E90 and Emax (Austin and Steyerberg, Stat Med 2019;38:4051).
///
/// Rounds: those of `PooledQuantileEdges` for the knots unless they are given; numbers of cases and events; gradient and
/// information, usually 5 to 8 times; sum and histogram of |curve - p|. ICI is exact, the quantiles are to one bin.
public struct PooledCalibrationCurve: Computation {
    /// `validation.calibration-curve`
    public static let identifier = "validation.calibration-curve"
    private let specification: State

    /// The curve with knots at the pooled quantiles 0.05, 0.35, 0.65 and 0.95 of logit(p).
    ///
    /// - Parameters:
    ///   - quantileBins: most bins of the search; a knot is the edge whose pooled share is nearest to its quantile.
    ///   - minimumPerBin: fewest pooled cases between two edges.
    ///   - distanceBins: bins of equal width of |curve - p| from 0 to 1.
    public init(quantileBins: Int = 200, minimumPerBin: Int = 5, distanceBins: Int = 200) {
        precondition(distanceBins >= 1, "at least one bin")
        let search = PooledQuantileEdges(bins: quantileBins, minimumPerBin: minimumPerBin)
        specification = State(distanceBins: distanceBins, search: search.initialState(), knots: [])
    }

    /// The curve with knots that are agreed.
    ///
    /// - Parameters:
    ///   - knots: four on the logit scale, ascending; others give a result with the reason `knotsCoincide`.
    ///   - distanceBins: bins of equal width of |curve - p| from 0 to 1.
    public init(knots: [Double], distanceBins: Int = 200) {
        precondition(distanceBins >= 1, "at least one bin")
        specification = State(distanceBins: distanceBins, search: nil, knots: knots)
    }

    /// The search for the knots, the knots, and the coefficients that are tried.
    public struct State: Codable, Sendable, Equatable {
        let distanceBins: Int
        var search: PooledQuantileEdges.State?
        var knots: [Double]
        var moments: CalibrationMoments?
        var fit: NewtonAscent?
        var round = 0
    }

    /// The curve and its distance from the diagonal.
    public struct Result: Sendable, Equatable {
        /// The curve; nil if there is none.
        public let spline: CalibrationSpline?
        /// Why there is no curve.
        public let failure: CalibrationCurve.Failure?
        /// Mean of |curve - p| over the cases of all sites.
        public let ici: Estimate
        /// Median of |curve - p|.
        public let e50: BinnedDistance
        /// 90 % quantile of |curve - p|.
        public let e90: BinnedDistance
        /// Largest |curve - p|.
        public let largest: BinnedDistance
    }

    /// The first broadcast.
    public func initialState() -> State { specification }

    /// Counts of the search, numbers of cases, Newton's sums, or the distances.
    public func blocks(for state: State) -> [BlockSpecification] {
        if let search = state.search { return Self.quantiles.blocks(for: search) }
        guard let fit = state.fit else {
            return [
                .counts(
                    "cases", shape: [3],
                    meaning: "cases, events, cases whose probability is nearer than 1e-6 to 0 or 1",
                    discloses: "the size of the site's cohort and its number of events")
            ]
        }
        if fit.status == .running {
            return [
                .unitScale(
                    "gradient", shape: [4], meaning: "gradient of the logistic model on the spline",
                    discloses: "how far the site is from the pooled calibration curve"),
                .unitScale(
                    "information", shape: [10], meaning: "information of that model, upper triangle by rows",
                    discloses: "the weight and spread of the site's logits"),
                .unitScale(
                    "log_likelihood", meaning: "log-likelihood of that model",
                    discloses: "how well the pooled curve fits the site"),
            ]
        }
        return [
            .unitScale(
                "distance", meaning: "sum of |curve - p| over the cases",
                discloses: "the mean distance of the site's probabilities from the pooled curve"),
            .counts(
                "distance_histogram", shape: [state.distanceBins],
                meaning: "cases in each bin of |curve - p|, bins of equal width from 0 to 1",
                discloses: "the site's coarse distribution of distances, and through the curve of its probabilities"),
        ]
    }

    /// Sums over the site's cases; the scores are probabilities.
    ///
    /// - Throws: `ValidationError`; `FederationError` for knots or coefficients that are not four, and without a bin.
    public func contribute(_ shard: ScoredCases, to state: State) throws -> Contribution {
        try shard.validatedProbabilities()
        if let search = state.search {
            return try Self.quantiles.contribute(shard.scores.map(PooledCalibration.logit), to: search)
        }
        var sums = blocks(for: state).map(ExactSum.init)
        guard let fit = state.fit else {
            for (p, y) in zip(shard.scores, shard.outcome) {
                sums[0].add([1, y, p < PooledCalibration.nearest || p > 1 - PooledCalibration.nearest ? 1 : 0])
            }
            return Contribution(blocks: try sums.map { try $0.block() })
        }
        guard let basis = SplineBasis(state.knots), fit.coefficients.count == SplineBasis.width, state.distanceBins > 0
        else {
            throw FederationError.wrongShape(
                block: sums[0].specification.name, expected: SplineBasis.width, found: fit.coefficients.count)
        }
        for (p, y) in zip(shard.scores, shard.outcome) {
            guard fit.status == .running else {
                let distance = CalibrationSpline.distance(p, basis, fit.coefficients)
                sums[0].add(distance)
                sums[1].add(1, at: DistanceHistogram.bin(of: distance, bins: state.distanceBins))
                continue
            }
            let row = basis.row(PooledCalibration.logit(p))
            let term = LogisticTerm(linear: CalibrationSpline.product(row, fit.coefficients), outcome: y)
            var position = 0
            for a in row.indices {
                sums[0].add(term.residual * row[a], at: a)
                for b in a..<row.count {
                    sums[1].add(term.weight * row[a] * row[b], at: position)
                    position += 1
                }
            }
            sums[2].add(term.logLikelihood)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The next points of the search, the next coefficients, or the result.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        var state = state
        if let search = state.search {
            switch try Self.quantiles.next(after: search, sum: sum) {
            case .broadcast(let following): state.search = following
            case .done(let edges):
                state.search = nil
                state.knots = Self.knots(edges)
                guard SplineBasis(state.knots) != nil else { return .done(Result(.knotsCoincide)) }
            }
            return .broadcast(state)
        }
        guard let moments = state.moments, var fit = state.fit else {
            let counts = try sum.values("cases")
            let moments = CalibrationMoments(cases: counts[0], events: counts[1], clipped: counts[2])
            guard moments.hasBothOutcomes else { return .done(Result(.oneClass)) }
            guard SplineBasis(state.knots) != nil else { return .done(Result(.knotsCoincide)) }
            let rate = moments.events / moments.cases
            state.moments = moments
            state.fit = NewtonAscent(start: [log(rate / (1 - rate)), 0, 0, 0])
            return .broadcast(state)
        }
        if fit.status == .running {
            fit.absorb(
                gradient: try sum.values("gradient"), information: try sum.values("information"),
                logLikelihood: try sum.scalar("log_likelihood"))
            state.fit = fit
            state.round += 1
            let isGivenUp = fit.status == .running && state.round >= PooledCalibration.roundLimit
            if fit.status == .failed || isGivenUp { return .done(Result(.notConverged)) }
            return .broadcast(state)
        }
        guard let basis = SplineBasis(state.knots) else { return .done(Result(.knotsCoincide)) }
        return .done(
            Result(
                CalibrationSpline(basis: basis, coefficients: fit.coefficients, covariance: fit.covariance), moments,
                distance: try sum.scalar("distance"),
                DistanceHistogram(cases: try sum.values("distance_histogram").map { Int($0) })))
    }

    /// The edges whose pooled shares of the cases are nearest to the quantiles; fewer than four without edges.
    private static func knots(_ found: PooledQuantileEdges.Result) -> [Double] {
        let edges = found.edges
        guard !edges.isEmpty else { return [] }
        var upTo = 0
        let shares = edges.indices.map { index in
            upTo += found.casesPerBin[index]
            return Double(upTo) / Double(found.cases)
        }
        return SplineBasis.probabilities.map { probability in
            let nearest = shares.indices.min {
                (shares[$0] - probability).magnitude < (shares[$1] - probability).magnitude
            }
            return edges[nearest ?? 0]
        }
    }

    /// The search follows its state alone; these settings are not read.
    private static let quantiles = PooledQuantileEdges(bins: 2, minimumPerBin: 1)
}

extension PooledCalibrationCurve.Result {
    /// No curve.
    init(_ failure: CalibrationCurve.Failure) {
        let reason = Estimate.notEstimable("\(failure)")
        let none = BinnedDistance(estimate: reason, certified: nil)
        self.init(spline: nil, failure: failure, ici: reason, e50: none, e90: none, largest: none)
    }

    /// A curve and the distances of the cases from it.
    init(
        _ spline: CalibrationSpline, _ moments: CalibrationMoments, distance: Double, _ histogram: DistanceHistogram
    ) {
        let (n, events) = (Int(moments.cases), Int(moments.events))
        let method = "restricted cubic spline of logit(p), four knots"
        func binned(_ interval: CertifiedInterval) -> BinnedDistance {
            BinnedDistance(
                estimate: .value(
                    EstimateValue(
                        value: (interval.lower + interval.upper) / 2, n: n, events: events,
                        method: method + ", middle of the bin")), certified: interval)
        }
        self.init(
            spline: spline, failure: nil,
            ici: .value(EstimateValue(value: distance / moments.cases, n: n, events: events, method: method)),
            e50: binned(histogram.quantile(0.5)), e90: binned(histogram.quantile(0.9)),
            largest: binned(histogram.quantile(1)))
    }
}
