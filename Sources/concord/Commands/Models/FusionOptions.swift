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
        block.isEmpty ? [] : try joined().features(among: source.columns)
    }

    /// What the options say.
    func joined() throws -> BlockFusion {
        guard let kind = BlockFusion.Kind(rawValue: fusion) else {
            throw LocalLearningError.options("--fusion: use early or late")
        }
        guard !block.isEmpty || blockPenalty.isEmpty else {
            throw LocalLearningError.options("--block-penalty needs --block")
        }
        var penalties: [String: Double] = [:]
        for text in blockPenalty {
            let (name, value) = try Self.parts(text, option: "--block-penalty")
            guard let factor = Double(value) else {
                throw LocalLearningError.options("--block-penalty: '\(text)' is no block with a number")
            }
            penalties[name] = factor
        }
        let blocks = try block.map { text in
            let (name, list) = try Self.parts(text, option: "--block")
            return BlockFusion.Block(name: name, columns: words(list), penalty: penalties.removeValue(forKey: name))
        }
        if let unknown = penalties.keys.min() {
            throw LocalLearningError.options("--block-penalty: there is no --block '\(unknown)'")
        }
        return try BlockFusion(kind: blocks.isEmpty ? .early : kind, blocks: blocks, direct: words(direct))
    }

    private static func parts(_ text: String, option: String) throws -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw LocalLearningError.options("\(option): '\(text)' is not name=value") }
        return (parts[0], parts[1])
    }

    /// The pipeline of a method over the blocks, with the transforms of features before.
    func pipeline(
        _ method: String, _ options: LearnerOptions, _ settings: LearnerSettings, source: CSVTable,
        features: [String]
    ) throws -> ModelPipeline {
        func joined(_ settings: LearnerSettings) throws -> ModelPipeline {
            let pipeline = try options.pipeline(method, settings)
            guard !block.isEmpty || !direct.isEmpty || !blockPenalty.isEmpty else { return pipeline }
            return try self.joined().pipeline(
                method, settings, columns: source.columns, imputation: pipeline.imputation,
                selection: pipeline.selection)
        }
        var pipeline = try settings.tuning?.tuned(method, settings, pipeline: joined) ?? joined(settings)
        pipeline.transforms = try options.transforms(features.filter { $0 != settings.offset })
        pipeline.caseBound = settings.caseBound
        return pipeline
    }
}
