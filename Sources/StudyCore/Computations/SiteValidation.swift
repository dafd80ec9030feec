public import Federation

/// Asks each site for its own performance of each score; what is summed is only the number of scored cases.
public struct SiteValidation: Computation {
    /// `validation.site-report`
    public static let identifier = "validation.site-report"
    let specification: State

    /// Creates the computation.
    public init(scores: [String], threshold: Double) {
        specification = State(scores: scores, threshold: threshold)
    }

    /// What is validated.
    public struct State: Codable, Sendable, Equatable {
        /// Names of the scores; `model` is the study's own.
        public let scores: [String]
        /// Locked threshold of the model's probability.
        public let threshold: Double
    }

    /// What is validated.
    public func initialState() -> State { specification }

    /// Scored cases.
    public func blocks(for state: State) -> [BlockSpecification] {
        [.counts("scored_cases", meaning: "cases with a score", discloses: "the site's number of cases")]
    }

    /// Counts the site's rows.
    public func contribute(_ shard: CaseTable, to state: State) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        sum.add(Double(shard.count))
        return Contribution(blocks: [try sum.block()])
    }

    /// Scored cases of all sites.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Int> {
        .done(Int(try sum.scalar("scored_cases")))
    }
}
