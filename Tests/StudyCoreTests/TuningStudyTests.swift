import Federation
import Foundation
import Learning
import LocalLearning
import Simulator
import StudyCore
import StudyProtocol
import Testing

/// A grid of settings in a protocol.
@Suite("Tuning as a stage of a study")
struct TuningStudyTests {
    @Test(
        "Model, table of scores and comparison are the pooled ones, byte by byte, in half to twice of the rehearsal's rounds and bytes",
        arguments: [
            "kind: svm, tune: {cost: [0.001, 0.01, 0.1]}, tune-folds: 3, select: [\"spearman:0.95\", \"mrmr:4\"]",
            "kind: boosting, tune: {max-depth: [1, 2], rounds: [3, 6]}, tune-folds: 3, tune-by: auc",
            "kind: lr, leave-out-sites: true, tune: {lambda: [1, 30, 1000]}, select: [\"t:4\"]",
            "kind: elastic-net, tune: {alpha: [0.2, 1]}, tune-folds: 3, select: [\"t:4\"]",
        ])
    func pooled(model: String) throws {
        let folds = model.contains("leave-out-sites") ? "" : ", folds: 3"
        let study = try LearningStudyTests.study(model + folds)
        let sources = try Synthetic.sources(study)
        let run = try LocalRun(study: study, sources: sources)
        let bytes = try #require(run.artefacts[ArtefactName.model])
        #expect(bytes == (try LearningStudyTests.pooled(study, sources)).artefacts[ArtefactName.model])
        let record = try #require(try ModelFile(json: bytes).fitted.tuning)
        #expect(record.folds == 3 && record.rows.count >= 2)
        #expect(record.criterion == (model.contains("auc") ? .auc : .deviance))
        #expect(run.results.model?.facts?.contains { $0.contains("the best of \(record.rows.count)") } == true)
        let names = try #require(try sources["a"]?.extraction().table.featureNames)
        let estimate = try #require(try study.learningCommunication(features: names, cases: 180))
        let own = LearningStudyTests.learning(run)
        #expect(own.rounds <= estimate.most.rounds && own.bytes <= estimate.most.bytesPerSite)
        let likely = try #require(estimate.likely)
        #expect(own.rounds <= 2 * likely.rounds && 2 * own.rounds >= likely.rounds)
        #expect(own.bytes <= 2 * likely.bytesPerSite && 2 * own.bytes >= likely.bytesPerSite)
    }

    @Test(
        "Folds and combinations share their rounds: a grid of three takes hardly more than twice the rounds of one fit")
    func rounds() throws {
        func rounds(_ tune: String) throws -> Int {
            let study = try LearningStudyTests.study("kind: lr, \(tune)select: [\"spearman:0.95\", \"t:4\"]")
            return LearningStudyTests.learning(try LocalRun(study: study, sources: try Synthetic.sources(study))).rounds
        }
        let (plain, tuned) = (try rounds(""), try rounds("tune: {lambda: [1, 30, 1000]}, tune-folds: 3, "))
        #expect(tuned > plain && tuned <= 2 * plain)
    }

    @Test("A comparison tunes within each training set, by folds or without each site, and tells what was chosen where")
    func comparison() throws {
        for (folds, outer) in [("tune-folds: 3", "folds: 3"), ("leave-out-sites: true", "leave-out-sites: true")] {
            let study = try LearningStudyTests.study(
                "kind: lr, \(folds), tune: {lambda: [1, 100], rounds: [2, 4]}, select: [\"t:4\"], "
                    + "compare: {methods: [lr, boosting, mlp], choose: 3, \(outer)}, hidden: [2]")
            let sources = try Synthetic.sources(study)
            let run = try LocalRun(study: study, sources: sources)
            let report = try #require(run.results.comparison)
            #expect(report == (try LearningStudyTests.pooled(study, sources)).results.comparison)
            let tests = outer == "folds: 3" ? ["1", "2", "3"] : ["a", "b", "c"]
            #expect(report.algorithms.prefix(2).allSatisfy { $0.settings?.map(\.test) == tests })
            #expect(report.algorithms[0].settings?.allSatisfy { [1, 100].contains($0.settings["lambda"]) } == true)
            #expect(report.algorithms[1].settings?.allSatisfy { [2, 4].contains($0.settings["rounds"]) } == true)
            #expect(report.algorithms[2].settings == nil && report.tuningLines.contains { $0.hasPrefix("lr: lambda") })
        }
    }

    @Test("Cox models are tuned by the concordance within sites")
    func times() throws {
        let study = try FurtherLearningTests.study(
            "kind: cox-ridge, tune: {lambda: [0.01, 0.1, 1]}, tune-folds: 3, select: [\"cox:4\"]", time: true)
        let (file, _) = try FurtherLearningTests.model(study, try FurtherLearningTests.sources(study))
        #expect(file.fitted.tuning?.criterion == .concordance && file.fitted.tuning?.rows.count == 3)
    }

    @Test("A site answers the folds of the tuning, and no others")
    func folds() throws {
        let study = try LearningStudyTests.study(
            "kind: lr, tune: {lambda: [1, 10]}, tune-folds: 3, folds: 3", harmonisation: "none")
        let sources = try Synthetic.sources(study)
        let run = try LocalRun(study: study, sources: sources)
        var (_, site, artefacts) = try LearningStudyTests.round(study)
        func answer(_ seed: String) throws -> Int {
            var folds = InnerFolds()
            (folds.count, folds.seed, folds.isBySite) = (3, seed, true)
            let request = LearningRequest(
                computation: "learning.class-totals", steps: [.within(folds, 1)], form: .table, state: Data("{}".utf8))
            return try site.answer(LearningStudyTests.task(study, [request], run), artefacts: artefacts)
                .contribution.blocks.count
        }
        #expect(try answer("synthetic/tune") == 2)
        #expect(throws: LocalLearningError.self) { try answer("synthetic/tune2") }
        artefacts = [:]
    }

    @Test(
        "What makes no grid is refused by its key",
        arguments: [
            ("kind: svm, tune: {}", "tune"), ("kind: svm, tune: {cost: []}", "cost"),
            ("kind: svm, tune: {cost: [0]}", "cost"), ("kind: svm, tune: {cost: [1, 1]}", "cost"),
            ("kind: svm, tune: {magic: [1]}", "magic"), ("kind: svm, tune: {rounds: [1]}", "rounds"),
            ("kind: boosting, tune: {rounds: [1.5]}", "rounds"), ("kind: svm, tune-folds: 3", "tune-folds"),
            ("kind: svm, tune-by: auc", "tune-by"), ("kind: svm, tune: {cost: [1]}, tune-by: concordance", "tune-by"),
            ("kind: svm, tune: {cost: [1]}, tune-folds: 2", "tune-folds"),
            ("kind: svm, tune: {cost: [1]}, tune-folds: 3, leave-out-sites: true", "tune-folds"),
            (
                "kind: boosting, tune: {rounds: [1, 2, 3, 4, 5, 6], max-depth: [1, 2, 3, 4, 5, 6], eta: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}",
                "216 combinations"
            ),
            ("kind: ridge-logistic, lambda: 1, tune: {lambda: [1]}", "tune"),
        ])
    func refused(model: String, field: String) {
        let error = #expect(throws: ConfigurationError.self) { try LearningStudyTests.study(model) }
        #expect(error.map { "\($0)".contains(field) } ?? false)
    }

    @Test("The order of the settings in the file changes no hash, that of their values does")
    func hash() throws {
        func hash(_ tune: String) throws -> String {
            try LearningStudyTests.study("kind: boosting, tune: {\(tune)}").hash()
        }
        #expect(try hash("rounds: [1, 2], eta: [0.1]") == hash("eta: [0.1], rounds: [1, 2]"))
        #expect(try hash("rounds: [1, 2], eta: [0.1]") != hash("rounds: [2, 1], eta: [0.1]"))
    }
}
