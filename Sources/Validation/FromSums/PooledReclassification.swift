public import Federation

/// Risks of the same cases by two models.
public struct PairedRisks: Sendable, Equatable {
    /// By the old model, 0 to 1.
    public let old: [Double]
    /// By the new model, 0 to 1.
    public let new: [Double]
    /// 1 event, 0 no event.
    public let outcome: [Double]

    /// Creates the lists, which `PooledReclassification` checks.
    public init(old: [Double], new: [Double], outcome: [Double]) {
        (self.old, self.new, self.outcome) = (old, new, outcome)
    }

    /// Checks that the lists have one length, all risks are probabilities and all outcomes 0 or 1.
    func validated() throws(ValidationError) {
        guard old.count == outcome.count else { throw .lengthsDiffer("old") }
        guard new.count == outcome.count else { throw .lengthsDiffer("new") }
        try ScoredCases(scores: old, outcome: outcome).validatedProbabilities()
        try ScoredCases(scores: new, outcome: outcome).validatedProbabilities()
    }
}

/// Net reclassification improvement and integrated discrimination improvement of a new model over all sites.
///
/// One round: of each class the numbers of cases and of those that go up and down, and sums and squares of the changes. The result
/// is exact.
public struct PooledReclassification: Computation {
    /// `validation.reclassification`
    public static let identifier = "validation.reclassification"
    private let cutPoints: [Double]?

    /// Creates the computation.
    ///
    /// - Parameter cutPoints: category limits, finite and ascending, others are refused at the sites; a risk at a limit is in
    ///   the upper category; nil for the continuous NRI, where every change counts.
    public init(cutPoints: [Double]? = nil) { self.cutPoints = cutPoints }

    /// The category limits.
    public struct State: Codable, Sendable, Equatable {
        /// Category limits; nil if every change counts.
        public let cutPoints: [Double]?
    }

    /// Asks for the sums.
    public func initialState() -> State { State(cutPoints: cutPoints) }

    /// Counts and sums of both classes.
    public func blocks(for state: State) -> [BlockSpecification] {
        [
            .counts(
                "moves", shape: [2, 3],
                meaning: "of non-events and of events: cases, those whose risk goes up, those whose risk goes down",
                discloses: "the size of the site's cohort, its number of events and how the models differ there"),
            .unitScale(
                "change", shape: [2, 2],
                meaning: "of non-events and of events: sums of the change of the risk and of its square",
                discloses: "the site's mean change of the risk in each class and its spread"),
        ]
    }

    /// Sums over the site's cases.
    ///
    /// - Throws: `ValidationError`.
    public func contribute(_ shard: PairedRisks, to state: State) throws -> Contribution {
        try shard.validated()
        let limits = state.cutPoints ?? []
        guard limits.allSatisfy(\.isFinite), zip(limits, limits.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw ValidationError.cutPoints
        }
        func category(_ risk: Double) -> Double {
            state.cutPoints == nil ? risk : Double(limits.count(where: { risk >= $0 }))
        }
        var sums = blocks(for: state).map(ExactSum.init)
        for row in shard.outcome.indices {
            let kind = shard.outcome[row] == 1 ? 1 : 0
            let (old, new) = (category(shard.old[row]), category(shard.new[row]))
            let change = shard.new[row] - shard.old[row]
            sums[0].add(1, at: 3 * kind)
            if new > old { sums[0].add(1, at: 3 * kind + 1) }
            if new < old { sums[0].add(1, at: 3 * kind + 2) }
            sums[1].add(change, at: 2 * kind)
            sums[1].add(change * change, at: 2 * kind + 1)
        }
        return Contribution(blocks: try sums.map { try $0.block() })
    }

    /// NRI and IDI.
    public func next(after state: State, sum: Contribution) throws -> ComputationStep<State, Reclassification> {
        let moves = try sum.values("moves")
        let change = try sum.values("change")
        func ofClass(_ kind: Int) -> Reclassification.Moves {
            Reclassification.Moves(
                cases: moves[3 * kind], up: moves[3 * kind + 1], down: moves[3 * kind + 2], change: change[2 * kind],
                squaredChange: change[2 * kind + 1])
        }
        return .done(
            Reclassification(
                events: ofClass(1), nonEvents: ofClass(0), isByCategory: state.cutPoints != nil))
    }
}
