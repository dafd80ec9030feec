import Federation
public import Learning
public import LocalHarmonisation

/// What is done to the rows of every site before a computation: data, so that a site can check it and do it to its own.
public enum RowStep: Codable, Sendable, Equatable {
    /// Features get their logarithm or Box-Cox transform.
    case transform(FeatureTransforms)
    /// Missing values get what stands in for them.
    case impute(Imputation)
    /// The named features, in this order.
    case select([String])
    /// Rows that are too long are shortened.
    case bound(CaseBound)
    /// The rows' lengths instead of the features.
    case lengths(CaseBound)
    /// Rows that are not in a fold.
    case outside(InnerFolds, Int)
    /// Rows of a fold.
    case within(InnerFolds, Int)
    /// Random Fourier features instead of the features.
    case fourier(RandomFourierFeatures)
    /// Ranks instead of values.
    case ranks(MidRanks)
    /// Scores of models instead of the features, each row's by the models that did not see it.
    case heldOut(HeldOutModels)
    /// The score of one model, as a probability where it has one, instead of the features.
    case scored(FittedModel)

    /// Models of the rows outside each fold, for one score or several.
    public struct HeldOutModels: Codable, Sendable, Equatable {
        /// One score: its name, and the model without each fold.
        public struct Score: Codable, Sendable, Equatable {
            /// Name of the score.
            public let name: String
            /// Models in the order of `numbers`.
            public let models: [FittedModel]
        }

        /// The folds.
        public let folds: InnerFolds
        /// Their numbers.
        public let numbers: [Int]
        /// The scores.
        public let scores: [Score]
        /// Features that stay beside them.
        public let direct: [String]
        /// Whether scores are probabilities where the model has them.
        public let areProbabilities: Bool
    }

    /// The features after the step.
    func features(from features: [String]) -> [String] {
        switch self {
        case .impute(let own): features + own.values.compactMap(\.indicator)
        case .select(let names): names
        case .lengths: [CaseBound.lengthName]
        case .transform, .bound, .outside, .within, .ranks: features
        case .fourier(let own): own.identity.columns
        case .heldOut(let own): own.scores.map(\.name) + own.direct
        case .scored: [Self.scoreName]
        }
    }

    /// Name of the only feature after `scored`.
    static let scoreName = "score"

    /// The parts after the step.
    ///
    /// - Throws: `CaseTableError.unknownFeature`, `LearningError`.
    public func apply(to parts: [TrainingCases]) throws -> [TrainingCases] {
        switch self {
        case .transform(let own): return try parts.map { $0.replacing(try own.transformed($0.table)) }
        case .impute(let own): return parts.map { $0.replacing(own.apply($0.table)) }
        case .select(let names): return try parts.selecting(features: names)
        case .bound(let own): return try parts.map { $0.replacing(try own.apply($0.table)) }
        case .lengths(let own): return try parts.map { $0.replacing(try own.lengths($0.table)) }
        case .outside(let folds, let fold): return parts.divided(by: folds.membership(parts), fold: fold).training
        case .within(let folds, let fold): return parts.divided(by: folds.membership(parts), fold: fold).test
        case .fourier(let own): return try parts.map { $0.replacing(try own.apply(to: $0.table)) }
        case .ranks(let own): return try parts.map { $0.replacing(try own.apply(to: $0.table)) }
        case .heldOut(let own): return try Self.heldOut(own, parts)
        case .scored(let model):
            return try parts.map { part in
                part.replacing(
                    CaseTable(
                        featureNames: [Self.scoreName], features: try model.probabilities(part.table),
                        outcome: part.table.outcome, batch: part.table.batch))
            }
        }
    }

    private static func heldOut(_ own: HeldOutModels, _ parts: [TrainingCases]) throws -> [TrainingCases] {
        let membership = own.folds.membership(parts)
        return try zip(parts, membership).map { part, fold in
            let scores = try own.scores.map { score in
                var output = [Double](repeating: 0, count: part.count)
                for (number, model) in zip(own.numbers, score.models) {
                    let values =
                        own.areProbabilities ? try model.probabilities(part.table) : try model.scores(part.table)
                    for row in values.indices where fold[row] == number { output[row] = values[row] }
                }
                return output
            }
            return part.replacing(
                try StackedPredictor.upperTable(part.table, own.scores.map(\.name), scores, direct: own.direct))
        }
    }

    /// The folds that the step speaks of.
    var folds: InnerFolds? {
        switch self {
        case .outside(let own, _), .within(let own, _): own
        case .heldOut(let own): own.folds
        case .transform, .impute, .select, .bound, .lengths, .fourier, .ranks, .scored: nil
        }
    }
}

extension FittedModel {
    /// Probability of each row, or the score of a model without.
    func probabilities(_ table: CaseTable) throws -> [Double] {
        try scores(table).map { predictor.model.probability(score: $0) ?? $0 }
    }
}
