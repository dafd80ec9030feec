public import Federation
public import Statistics

/// Scores and outcomes of one site.
public struct ScoredCases: Sendable, Equatable {
    /// Score of each case, higher means event.
    public let scores: [Double]
    /// 1 event, 0 no event.
    public let outcome: [Double]

    /// Creates the pair.
    public init(scores: [Double], outcome: [Double]) {
        precondition(scores.count == outcome.count, "one outcome for each score")
        self.scores = scores
        self.outcome = outcome
    }
}

/// AUC of the pooled scores from class histograms on pooled quantile edges, with an interval that provably contains it.
///
/// Rounds: the number of cases; a parallel bisection for the edges; the class histogram. Pairs in one bin are of unknown
/// order, so |AUC - binned AUC| <= 1/2 sum_b p_b q_b, with p_b and q_b the shares of events and non-events in bin b.
public struct PooledAUC: Computation {
    /// `validation.pooled-auc`
    public static let identifier = "validation.pooled-auc"
    /// Bisections: edges are located to 2^-26 of the squashed scale.
    static let bisections = 26

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - score: name of the score.
    ///   - bins: most bins of the histogram.
    ///   - minimumPerBin: fewest pooled cases of a bin; the number of bins is reduced until it holds on average.
    public init(score: String, bins: Int, minimumPerBin: Int) {
        precondition(bins >= 2 && minimumPerBin >= 1, "at least two bins and one case in each")
        specification = State(
            score: score, bins: bins, minimumPerBin: minimumPerBin, cases: nil, lower: [], upper: [], step: 0)
    }

    /// The search for the edges so far, on the squashed scale.
    public struct State: Codable, Sendable, Equatable {
        /// Name of the score.
        public let score: String
        /// Most bins.
        public let bins: Int
        /// Fewest pooled cases of a bin.
        public let minimumPerBin: Int
        /// Pooled number of cases, once known.
        public let cases: Double?
        /// Largest point known to have too few cases at or below it, for each edge.
        public let lower: [Double]
        /// Smallest point known to have enough.
        public let upper: [Double]
        /// Bisections done.
        public let step: Int

        var points: [Double] { zip(lower, upper).map { ($0 + $1) / 2 } }
        var isHistogram: Bool { cases != nil && step >= PooledAUC.bisections }
    }

    /// The pooled AUC.
    public struct Result: Sendable, Equatable {
        /// Binned AUC with DeLong's interval of the binned scores.
        public let estimate: Estimate
        /// Interval that contains the AUC of the pooled scores; `nil` if not estimable.
        public let certified: (lower: Double, upper: Double)?
        /// Bins used.
        public let bins: Int

        /// Whether two results are the same.
        public static func == (left: Result, right: Result) -> Bool {
            left.estimate == right.estimate && left.bins == right.bins
                && left.certified?.lower == right.certified?.lower
                && left.certified?.upper == right.certified?.upper
        }
    }

    /// Asks for the number of cases.
    public func initialState() -> State { specification }

    /// Counts: cases, cases up to each point, or cases of each class and bin.
    public func blocks(for state: State) -> [BlockSpecification] {
        if state.cases == nil {
            return [.counts("cases", meaning: "number of scored cases", discloses: "the site's number of cases")]
        }
        if state.isHistogram {
            return [
                .counts(
                    "histogram", shape: [2, state.lower.count + 1],
                    meaning: "non-events and events in each score bin", discloses: "the site's coarse score histogram")
            ]
        }
        return [
            .counts(
                "cases_up_to", shape: [state.lower.count], meaning: "cases with a score at or below each point",
                discloses: "the site's score distribution at the points")
        ]
    }

    /// A broadcast of the search, for the catalogue.
    public var exampleSearch: State { example(step: 0) }

    /// A broadcast that asks for the histogram, for the catalogue.
    public var exampleHistogram: State { example(step: Self.bisections) }

    private func example(step: Int) -> State {
        let edges = (1..<specification.bins).map { Double($0) / Double(specification.bins) }
        return State(
            score: specification.score, bins: specification.bins, minimumPerBin: 1, cases: 1, lower: edges, upper: edges, step: step)
    }

    /// A monotone map of all finite scores into 0...1, so that the search needs no bounds. Ranks are unchanged.
    static func squash(_ score: Double) -> Double { 0.5 + 0.5 * score / (1 + score.magnitude) }

    /// Counts the site's cases.
    public func contribute(_ shard: ScoredCases, to state: State) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        guard shard.scores.allSatisfy(\.isFinite) else {
            throw FederationError.notFinite(block: sum.specification.name, index: 0)
        }
        if state.cases == nil {
            sum.add(Double(shard.scores.count))
        } else {
            let isHistogram = state.isHistogram
            let points = isHistogram ? state.upper : state.points
            let bins = points.count + 1
            for row in shard.scores.indices {
                let value = Self.squash(shard.scores[row])
                if isHistogram {
                    let bin = points.firstIndex { value <= $0 } ?? points.count
                    sum.add(1, at: (shard.outcome[row] == 1 ? bins : 0) + bin)
                } else {
                    for index in points.indices where value <= points[index] { sum.add(1, at: index) }
                }
            }
        }
        return Contribution(blocks: [try sum.block()])
    }

    /// The next bisection, the histogram, or the result.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Result> {
        guard let cases = state.cases else {
            let n = try sum.scalar("cases")
            let bins = min(state.bins, Int(n) / state.minimumPerBin)
            guard bins >= 2 else {
                return .done(
                    Result(estimate: .suppressed("too few pooled cases for two bins"), certified: nil, bins: 0))
            }
            return .broadcast(
                State(
                    score: state.score, bins: bins, minimumPerBin: state.minimumPerBin, cases: n,
                    lower: [Double](repeating: 0, count: bins - 1), upper: [Double](repeating: 1, count: bins - 1),
                    step: 0))
        }
        if state.isHistogram { return .done(Self.result(try sum.values("histogram"))) }
        let counts = try sum.values("cases_up_to")
        let points = state.points
        var lower = state.lower
        var upper = state.upper
        for index in points.indices {
            let wanted = cases * Double(index + 1) / Double(state.bins)
            if counts[index] >= wanted { upper[index] = points[index] } else { lower[index] = points[index] }
        }
        var step = state.step + 1
        if step >= Self.bisections {
            // Equal edges (tied scores) would make empty bins.
            upper = Array(Set(upper)).sorted()
            lower = upper
            step = Self.bisections
        }
        return .broadcast(
            State(
                score: state.score, bins: state.bins, minimumPerBin: state.minimumPerBin, cases: cases, lower: lower, upper: upper,
                step: step))
    }

    /// AUC, DeLong variance of the binned scores and certified interval from a class histogram: non-events, then events.
    public static func result(_ histogram: [Double]) -> Result {
        let bins = histogram.count / 2
        let controls = Array(histogram[..<bins])
        let cases = Array(histogram[bins...])
        let n = controls.reduce(0, +)
        let m = cases.reduce(0, +)
        guard m >= 2, n >= 2 else {
            return Result(estimate: .notEstimable("needs two events and two non-events"), certified: nil, bins: bins)
        }
        // Placements are constant within a bin.
        var below = 0.0
        var casePlacements: [Double] = []
        for bin in 0..<bins {
            casePlacements.append((below + controls[bin] / 2) / n)
            below += controls[bin]
        }
        var above = m
        var controlPlacements: [Double] = []
        for bin in 0..<bins {
            above -= cases[bin]
            controlPlacements.append((above + cases[bin] / 2) / m)
        }
        var auc = 0.0
        var halfWidth = 0.0
        for bin in 0..<bins {
            auc += cases[bin] / m * casePlacements[bin]
            halfWidth += cases[bin] / m * controls[bin] / n / 2
        }
        var caseSpread = 0.0
        var controlSpread = 0.0
        for bin in 0..<bins {
            caseSpread += cases[bin] * (casePlacements[bin] - auc) * (casePlacements[bin] - auc)
            controlSpread += controls[bin] * (controlPlacements[bin] - auc) * (controlPlacements[bin] - auc)
        }
        let error = (caseSpread / (m - 1) / m + controlSpread / (n - 1) / n).squareRoot()
        let z = NormalDistribution.quantile(0.975)
        return Result(
            estimate: .value(
                EstimateValue(
                    value: auc, standardError: error, lower: max(0, auc - z * error), upper: min(1, auc + z * error),
                    n: Int(m + n), events: Int(m), method: "DeLong of \(bins) pooled quantile bins")),
            certified: (auc - halfWidth, auc + halfWidth), bins: bins)
    }
}
