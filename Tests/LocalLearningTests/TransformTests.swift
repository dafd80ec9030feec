import Federation
import Foundation
import Learning
import LocalHarmonisation
import LocalLearning
import Tables
import Testing

/// Logarithms and Box-Cox transforms before an algorithm.
@Suite("Transforms of features before a model")
struct TransformTests {
    static let transforms = FeatureTransforms(lambda: ["a": 0, "d": 0.5])

    static func pipeline(_ name: String = "lr") throws -> ModelPipeline {
        var settings = LearnerSettings()
        (settings.trees.rounds, settings.folds.count) = (10, 5)
        var pipeline = ModelPipeline(imputation: .medianIndicator, learner: try settings.learner(named: name))
        pipeline.transforms = transforms
        return pipeline
    }

    static func file() throws -> ModelFile {
        let cases = try ModelFileTests.input("lr", missing: true).cases
        return try ModelFile(
            outcome: OutcomeColumns(event: "y"), method: "lr", parts: [cases], fitted: try pipeline().fit([cases]))
    }

    @Test(
        "The model is that of a table that was transformed before, over sites too; a file read back predicts the same",
        arguments: ["lr", "lasso", "svm", "boosting"])
    func same(name: String) throws {
        let cases = try ModelFileTests.input("lr", missing: true).cases
        let fitted = try Self.pipeline(name).fit([cases])
        #expect(try Self.pipeline(name).fit(cases.bySite()) == fitted)
        var before = cases.table
        for row in 0..<cases.count {
            before.features[row * 4] = log(before.features[row * 4])
            before.features[row * 4 + 3] = (before.features[row * 4 + 3].squareRoot() - 1) / 0.5
        }
        var plain = try Self.pipeline(name)
        plain.transforms = FeatureTransforms(lambda: [:])
        let direct = try plain.fit([
            TrainingCases(table: before, times: cases.times, names: cases.names)
        ])
        let (found, wanted) = (try fitted.scores(cases.table), try direct.scores(before))
        #expect(zip(found, wanted).allSatisfy { ($0 - $1).magnitude < 1e-9 })
        let file = try ModelFile(
            outcome: OutcomeColumns(event: "y"), method: name, parts: [cases], fitted: fitted)
        #expect(try ModelFile(json: try file.json()) == file)
        #expect(file.facts.contains { $0.contains("log of a") })
    }

    @Test(
        "A value that is 0 or negative is refused by its feature, in training and in a new case; a missing one is not")
    func refused() throws {
        let cases = try ModelFileTests.input("lr").cases
        var table = cases.table
        table.features[40] = 0
        let zero = TrainingCases(table: table, times: cases.times, names: cases.names)
        #expect(throws: LocalHarmonisationError.notPositive(feature: "a")) { try Self.pipeline().fit([zero]) }
        let file = try Self.file()
        func scores(_ row: String) throws -> [Double] {
            try file.predictions(
                try LearningInput(try CSVTable(text: "a,b,c,d\n\(row)\n", file: "n.csv"), features: file.features)
            ).map(\.score)
        }
        #expect(throws: LocalHarmonisationError.notPositive(feature: "d")) { try scores("0.5,0.5,0.5,-1") }
        #expect(try scores("0.5,0.5,0.5,")[0].isFinite)
    }

    @Test("Transforms of features that the model does not have are not in its file; a nomogram is refused")
    func restricted() throws {
        let cases = try ModelFileTests.input("lr").cases
        var pipeline = ModelPipeline(selection: [try SelectionStep("t:1")], learner: LogisticLearner())
        pipeline.transforms = FeatureTransforms(lambda: ["a": 0, "b": 0, "c": 0, "d": 0])
        let fitted = try pipeline.fit([cases])
        #expect(fitted.transforms?.lambda.count == 1 && fitted.features.count == 1)
        let file = try Self.file()
        #expect(throws: LocalLearningError.self) { try Nomogram(file.fitted, table: cases.table) }
        let explained = try ModelExplanation(file.fitted, [cases], grouping: .feature, bins: 4)
        let edge = try #require(explained.bins.first { $0.feature == "a" }?.upper)
        let sorted = (0..<cases.count).map { cases.table.features[$0 * 4] }.sorted()
        #expect((edge - sorted[59]).magnitude < 1e-12)
    }
}
