public import Learning

/// What the algorithms of a study send, known before their first round.
public struct LearningEstimate: Sendable, Equatable {
    /// What they took where this was measured (docs/learning.md): half to twice of it.
    public let likely: CommunicationEstimate
    /// What they take if nothing ends early: every search for quantiles to the last bit, every node divided, every round of a
    /// network. Newton's method takes 25 rounds at most, from experience.
    public let most: CommunicationEstimate
}

extension LearningProgram {
    /// What the program sends, known before its first round.
    ///
    /// - Parameters:
    ///   - features: number of features, covariates of the model included.
    ///   - cases: pooled number of training cases, or a bound.
    /// - Throws: `LocalLearningError.options` for a method that there is not.
    public func communication(features: Int, cases: Int) throws -> LearningEstimate {
        func estimate(_ isBound: Bool) throws -> CommunicationEstimate {
            let all = try LearningCost(self, cases: cases, isBound: isBound).whole(features)
            return CommunicationEstimate(rounds: all.rounds, words: all.words)
        }
        return LearningEstimate(likely: try estimate(false), most: try estimate(true))
    }
}
