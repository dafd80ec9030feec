/// What can be wrong with the input of a validation.
public enum ValidationError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A score or probability is NaN or infinite.
    case scoreNotFinite
    /// A number that should be a probability is outside 0...1.
    case notAProbability
    /// An outcome is neither 0 nor 1.
    case outcomeNotBinary
    /// A covariate has a missing or infinite value.
    case covariate(String)
    /// No weights of the cases give the target's moments.
    case caseMixesApart

    /// There are no thresholds, too many, or one is not between 0 and 1.
    case thresholds(most: Int)
    /// A category limit is not finite or below the one before.
    case cutPoints
    /// A list of risks has another number of cases than the outcomes.
    case lengthsDiffer(String)

    /// One sentence: what and remedy.
    public var description: String {
        switch self {
        case .scoreNotFinite: "a score is NaN or infinite; exclude the case or correct its features"
        case .notAProbability: "a predicted probability is outside 0...1; calibration needs the model's probability"
        case .outcomeNotBinary: "an outcome is neither 0 nor 1; exclude cases whose outcome is unknown"
        case .covariate(let name): "covariate '\(name)' has a missing or infinite value; complete it or leave it out"
        case .thresholds(let most):
            "thresholds: give 1 to \(most) numbers between 0 and 1, neither included"
        case .cutPoints: "cutPoints: a category limit is not finite or below the one before; give them ascending"
        case .lengthsDiffer(let field): "'\(field)' has another number of cases than 'outcome'; give one risk a case"
        case .caseMixesApart:
            "no weights give the cases the other sites' covariate moments: the case mixes do not overlap, or covariates "
                + "depend on each other; give fewer covariates"
        }
    }
}

extension ScoredCases {
    /// Checks that all scores are finite and all outcomes 0 or 1.
    func validated() throws(ValidationError) {
        guard scores.allSatisfy(\.isFinite) else { throw .scoreNotFinite }
        guard outcome.allSatisfy({ $0 == 0 || $0 == 1 }) else { throw .outcomeNotBinary }
    }

    /// The same, and that all scores are probabilities.
    func validatedProbabilities() throws(ValidationError) {
        try validated()
        guard scores.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { throw .notAProbability }
    }
}
