import Federation
import FoundationEssentials
import Learning
import LocalLearning
import TestKit
import Testing

/// Training cases that are shortened at their site; `Fixtures/make_case_bound.R` has R's side.
@Suite("Bounds of cases and sites")
struct CaseBoundTests {
    static func pipeline(_ name: String, bound: Double?, lambda: Double? = nil) throws -> ModelPipeline {
        var settings = LearnerSettings()
        (settings.trees.rounds, settings.folds.count, settings.lambda) = (10, 5, lambda)
        (settings.forest.trees, settings.fourierFeatures) = (10, 40)
        var pipeline = ModelPipeline(learner: try settings.learner(named: name))
        pipeline.caseBound = bound
        return pipeline
    }

    @Test(
        "Scores are those of R's glm on rows that R bounded, to 1e-7; new cases are as they are; a bound that no case reaches changes nothing",
        .enabled(if: SharedInput.hasShared, "no shared data"))
    func logistic() throws {
        let path = "\(SharedData.packageRoot)/Tests/LocalLearningTests/Fixtures/case_bound.json"
        let json = try JSONFixture(bytes: [UInt8](Data(contentsOf: URL(filePath: path))), name: "case_bound.json")
        let cases = try SharedInput.radiotherapy(json["features"].texts)
        let plain = try Self.pipeline("lr", bound: nil, lambda: 0).fit([cases])
        for wanted in json["bounds"].list {
            let fitted = try Self.pipeline("lr", bound: wanted["bound"].number, lambda: 0).fit([cases])
            let scores = try fitted.scores(cases.table)
            for (found, wanted) in zip(scores, wanted["scores"].numbers) {
                #expect(Tolerance.agrees(found, wanted, 1e-7))
            }
            #expect((fitted == plain) == (wanted["bounded"].number == 0))
        }
    }

    @Test(
        "A bounded model is the same from the sums of three sites, and another than without",
        arguments: ["lr", "lasso", "svm", "kernel-svm", "mlp", "cox-lasso", "coxph"])
    func sites(name: String) throws {
        let cases = try ModelFileTests.input(name).cases
        let fitted = try Self.pipeline(name, bound: 1).fit([cases])
        #expect(try Self.pipeline(name, bound: 1).fit(cases.bySite()) == fitted)
        #expect(try Self.pipeline(name, bound: nil).fit([cases]) != fitted)
    }

    @Test("Trees see ranks, and no bound changes them", arguments: ["boosting", "forest"])
    func trees(name: String) throws {
        let cases = try ModelFileTests.input(name).cases
        #expect(try Self.pipeline(name, bound: 0.5).fit([cases]) == Self.pipeline(name, bound: nil).fit([cases]))
    }

    @Test("A site whose values are a thousand times too large moves a bounded model less", arguments: ["lr", "svm"])
    func accident(name: String) throws {
        let cases = try ModelFileTests.input(name).cases
        var table = cases.table
        let p = table.featureCount
        for row in 0..<table.count where table.batch[row] == table.batch[0] && row % 10 == 0 {
            for column in 0..<p { table.features[row * p + column] *= 1000 }
        }
        let wrong = TrainingCases(table: table, times: cases.times, names: cases.names)
        func change(_ bound: Double?) throws -> Double {
            let sound = try Self.pipeline(name, bound: bound).fit([cases]).scores(cases.table)
            let moved = try Self.pipeline(name, bound: bound).fit([wrong]).scores(cases.table)
            return zip(sound, moved).reduce(0) { $0 + ($1.0 - $1.1).magnitude }
        }
        let (bounded, free) = (try change(2), try change(nil))
        #expect(2 * bounded < free, "\(bounded) against \(free)")
    }

    @Test("Missing and infinite values are refused by their feature, before a bound as without one")
    func missing() throws {
        let cases = try ModelFileTests.input("lr").cases
        for value in [Double.nan, .infinity] {
            var table = cases.table
            table.features[1] = value
            let wrong = TrainingCases(table: table, times: cases.times, names: cases.names)
            #expect(throws: (any Error).self) { try Self.pipeline("lr", bound: 1).fit([wrong]) }
        }
    }

    @Test("Values that are too large to be summed are told by their feature")
    func huge() throws {
        let cases = try ModelFileTests.input("lr").cases
        var table = cases.table
        (table.features[1], table.features[5]) = (1e308, -1e308)
        let wrong = TrainingCases(table: table, times: cases.times, names: cases.names)
        #expect {
            try Self.pipeline("lr", bound: nil).fit([wrong])
        } throws: { error in
            "\(error)".contains("feature 'b' has values that are too large")
        }
    }

    @Test("A network whose sites are bounded says so and depends on them; settings below 0 are refused")
    func network() throws {
        let cases = try ModelFileTests.input("mlp").cases
        var settings = LearnerSettings()
        settings.siteBound = 0.5
        #expect(settings.dependsOnSites("mlp") && !settings.dependsOnSites("lr"))
        let pipeline = ModelPipeline(learner: try settings.learner(named: "mlp"))
        let divided = try pipeline.fit(cases.bySite())
        #expect(try pipeline.fit([cases]) != divided)
        let file = try ModelFile(
            outcome: OutcomeColumns(event: "y"), method: "mlp", parts: cases.bySite(), fitted: divided)
        #expect(file.facts.contains { $0.contains("NOT the network of the pooled cases") })
        #expect(try ModelFile(json: try file.json()) == file)
        for bound in [0, -1, Double.nan, .infinity] {
            settings.siteBound = bound
            #expect(throws: LocalLearningError.self) { try settings.learner(named: "mlp") }
            settings.siteBound = nil
            settings.caseBound = bound
            #expect(throws: LocalLearningError.self) { try settings.learner(named: "lr") }
            settings.caseBound = nil
        }
    }
}
