public import Federation

/// Cases with features over all sites.
public struct UsableCases: Computation {
    /// `study.extraction`
    public static let identifier = "study.extraction"

    /// Creates the computation.
    public init() {}

    /// Nothing to tell the sites: the protocol says how to extract.
    public struct State: Codable, Sendable, Equatable {}

    /// Nothing to tell the sites.
    public func initialState() -> State { State() }

    /// Cases with features.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "usable_cases", meaning: "cases with features, covariates and outcome",
                discloses: "how many of the site's cases could be used")
        ]
    }

    /// Counts the site's rows.
    public func contribute(_ shard: ExtractionData, to state: State) throws -> Contribution {
        var sum = ExactSum(blocks(for: state)[0])
        sum.add(Double(shard.table.count))
        return Contribution(blocks: [try sum.block()])
    }

    /// Usable cases of all sites.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Int> {
        .done(Int(try sum.scalar("usable_cases")))
    }
}
