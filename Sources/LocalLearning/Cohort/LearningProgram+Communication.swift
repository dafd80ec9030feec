public import Learning

/// What the algorithms of a study send, known before their first round.
public struct LearningEstimate: Sendable, Equatable {
    /// What they take on a made-up table of that size: half to twice of it on others. Nil where they cannot be fitted to that table.
    public let likely: CommunicationEstimate?
    /// What they take if nothing ends early: every search for quantiles to the last bit, every node divided, every round of a
    /// network. Newton's method takes 25 rounds at most, from experience.
    public let most: CommunicationEstimate
}

extension CommunicationEstimate {
    init(_ cost: Cost) { self.init(rounds: cost.rounds, words: cost.words) }
}

extension LearningProgram {
    /// What the program sends, known before its first round.
    ///
    /// - Parameters:
    ///   - features: names of the features, covariates of the model included.
    ///   - cases: pooled number of training cases, or a bound.
    /// - Throws: `LocalLearningError.options` for a method that there is not.
    public func communication(features: [String], cases: Int) throws -> LearningEstimate {
        let features = features + [settings.offset].compactMap(\.self).filter { !features.contains($0) }
        let most = try LearningCost(self, cases: cases).whole(features.count)
        return LearningEstimate(
            likely: (try? rehearsed(features: features, cases: cases)).map(CommunicationEstimate.init),
            most: CommunicationEstimate(most))
    }
}
