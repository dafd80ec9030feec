public import Federation

/// Probabilities from scores by the best function that never falls, pool-adjacent-violators on the counts of a public grid of scores
/// (Zadrozny and Elkan, KDD 2002). A score counts as the next one of the grid; with every distinct score in the grid the
/// result is that of the pooled cases.
public struct IsotonicCalibration: Computation {
    /// `learning.isotonic-calibration`
    public static let identifier = "learning.isotonic-calibration"

    let grid: [Double]

    /// Creates the computation.
    ///
    /// - Parameter grid: ascending scores; one above the last counts as the last.
    public init(grid: [Double]) {
        precondition(!grid.isEmpty && zip(grid, grid.dropFirst()).allSatisfy(<), "ascending scores")
        self.grid = grid
    }

    /// A function that never falls, linear between its points.
    public struct Step: Sendable, Equatable, Codable {
        /// Ascending scores.
        public let scores: [Double]
        /// Probability at each.
        public let probabilities: [Double]

        /// Probability of an event at a score; that of the nearest point outside them.
        public func probability(_ score: Double) -> Double {
            guard let right = scores.firstIndex(where: { $0 >= score }) else { return probabilities[scores.count - 1] }
            guard right > 0 else { return probabilities[0] }
            let share = (score - scores[right - 1]) / (scores[right] - scores[right - 1])
            return probabilities[right - 1] + share * (probabilities[right] - probabilities[right - 1])
        }
    }

    /// The grid.
    public func initialState() -> [Double] { grid }

    /// Counts by class.
    public func blocks(for state: [Double]) -> [BlockSpecification] {
        [
            .counts(
                "class_cases", shape: [2, state.count], meaning: "non-events, then events at each score of the grid",
                discloses: "the site's histogram of the score by class; use a grid that holds enough cases")
        ]
    }

    /// Counts over the site's cases.
    ///
    /// - Throws: `LearningError.unknownOutcome`, `.constantScore` for a score that is no number.
    public func contribute(_ shard: LabelledScores, to state: [Double]) throws -> Contribution {
        var sums = blocks(for: state).map(ExactSum.init)
        for (score, outcome) in zip(shard.scores, shard.outcome) {
            guard !score.isNaN else { throw LearningError.constantScore }
            let place = state.firstIndex { $0 >= score } ?? state.count - 1
            sums[0].add(1, at: try LearningError.group(of: outcome) * state.count + place)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// Pools what falls.
    ///
    /// - Throws: `LearningError.oneClass`.
    public func next(after state: [Double], sum: Contribution) throws -> ComputationStep<[Double], Step> {
        let counts = try sum.values("class_cases")
        let width = state.count
        let events = counts[width...].reduce(0, +)
        guard events > 0, events < counts.reduce(0, +) else { throw LearningError.oneClass }
        let occupied = (0..<width).filter { counts[$0] + counts[width + $0] > 0 }
        var pools: [(events: Double, cases: Double, points: Int)] = []
        for place in occupied {
            pools.append((counts[width + place], counts[place] + counts[width + place], 1))
            while pools.count > 1 {
                let (last, before) = (pools[pools.count - 1], pools[pools.count - 2])
                guard before.events * last.cases >= last.events * before.cases else { break }
                pools.removeLast(2)
                pools.append((before.events + last.events, before.cases + last.cases, before.points + last.points))
            }
        }
        return .done(
            Step(
                scores: occupied.map { state[$0] },
                probabilities: pools.flatMap { [Double](repeating: $0.events / $0.cases, count: $0.points) }))
    }
}
