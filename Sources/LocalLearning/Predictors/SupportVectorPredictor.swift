public import Federation
public import Learning

/// Linear support vector machine with squared hinge loss.
public struct SupportVectorPredictor: PredictiveModel {
    /// How decisions become probabilities; fitted to decisions of cases held out.
    public enum Calibration: Codable, Sendable, Equatable {
        /// A sigmoid (Platt).
        case platt(PlattScaling.Sigmoid)
        /// A function that never falls.
        case isotonic(IsotonicCalibration.Step)

        func probability(_ score: Double) -> Double {
            switch self {
            case .platt(let sigmoid): sigmoid.probability(score)
            case .isotonic(let step): step.probability(score)
            }
        }

        private enum Keys: String, CodingKey { case platt, isotonic }

        /// Reads the member that is there.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            if let sigmoid = try container.decodeIfPresent(PlattScaling.Sigmoid.self, forKey: .platt) {
                self = .platt(sigmoid)
            } else {
                self = .isotonic(try container.decode(IsotonicCalibration.Step.self, forKey: .isotonic))
            }
        }

        /// Writes one member.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            switch self {
            case .platt(let sigmoid): try container.encode(sigmoid, forKey: .platt)
            case .isotonic(let step): try container.encode(step, forKey: .isotonic)
            }
        }
    }

    /// Decision: signed distance from the boundary, on the scale of the margin.
    public let terms: LinearTerms
    /// Weight of the losses.
    public let cost: Double
    /// Probabilities; nil without calibration.
    public let calibration: Calibration?

    /// Names of the features.
    public var columns: [String] { terms.standardisation.columns }
    /// What scores are.
    public var scoreName: String { "decision" }

    /// Throws `LocalLearningError.badModel` unless the parts fit together.
    public func check() throws {
        try require(terms.isSound, "coefficients, means and standard deviations do not fit together")
        guard case .isotonic(let step) = calibration else { return }
        try require(
            !step.scores.isEmpty && step.scores.count == step.probabilities.count
                && zip(step.scores, step.scores.dropFirst()).allSatisfy(<),
            "the calibration has not one probability for each of ascending scores")
    }

    /// Score of each row.
    public func scores(_ table: CaseTable) throws -> [Double] { try terms.values(table) }

    /// Probability of an event at a score.
    public func probability(score: Double) -> Double? { calibration?.probability(score) }

    /// What each feature adds to each row's score, and what they are added to.
    public func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        try terms.contributions(table)
    }

    /// Facts about the fit.
    public var facts: [String] {
        let suffix =
            switch calibration {
            case nil: "without probabilities"
            case .platt: "probabilities by Platt's sigmoid"
            case .isotonic: "probabilities by isotonic regression"
            }
        return ["linear support vector machine, C \(cost): \(columns.count) features, \(suffix)"]
    }
}
