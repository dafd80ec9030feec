/// How the weights of smooth terms' penalties are chosen, for each feature by itself.
public enum PenaltyChoice: Codable, Sendable, Equatable {
    /// The lowest generalised cross-validation score, wherever it is.
    case generalisedCrossValidation
    /// The highest restricted likelihood, the penalised coefficients being random effects.
    case restrictedLikelihood
    /// Where the descent of R `mgcv` on the generalised cross-validation score stops, which depends on the units of the
    /// feature and need not be a minimum.
    ///
    /// - Parameter start: natural logarithm of each term's weight at the start (`PenaltyDescent.start`).
    case descent(start: [Double])

    /// Name of the choice, as an option and in a model file.
    public var name: String {
        switch self {
        case .generalisedCrossValidation: "gcv"
        case .restrictedLikelihood: "reml"
        case .descent: "mgcv"
        }
    }
}
