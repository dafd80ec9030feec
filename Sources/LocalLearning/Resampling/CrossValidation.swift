import Federation
public import Learning

/// A pipeline fitted to the training rows of every split, and its scores of the test rows.
public struct CrossValidation: Sendable {
    /// Name of the pipeline in tables.
    public let name: String
    /// Discrimination of each split's test rows; nil where no pair can be compared.
    public let discriminations: [Double?]
    /// Score of each row by the model that did not see it, for each repetition.
    public let scores: [[Double]]
    /// How often each of the features was in a split's model.
    public let stability: SelectionStability
    /// Features of each split's model.
    public let models: [FittedModel]

    /// Fits and scores.
    ///
    /// - Throws: what the pipeline throws, with the name of the fold or site in front.
    public init(
        _ name: String, _ cases: TrainingCases, _ resampling: Resampling,
        pipeline: (TrainingCases) throws -> FittedModel
    ) throws {
        self.name = name
        var scores = [[Double]](
            repeating: [Double](repeating: 0, count: cases.count), count: resampling.repetitions)
        var discriminations: [Double?] = []
        var models: [FittedModel] = []
        for split in resampling.splits {
            let model = try Self.naming(split, name) { try pipeline(cases.selecting(rows: split.training)) }
            let test = cases.selecting(rows: split.test)
            let own = try Self.naming(split, name) { try model.scores(test.table) }
            for (row, score) in zip(split.test, own) { scores[split.repetition][row] = score }
            discriminations.append(Discriminations.value(own, test))
            models.append(model)
        }
        self.scores = scores
        self.discriminations = discriminations
        self.models = models
        let columns = Set(models.flatMap(\.featureColumns))
            .union(cases.table.featureNames.filter { $0 != models.first?.linear?.offset }).sorted()
        let places = Dictionary(columns.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        stability = SelectionStability(
            features: columns,
            selections: models.map { model in model.featureColumns.compactMap { places[$0] }.sorted() })
    }

    private static func naming<Value>(
        _ split: Resampling.Split, _ name: String, _ body: () throws -> Value
    ) throws -> Value {
        do {
            RunProgress.tell("\(name) without '\(split.name)'")
            return try body()
        } catch {
            throw LocalLearningError.tooFew(part: "\(name) without fold or site '\(split.name)'", reason: "\(error)")
        }
    }

    /// Mean over the repetitions of each row's score by models that did not see it.
    public var meanScores: [Double] {
        scores[0].indices.map { row in scores.reduce(0) { $0 + $1[row] } / Double(scores.count) }
    }

    /// Stability for a model file; features in no model are left out.
    public var fileStability: ModelFile.Stability {
        ModelFile.Stability(
            fits: models.count,
            frequencies: Dictionary(
                zip(stability.features, stability.frequencies).filter { $0.1 > 0 },
                uniquingKeysWith: { first, _ in first }),
            index: stability.index)
    }
}
