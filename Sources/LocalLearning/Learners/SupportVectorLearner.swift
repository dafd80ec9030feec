import Federation
import Learning

/// Linear support vector machine with squared hinge loss, and probabilities from decisions of cases held out.
public struct SupportVectorLearner: Learner {
    /// How decisions become probabilities.
    public enum Calibration: String, Sendable, CaseIterable {
        /// Not at all.
        case none
        /// A sigmoid.
        case platt
        /// A function that never falls.
        case isotonic
    }

    /// C, the weight of the losses.
    public var cost = 1.0
    /// Whether a class weighs the inverse of its share.
    public var isBalanced = false
    /// How decisions become probabilities.
    public var calibration = Calibration.none
    /// Folds whose cases are held out for the calibration.
    public var folds = InnerFolds()

    /// C = 1 without probabilities.
    public init() {}

    /// Name of the algorithm.
    public var name: String { "svm" }

    /// Fits the model.
    public func fit(_ parts: [TrainingCases]) throws -> Predictor {
        .supportVector(try predictor(parts, moments: nil))
    }

    /// The machine of features with given moments; nil for those of the training cases.
    func predictor(_ parts: [TrainingCases], moments: Standardisation?) throws -> SupportVectorPredictor {
        SupportVectorPredictor(
            terms: try terms(parts, moments), cost: cost, calibration: try calibration(parts, moments))
    }

    private func terms(_ parts: [TrainingCases], _ moments: Standardisation?) throws -> LinearTerms {
        let (n, events) = (Double(parts.caseCount), Double(parts.eventCount))
        guard events > 0, events < n else { throw LearningError.oneClass }
        let weights = isBalanced ? [n / (2 * (n - events)), n / (2 * events)] : [1, 1]
        let found = try LinearSVM(try moments ?? parts.standardisation(), cost: cost, classWeights: weights)
            .run(on: parts.map(\.table)).result
        return LinearTerms(found.standardisation, coefficients: found.coefficients, intercept: found.intercept)
    }

    private func calibration(
        _ parts: [TrainingCases], _ moments: Standardisation?
    ) throws -> SupportVectorPredictor.Calibration? {
        guard calibration != .none else { return nil }
        let membership = folds.membership(parts)
        var scores = parts.map { [Double](repeating: 0, count: $0.count) }
        for fold in Set(membership.joined()).sorted() {
            let (training, _) = parts.divided(by: membership, fold: fold)
            let own = try terms(training, moments)
            for (place, part) in parts.enumerated() {
                let values = try own.values(try part.table.selecting(features: own.standardisation.columns))
                for row in values.indices where membership[place][row] == fold { scores[place][row] = values[row] }
            }
        }
        let shards = zip(scores, parts).map { LabelledScores(scores: $0, outcome: $1.table.outcome) }
        switch calibration {
        case .none: return nil
        case .platt: return .platt(try PlattScaling().run(on: shards).result)
        case .isotonic:
            // Every decision is a point of the grid: on one machine nothing is disclosed by it.
            let grid = Set(scores.joined()).sorted()
            return .isotonic(try IsotonicCalibration(grid: grid).run(on: shards).result)
        }
    }
}
