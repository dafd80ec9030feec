import Federation
import Foundation
import Learning
import LocalLearning
import Simulator
import Statistics
import StudyCore
import StudyProtocol
import Testing

/// A covariate of a study as the offset of its model.
@Suite("Offset in a study")
struct OffsetStudyTests {
    static func study(_ model: String, time: Bool = false) throws -> StudyProtocol {
        var yaml = Synthetic.start(harmonisation: "none") + "\nmodel: {\(model)}"
        yaml = yaml.replacingOccurrences(of: "{name: age}", with: "{name: age, logarithm: true}")
        if time { yaml = yaml.replacingOccurrences(of: "event: \"1\"}", with: "event: \"1\", time: days}") }
        return try StudyProtocol(yaml: yaml, file: "offset.yaml")
    }

    @Test(
        "The federated file is the pooled one, byte by byte, and the model that of the rows on one machine; externals validate it",
        arguments: ["lr", "ridge", "lasso", "elastic-net", "cox-ridge", "coxph"])
    func pooled(kind: String) throws {
        let hasTimes = kind.hasPrefix("cox")
        let study = try Self.study(
            "kind: \(kind), offset: age, folds: 3, select: [\"\(hasTimes ? "cox" : "t"):4\"], covariates: [sex]",
            time: hasTimes)
        let sources = try FurtherLearningTests.sources(study)
        let (file, run) = try FurtherLearningTests.model(study, sources)
        #expect(file.fitted.linear?.offset == "age" && file.features.contains("age"))
        #expect(!run.results.selection.selected.contains("age"))
        let external = run.results.sites.first { $0.site == "d" }
        #expect(external?.estimate(hasTimes ? "concordance" : "auc", "model")?.number != nil)
        // The rows of the sites on one machine; the logarithm is the protocol's.
        let parts = try FurtherLearningTests.parts(study, sources, hasCovariates: true)
        var settings = FurtherLearningTests.settings
        settings.offset = "age"
        var pipeline = ModelPipeline(
            selection: [try SelectionStep(hasTimes ? "cox:4" : "t:4")], kept: ["sex=M"],
            learner: try settings.learner(named: kind))
        pipeline.offset = "age"
        let local = try pipeline.fit(parts)
        #expect(local.linear == file.fitted.linear)
        let estimate = try #require(
            try study.learningCommunication(
                features: (try sources["a"]?.extraction().table.featureNames ?? []) + study.modelCovariateColumns,
                cases: 180))
        let (own, likely) = (LearningStudyTests.learning(run), try #require(estimate.likely))
        #expect(own.rounds <= estimate.most.rounds && own.bytes <= estimate.most.bytesPerSite)
        #expect(own.rounds <= 2 * likely.rounds && 2 * own.rounds >= likely.rounds)
        #expect(own.bytes <= 2 * likely.bytesPerSite && 2 * own.bytes >= likely.bytesPerSite)
    }

    @Test("A comparison and a grid of settings have the offset too")
    func compared() throws {
        let study = try Self.study(
            "kind: lr, offset: age, folds: 3, tune: {lambda: [1, 100]}, tune-folds: 3, select: [\"t:4\"], "
                + "compare: {methods: [lr, ridge], folds: 3, leak: true}")
        let (file, run) = try FurtherLearningTests.model(study, try FurtherLearningTests.sources(study))
        #expect(file.fitted.linear?.offset == "age" && file.fitted.tuning?.rows.count == 2)
        let report = try #require(run.results.comparison)
        #expect(report.algorithms.map(\.meanFeatures) == [4, 4] && report.algorithms.allSatisfy { $0.leaked != nil })
    }

    @Test(
        "What cannot be an offset is refused by its key",
        arguments: [
            "kind: lr, offset: nothing", "kind: lr, offset: sex", "kind: lr, offset: age, covariates: [age]",
            "kind: svm, offset: age", "kind: lr, offset: age, compare: {methods: [lr, boosting]}",
            "kind: lr, offset: age, fusion: late, blocks: [{name: x, columns: [f0]}]",
        ])
    func refused(model: String) throws {
        let error = #expect(throws: ConfigurationError.self) { try Self.study(model) }
        #expect(error.map { "\($0)".contains("offset") } ?? false)
        #expect(throws: ConfigurationError.self) { try Self.study("kind: ridge-logistic, lambda: 1, offset: age") }
    }
}
