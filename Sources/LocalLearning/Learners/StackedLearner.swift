import Federation

/// Late fusion: a model for each block of features, and one above them that takes their scores, beside clinical variables that enter as
/// they are. The scores that the upper model is fitted to are those of cases that the block's model did not see (Wolpert, Neural
/// Networks 1992;5:241); in sample they would look better than they are.
public struct StackedLearner: Learner {
    /// Features that have a model of their own.
    public struct Block: Sendable {
        /// Name of the block, and of its score.
        public let name: String
        /// Its features.
        public let features: [String]

        /// Names features.
        public init(name: String, features: [String]) {
            self.name = name
            self.features = features
        }
    }

    /// The blocks.
    public var blocks: [Block]
    /// Features of the upper model that are in no block.
    public var direct: [String]
    /// Selection and algorithm of each block.
    public var lower: ModelPipeline
    /// The algorithm above.
    public var upper: any Learner
    /// Folds whose cases are held out.
    public var folds: InnerFolds

    /// Creates the algorithm.
    ///
    /// - Throws: `LocalLearningError.options` for names that cannot stand beside each other.
    public init(
        blocks: [Block], direct: [String], lower: ModelPipeline, upper: any Learner, folds: InnerFolds
    ) throws {
        let names = blocks.map(\.name) + direct
        guard !blocks.isEmpty, blocks.allSatisfy({ !$0.features.isEmpty }) else {
            throw LocalLearningError.options("late fusion needs one block or more, each with a feature")
        }
        guard Set(names).count == names.count else {
            throw LocalLearningError.options(
                "a block has the name of another one, or of a direct column; blocks and direct columns need names of their own"
            )
        }
        (self.blocks, self.direct, self.lower, self.upper, self.folds) = (blocks, direct, lower, upper, folds)
    }

    /// Name of the algorithm.
    public var name: String { "stacked \(lower.learner.name)" }

    /// Fits the model.
    public func fit(_ cohort: Cohort) throws -> Predictor {
        let numbers = cohort.numbers(of: folds)
        let scores = try blocks.map { block in
            RowStep.HeldOutModels.Score(
                name: block.name,
                models: try cohort.each(numbers, { "\(block.name) \($0)" }) { number in
                    try lower.fit(try cohort.outside(folds, number).selecting(features: block.features))
                })
        }
        let above = try cohort.after(
            .heldOut(
                RowStep.HeldOutModels(
                    folds: folds, numbers: numbers, scores: scores, direct: direct, areProbabilities: false)))
        let fitted = try cohort.each(blocks, \.name) { block in
            StackedPredictor.Block(
                name: block.name, fitted: try lower.fit(try cohort.selecting(features: block.features)))
        }
        return .stacked(StackedPredictor(blocks: fitted, direct: direct, upper: try upper.fit(above)))
    }
}
