import ArgumentParser
import LocalLearning
import Tables

/// Blocks of features that are joined in one model.
struct FusionOptions: ParsableArguments {
    @Option(help: "Block of features as name=columns, with patterns; may be repeated: ring=ring3_*,ring5_*.")
    var block: [String] = []
    @Option(help: "early: one model, penalties by block; late: a model for each block and one of their scores.")
    var fusion = "early"
    @Option(help: "Penalty of a block relative to others as name=factor, in early fusion; may be repeated.")
    var blockPenalty: [String] = []
    @Option(help: "Clinical columns that enter without penalty and selection, beside the blocks or their scores.")
    var direct = ""

    /// All features that the blocks and `direct` name; empty without blocks.
    func features(of source: CSVTable) throws -> [String] {
        guard !block.isEmpty else { return [] }
        return try blocks(of: source).flatMap(\.features) + words(direct)
    }

    private func blocks(of source: CSVTable) throws -> [StackedLearner.Block] {
        try block.map { text in
            let (name, list) = try Self.parts(text, option: "--block")
            return StackedLearner.Block(name: name, features: try columns(words(list), of: source))
        }
    }

    private static func parts(_ text: String, option: String) throws -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw LocalLearningError.options("\(option): '\(text)' is not name=value") }
        return (parts[0], parts[1])
    }

    /// The pipeline of a method over the blocks.
    func pipeline(
        _ method: String, _ options: LearnerOptions, _ settings: LearnerSettings, source: CSVTable
    ) throws -> ModelPipeline {
        let clinical = words(direct)
        guard !block.isEmpty else {
            guard blockPenalty.isEmpty else { throw LocalLearningError.options("--block-penalty needs --block") }
            var own = settings
            for name in clinical { own.penaltyFactors[name] = 0 }
            var pipeline = try options.pipeline(method, own)
            pipeline.kept = clinical
            return pipeline
        }
        let blocks = try blocks(of: source)
        switch fusion {
        case "early":
            var own = settings
            for text in blockPenalty {
                let (name, value) = try Self.parts(text, option: "--block-penalty")
                guard let block = blocks.first(where: { $0.name == name }), let factor = Double(value) else {
                    throw LocalLearningError.options("--block-penalty: '\(text)' is no block with a number")
                }
                for feature in block.features { own.penaltyFactors[feature] = factor }
            }
            for name in clinical { own.penaltyFactors[name] = 0 }
            var pipeline = try options.pipeline(method, own)
            pipeline.kept = clinical
            return pipeline
        case "late":
            guard blockPenalty.isEmpty else {
                throw LocalLearningError.options("--block-penalty is for --fusion early")
            }
            var lower = try options.pipeline(method, settings)
            let imputation = lower.imputation
            lower.imputation = .none
            var upper = settings
            upper.lambda = 0
            let learner = try upper.learner(named: method.hasPrefix("cox") ? "coxph" : "lr")
            return ModelPipeline(
                imputation: imputation,
                learner: try StackedLearner(
                    blocks: blocks, direct: clinical, lower: lower, upper: learner, folds: settings.folds))
        default: throw LocalLearningError.options("--fusion: use early or late")
        }
    }
}
