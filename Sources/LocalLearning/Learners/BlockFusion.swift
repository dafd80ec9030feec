import LocalHarmonisation

/// How blocks of features, such as regions, phases or modalities, come into one model.
public struct BlockFusion: Sendable, Equatable {
    /// Where they are joined.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// One model of all features, with a penalty of its own for each block.
        case early
        /// A model for each block, and one of their scores.
        case late
    }

    /// Features that belong together.
    public struct Block: Sendable, Equatable {
        /// Name of the block, and of its score.
        public let name: String
        /// Columns, or patterns with `*`.
        public let columns: [String]
        /// Penalty relative to that of others, in early fusion; nil for 1.
        public let penalty: Double?

        /// Names features.
        public init(name: String, columns: [String], penalty: Double?) {
            (self.name, self.columns, self.penalty) = (name, columns, penalty)
        }
    }

    /// Where blocks are joined.
    public let kind: Kind
    /// The blocks; empty where only some columns are direct.
    public let blocks: [Block]
    /// Columns that enter without penalty and selection, beside the blocks or their scores.
    public let direct: [String]

    /// Joins blocks.
    ///
    /// - Throws: `LocalLearningError.options` for penalties that have no meaning.
    public init(kind: Kind, blocks: [Block], direct: [String]) throws {
        guard kind == .early || blocks.allSatisfy({ $0.penalty == nil }) else {
            throw LocalLearningError.options(
                "a penalty of a block belongs to early fusion; leave it out, or join the blocks early")
        }
        (self.kind, self.blocks, self.direct) = (kind, blocks, direct)
    }

    /// Everything before an algorithm, and the algorithm, over the blocks.
    ///
    /// - Parameters:
    ///   - method: name of the algorithm, of each block's in late fusion.
    ///   - columns: the columns that there are.
    ///   - imputation: what stands in for missing values.
    ///   - selection: steps of the selection of features, within each block in late fusion.
    /// - Throws: `LocalLearningError.options` for a pattern without a column.
    public func pipeline(
        _ method: String, _ settings: LearnerSettings, columns: [String], imputation: Imputation.Rule,
        selection: [SelectionStep]
    ) throws -> ModelPipeline {
        let named = try blocks.map { block in
            StackedLearner.Block(name: block.name, features: try Self.matches(block.columns, among: columns))
        }
        switch kind {
        case .early:
            var own = settings
            for (block, features) in zip(blocks, named.map(\.features)) {
                guard let penalty = block.penalty else { continue }
                for feature in features { own.penaltyFactors[feature] = penalty }
            }
            for name in direct { own.penaltyFactors[name] = 0 }
            var pipeline = ModelPipeline(
                imputation: imputation, selection: selection, kept: direct, learner: try own.learner(named: method))
            pipeline.offset = settings.offset
            return pipeline
        case .late:
            guard settings.offset == nil else {
                throw LocalLearningError.options(
                    "--offset: late fusion has a model for each block, and the offset would be in none; join the blocks early"
                )
            }
            var upper = settings
            upper.lambda = 0
            return ModelPipeline(
                imputation: imputation,
                learner: try StackedLearner(
                    blocks: named, direct: direct,
                    lower: ModelPipeline(selection: selection, learner: try settings.learner(named: method)),
                    upper: try upper.learner(named: method.hasPrefix("cox") ? "coxph" : "lr"), folds: settings.folds))
        }
    }

    /// The columns of the blocks and the direct ones; all where there is no block.
    ///
    /// - Throws: `LocalLearningError.options` for a pattern without a column, or a column in two blocks.
    public func features(among columns: [String]) throws -> [String] {
        guard !blocks.isEmpty else { return columns }
        let found = try blocks.flatMap { try Self.matches($0.columns, among: columns) } + direct
        var seen: Set<String> = []
        if let twice = found.first(where: { !seen.insert($0).inserted }) {
            throw LocalLearningError.options("the column '\(twice)' is in two blocks; a column belongs to one")
        }
        return found
    }

    /// Columns by names, and by patterns in which `*` stands for any characters.
    ///
    /// - Parameter place: what stands before the message, such as the name of a file.
    /// - Throws: `LocalLearningError.options`.
    public static func matches(_ patterns: [String], among columns: [String], place: String = "") throws -> [String] {
        try patterns.flatMap { pattern in
            guard pattern.contains("*") else { return [pattern] }
            let found = columns.filter(FeaturePattern(name: "", pattern: pattern).matches)
            guard !found.isEmpty else { throw LocalLearningError.options("\(place)no column is like '\(pattern)'") }
            return found
        }
    }
}
