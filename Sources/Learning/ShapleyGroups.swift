public import Federation

/// What share of a model's predictions groups of features have: a region, a class of features, a phase.
///
/// A group's value for a case is the sum of the Shapley values of its features, its importance the mean absolute value over the
/// cases of all sites, its share that over the sum for all groups. The interval is by the delta method from the covariance of the
/// absolute values, which are sums too.
public struct ShapleyGroups: Computation {
    /// `learning.shapley-groups`
    public static let identifier = "learning.shapley-groups"

    let specification: State

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - features: names of the features.
    ///   - groups: name of the group of each feature.
    public init(features: [String], groups: [String]) {
        precondition(groups.count == features.count, "a group for each feature")
        specification = State(features: features, groups: groups)
    }

    /// What is explained.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the features.
        public let features: [String]
        /// Name of the group of each feature.
        public let groups: [String]

        /// Names of the groups, sorted.
        var names: [String] { Set(groups).sorted() }
    }

    /// One group's part in the model.
    public struct Group: Sendable, Equatable, Codable {
        /// Name.
        public let name: String
        /// Mean absolute value over all cases.
        public let importance: Double
        /// Share of the importance of all groups.
        public let share: Double
        /// Interval of the share at 95 %, within 0 and 1, for other cases and the same model.
        public let interval: ClosedRange<Double>
    }

    /// Features and groups.
    public func initialState() -> State { specification }

    /// Sums of absolute values and of their products.
    public func blocks(for state: State) -> [BlockSpecification] {
        let count = state.names.count
        return [
            .counts("cases", meaning: "number of cases", discloses: "the site's number of cases"),
            .unitScale(
                "absolute", shape: [count], meaning: "sums of absolute values of each group",
                discloses: "how much each group of features matters at the site"),
            .unitScale(
                "products", shape: [count * (count + 1) / 2],
                meaning: "upper triangle of the sums of products of the groups' absolute values",
                discloses: "how the parts of the groups vary together over the site's cases"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.columnsDiffer`.
    public func contribute(_ shard: ExplainedCases, to state: State) throws -> Contribution {
        try shard.require(features: state.features)
        let names = state.names
        let places = state.groups.map { names.firstIndex(of: $0) ?? 0 }
        let p = state.groups.count
        var sums = blocks(for: state).map(ExactSum.init)
        sums[0].add(Double(shard.count))
        for row in 0..<shard.count {
            var parts = [Double](repeating: 0, count: names.count)
            for feature in 0..<p { parts[places[feature]] += shard.effects[row * p + feature] }
            var cell = 0
            for first in parts.indices {
                sums[1].add(parts[first].magnitude, at: first)
                for second in first..<parts.count {
                    sums[2].add((parts[first] * parts[second]).magnitude, at: cell)
                    cell += 1
                }
            }
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// The groups in the order of their names.
    ///
    /// - Throws: `LearningError.oneClass` without a case, `.constantScore` for a model that says the same of every case.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Group]> {
        let n = try sum.scalar("cases")
        guard n > 0 else { throw LearningError.oneClass }
        let means = try sum.values("absolute").map { $0 / n }
        let total = means.reduce(0, +)
        guard total > 0 else { throw LearningError.constantScore }
        let products = try sum.values("products")
        let covariance = Self.covariance(products, means: means, cases: n)
        return .done(
            state.names.enumerated().map { place, name in
                let share = means[place] / total
                // Share = a / A; its derivative by the mean of a group is (1 if it is this one, less the share) / A.
                let slopes = means.indices.map { (($0 == place ? 1 : 0) - share) / total }
                var variance = 0.0
                for (i, first) in slopes.enumerated() {
                    for (j, second) in slopes.enumerated() { variance += first * second * covariance[i][j] }
                }
                let reach = 1.959963984540054 * max(variance, 0).squareRoot()
                return Group(
                    name: name, importance: means[place], share: share,
                    interval: max(share - reach, 0)...min(share + reach, 1))
            })
    }

    /// Covariance of the means of the groups' absolute values; 0 for a single case.
    private static func covariance(_ products: [Double], means: [Double], cases: Double) -> [[Double]] {
        var output = means.map { _ in [Double](repeating: 0, count: means.count) }
        guard cases > 1 else { return output }
        var cell = 0
        for first in means.indices {
            for second in first..<means.count {
                let value = (products[cell] - cases * means[first] * means[second]) / (cases - 1) / cases
                output[first][second] = value
                output[second][first] = value
                cell += 1
            }
        }
        return output
    }
}
