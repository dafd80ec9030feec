public import Federation
public import Learning

/// Logistic regression.
public struct LogisticPredictor: PredictiveModel {
    /// How a penalty was chosen.
    public struct Choice: Codable, Sendable, Equatable {
        /// Share of the LASSO.
        public let alpha: Double
        /// Penalties of the path.
        public let lambdas: [Double]
        /// Deviance of the cases held out; nil for a given penalty.
        public let crossValidation: ElasticNetModel.CrossValidation?
    }

    /// Log odds.
    public let terms: LinearTerms
    /// Weight of the penalty.
    public let lambda: Double
    /// How it was chosen; nil for a ridge with a given penalty.
    public let choice: Choice?
    /// Standard error of the intercept and of each coefficient from the penalised information; nil where features were selected.
    public let standardErrors: [Double]?

    /// Names of the features.
    public var columns: [String] { terms.standardisation.columns }
    /// What scores are.
    public var scoreName: String { "log odds" }

    /// Throws `LocalLearningError.badModel` unless the parts fit together.
    public func check() throws {
        try require(terms.isSound, "coefficients, means and standard deviations do not fit together")
        try require(
            standardErrors.map { $0.count == columns.count + 1 } ?? true, "there is not a standard error for each term")
    }

    /// Score of each row.
    public func scores(_ table: CaseTable) throws -> [Double] { try terms.values(table) }

    /// Probability of an event at a score.
    public func probability(score: Double) -> Double? { LogisticTransform.probability(score) }

    /// What each feature adds to each row's score, and what they are added to.
    public func contributions(_ table: CaseTable) throws -> (base: Double, values: [Double]) {
        try terms.contributions(table)
    }

    /// Facts about the fit.
    public var facts: [String] {
        guard let choice else { return ["logistic, ridge \(lambda): \(terms.fact)"] }
        var lines = ["logistic, elastic net alpha \(choice.alpha), lambda \(lambda): \(terms.fact)"]
        if let validation = choice.crossValidation, let place = choice.lambdas.firstIndex(of: lambda) {
            lines.append(
                "deviance of cases held out \(validation.mean[place]), standard error \(validation.standardError[place])"
            )
            lines += validation.facts
        }
        return lines
    }
}

extension ElasticNetModel.CrossValidation {
    /// What is unusual about the folds.
    var facts: [String] {
        guard let hardlyVarying else { return [] }
        return [
            "no coefficient where a fold with their outliers is held out, as the rest varies by less than 1e-4 of all: "
                + hardlyVarying.joined(separator: ", ")
        ]
    }
}
