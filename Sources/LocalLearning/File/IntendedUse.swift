import Survival

/// What a model is for, and what follows from a probability.
public struct IntendedUse: Codable, Sendable, Equatable {
    /// Purpose, population and limits, in the words of who fitted the model; nil where nothing was told.
    public let purpose: String?
    /// A case with at least this probability counts as positive; nil without a decision.
    public let threshold: Double?
    /// Time up to which the probability of a Cox model is meant, in the unit of its times; nil for other models.
    public let horizon: Double?

    /// Describes a use; nil where nothing is told.
    ///
    /// - Throws: `LocalLearningError.options`: a threshold that is no probability, a horizon that is no time.
    public init?(purpose: String?, threshold: Double?, horizon: Double?) throws {
        guard purpose != nil || threshold != nil || horizon != nil else { return nil }
        if let threshold, !(threshold > 0 && threshold < 1) {
            throw LocalLearningError.options("--threshold: \(threshold) is not between 0 and 1")
        }
        if let horizon, !(horizon > 0 && horizon.isFinite) {
            throw LocalLearningError.options("--horizon: \(horizon) is no time above 0")
        }
        (self.purpose, self.threshold, self.horizon) = (purpose, threshold, horizon)
    }

    /// Throws unless the model has the probability that the use speaks of.
    func check(_ predictor: Predictor) throws {
        if let horizon {
            guard let cox = predictor.cox else {
                throw LocalLearningError.options("--horizon: the model is not one of times; leave it out")
            }
            guard cox.risk(at: horizon, score: 0) != nil else {
                throw LocalLearningError.options(
                    "--horizon: \(horizon) is not from 0 to the last event of the training cases, "
                        + "\(cox.baseline.grid.last ?? 0)")
            }
        } else if threshold != nil, predictor.model.probability(score: 0) == nil {
            throw LocalLearningError.options(
                "--threshold: the model has no probability; give a Cox model --horizon, a machine --calibrate platt")
        }
    }

    /// What is told, a line for each.
    var facts: [String] {
        var lines = purpose.map { ["intended use: \($0)"] } ?? []
        if let horizon { lines.append("probability of an event up to \(horizon)") }
        if let threshold { lines.append("positive from a probability of \(threshold)") }
        return lines
    }
}
