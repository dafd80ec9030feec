public import Federation

/// How much each feature matters and in which direction, over the cases of all sites: sums of Shapley values that each site
/// computes for its own cases (of trees by `TreeShapley`; of a linear model coefficient times distance from the mean).
public struct ShapleyImportance: Computation {
    /// `learning.shapley-importance`
    public static let identifier = "learning.shapley-importance"

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the features.
    ///   - binCounts: number of bins of each feature, 254 at most.
    ///   - minimumCases: bins with fewer pooled cases have no mean in the result.
    public init(features: [String], binCounts: [Int], minimumCases: Int = 5) {
        precondition(binCounts.count == features.count, "a number of bins for each feature")
        specification = State(features: features, binCounts: binCounts, minimumCases: minimumCases)
    }

    /// What is explained.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let features: [String]
        /// Number of bins of each feature.
        public let binCounts: [Int]
        /// Fewest pooled cases of a bin that is shown.
        public let minimumCases: Int
    }

    /// One feature's part in the model.
    public struct Feature: Sendable, Equatable, Codable {
        /// Name.
        public let name: String
        /// Mean absolute value over all cases.
        public let importance: Double
        /// Standard error of that mean, over cases; nil for one case.
        public let standardError: Double?
        /// Mean value of the cases of each bin, then of those without a value; nil for too few cases.
        public let dependence: [Double?]
        /// Number of cases of each; nil where there are too few but some.
        public let cases: [Int?]
    }

    /// Features and bins.
    public func initialState() -> State { specification }

    /// Sums of values by feature and bin.
    public func blocks(for state: State) -> [BlockSpecification] {
        let features = state.binCounts.count
        let cells = state.binCounts.reduce(0) { $0 + $1 + 1 }
        return [
            .counts("cases", meaning: "number of cases", discloses: "the site's number of cases"),
            .unitScale(
                "absolute", shape: [features], meaning: "sums of absolute Shapley values",
                discloses: "how much each feature matters at the site"),
            .unitScale(
                "square", shape: [features], meaning: "sums of squared Shapley values",
                discloses: "how much each feature matters at the site"),
            .counts(
                "bin_cases", shape: [cells], meaning: "cases in each bin of each feature, and without a value",
                discloses: "the site's histogram of each feature"),
            .unitScale(
                "bin_values", shape: [cells], meaning: "sums of Shapley values by bin of the feature",
                discloses: "what the feature does to predictions at the site"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer` or `.badBin`.
    public func contribute(_ shard: ExplainedCases, to state: State) throws -> Contribution {
        try shard.require(features: state.features, binCounts: state.binCounts)
        let (n, p) = (shard.count, state.binCounts.count)
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(Double(n))
        var start = 0
        for feature in 0..<p {
            for row in 0..<n {
                let value = shard.effects[row * p + feature]
                sums[1].add(value.magnitude, at: feature)
                sums[2].add(value * value, at: feature)
                let bin = min(Int(shard.codes[feature * n + row]), state.binCounts[feature])
                sums[3].add(1, at: start + bin)
                sums[4].add(value, at: start + bin)
            }
            start += state.binCounts[feature] + 1
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The features in the order of the table.
    ///
    /// - Throws: `LearningError.oneClass` without a case.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Feature]> {
        let n = try sum.scalar("cases")
        guard n > 0 else { throw LearningError.oneClass }
        let (absolute, squares) = (try sum.values("absolute"), try sum.values("square"))
        let (cases, values) = (try sum.values("bin_cases"), try sum.values("bin_values"))
        var start = 0
        return .done(
            state.binCounts.indices.map { feature in
                let own = start...start + state.binCounts[feature]
                start += own.count
                let mean = absolute[feature] / n
                let variance = n > 1 ? max(squares[feature] - n * mean * mean, 0) / (n - 1) : nil
                func isShown(_ count: Double) -> Bool { count >= Double(max(state.minimumCases, 1)) }
                return Feature(
                    name: state.features[feature], importance: mean,
                    standardError: variance.map { ($0 / n).squareRoot() },
                    dependence: own.map { isShown(cases[$0]) ? values[$0] / cases[$0] : nil },
                    cases: own.map { cases[$0] == 0 || isShown(cases[$0]) ? Int(cases[$0]) : nil })
            })
    }
}
