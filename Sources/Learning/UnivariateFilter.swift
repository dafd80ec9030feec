import CKernels
public import Federation

/// The t statistic of each feature between events and non-events, from class sums about public centres.
public struct UnivariateFilter: Computation {
    /// `learning.univariate-t`
    public static let identifier = "learning.univariate-t"
    let specification: State

    /// Which t statistic.
    public enum Statistic: String, Codable, Sendable, CaseIterable {
        /// Equal variances; its square is the F of the analysis of variance.
        case student
        /// Unequal variances (Welch 1947).
        case welch
    }

    /// Creates the computation.
    ///
    /// - Parameters:
    ///   - centres: pooled mean of each feature.
    ///   - scales: pooled standard deviation of each feature; 0 for a constant one, whose statistic is 0.
    ///   - statistic: which t statistic.
    public init(centres: [Double], scales: [Double], statistic: Statistic = .student) {
        precondition(centres.count == scales.count, "a scale for each centre")
        specification = State(centres: centres, scales: scales, statistic: statistic)
    }

    /// Public location and scale of each feature.
    public struct State: Codable, Sendable, Equatable {
        /// Pooled means.
        public let centres: [Double]
        /// Pooled standard deviations.
        public let scales: [Double]
        /// Which t statistic.
        public let statistic: Statistic
    }

    /// Location and scale.
    public func initialState() -> State { specification }

    /// Class counts, sums and squares.
    public func blocks(for state: State) -> [BlockSpecification] {
        let p = state.centres.count
        return [
            .counts("class_cases", shape: [2], meaning: "non-events and events", discloses: "the site's prevalence"),
            .unitScale(
                "class_sum", shape: [2, p], meaning: "sum of each z-scored feature over non-events, then events",
                discloses: "the site's class means of each feature"),
            .unitScale(
                "class_square", shape: [2, p], meaning: "sum of squares of each z-scored feature by class",
                discloses: "the site's class spreads of each feature"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `LearningError.unknownOutcome`, `.missingValues` with the names of all features concerned.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        let p = state.centres.count
        guard shard.featureCount == p, state.scales.count == p else {
            throw FederationError.wrongShape(block: "class_sum", expected: p, found: shard.featureCount)
        }
        try shard.requireFiniteFeatures()
        let specifications = blocks(for: state)
        var cases = ExactSum(specifications[0])
        var sums = specifications[1...].map(WeightedRowSum.init)
        let inverse = state.scales.map { $0 > 0 ? 1 / $0 : 0 }
        var z = [Double](repeating: 0, count: p)
        for row in 0..<shard.count {
            let group = try LearningError.group(of: shard.outcome[row])
            cases.add(1, at: group)
            shard.features.withUnsafeBufferPointer { features in
                guard let features = features.baseAddress else { return }
                cproducts_scores(p, features + row * p, state.centres, inverse, &z)
            }
            sums[0].add(z, at: group * p)
            sums[1].add(z.map { $0 * $0 }, at: group * p)
        }
        return Contribution(blocks: [try cases.block()] + (try sums.indices.map { try sums[$0].block() }))
    }

    /// The t statistic of each feature, events minus non-events; 0 for a constant feature. A feature that separates the
    /// classes without any spread within them gets the largest finite number.
    ///
    /// - Throws: `LearningError.oneClass` unless both classes have two cases.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, [Double]> {
        let p = state.centres.count
        let counts = try sum.values("class_cases")
        guard counts[0] > 1, counts[1] > 1 else { throw LearningError.oneClass }
        let sums = try sum.values("class_sum")
        let squares = try sum.values("class_square")
        return .done(
            (0..<p).map { column in
                let means = [sums[column] / counts[0], sums[p + column] / counts[1]]
                let within = (0..<2).map { group in
                    max(0, squares[group * p + column] - counts[group] * means[group] * means[group])
                }
                let variance =
                    switch state.statistic {
                    case .student:
                        (within[0] + within[1]) / (counts[0] + counts[1] - 2) * (1 / counts[0] + 1 / counts[1])
                    case .welch:
                        within[0] / (counts[0] - 1) / counts[0] + within[1] / (counts[1] - 1) / counts[1]
                    }
                let difference = means[1] - means[0]
                // z-scores have unit spread: what is below 1e-12 here is rounding.
                if difference.magnitude < 1e-12 { return 0 }
                if variance < 1e-28 { return Double(signOf: difference, magnitudeOf: .greatestFiniteMagnitude) }
                return difference / variance.squareRoot()
            })
    }
}
