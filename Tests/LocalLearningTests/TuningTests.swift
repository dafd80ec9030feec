import Federation
import Foundation
import Learning
import LocalLearning
import StudyProtocol
import TestKit
import Testing

/// A grid of settings of which folds choose.
@Suite("Tuning of settings by folds")
struct TuningTests {
    static func reference() throws -> JSONFixture {
        let path = "\(SharedData.packageRoot)/Tests/LocalLearningTests/Fixtures/tuning.json"
        return try JSONFixture(bytes: [UInt8](Data(contentsOf: URL(filePath: path))), name: "tuning.json")
    }

    static func pipeline(
        _ method: String, _ values: [String: [Double]], folds: InnerFolds, criterion: TuningGrid.Criterion? = nil,
        selection: [String] = [], settings: LearnerSettings = LearnerSettings()
    ) throws -> ModelPipeline {
        try TuningGrid(values, folds: folds, criterion: criterion).tuned(method, settings) {
            ModelPipeline(
                selection: try selection.map(SelectionStep.init), learner: try $0.learner(named: method))
        }
    }

    static func given() throws -> InnerFolds {
        var folds = InnerFolds()
        folds.given = try SharedInput.folds()
        return folds
    }

    @Test(
        "Scores, standard errors and choice are those of scikit-learn's GridSearchCV, on folds and without each site",
        .enabled(if: SharedInput.hasShared, "no shared data"),
        arguments: [("svm", "svm", "cost"), ("svm_sites", "svm", "cost"), ("lr", "lr", "lambda")])
    func peers(name: String, method: String, setting: String) throws {
        let json = try Self.reference()
        let cases = try SharedInput.radiotherapy(json["features"].texts)
        let own = json[name]
        let folds =
            name == "svm_sites" ? InnerFolds(sites: Set(cases.table.batch).sorted()) : try Self.given()
        let fitted = try Self.pipeline(
            method, [setting: own["values"].numbers], folds: folds, selection: method == "lr" ? ["t:10"] : []
        ).fit([cases])
        let record = try #require(fitted.tuning)
        #expect(record.criterion == (method == "lr" ? .deviance : .auc))
        #expect(record.rows.map { $0.settings[setting] } == own["values"].numbers)
        for (row, (mean, error)) in zip(record.rows, zip(own["mean"].numbers, own["error"].numbers)) {
            #expect(abs(row.score - mean) < 1e-6 && abs((row.standardError ?? 0) - error) < 1e-6)
        }
        #expect(record.chosen == Int(own["best"].number))
        // What was chosen is what is fitted.
        var settings = LearnerSettings()
        if setting == "cost" { settings.cost = record.settings["cost"] ?? 0 }
        settings.lambda = record.settings["lambda"]
        let plain = try ModelPipeline(
            selection: method == "lr" ? [try SelectionStep("t:10")] : [], learner: try settings.learner(named: method)
        ).fit([cases])
        #expect(plain.predictor == fitted.predictor && plain.tuning == nil)
    }

    @Test(
        "Nested in the folds of a comparison the AUC and each fold's choice are scikit-learn's",
        .enabled(if: SharedInput.hasShared, "no shared data"))
    func nested() throws {
        let json = try Self.reference()
        let cases = try SharedInput.radiotherapy(json["features"].texts)
        let folds = try Self.given()
        let labels = cases.names.map { "\(folds.given?[$0] ?? 0)" }
        let comparison = try AlgorithmComparison(
            [
                AlgorithmComparison.Candidate(
                    name: "svm",
                    pipeline: try Self.pipeline("svm", ["cost": json["svm"]["values"].numbers], folds: folds))
            ], cases, try Resampling(cases, labels: labels))
        let report = comparison.report().algorithms[0]
        #expect(report.settings?.map(\.test) == ["1", "2", "3", "4", "5"])
        #expect(report.settings?.map { $0.settings["cost"] } == json["nested"]["chosen"].numbers)
        for (found, wanted) in zip(comparison.validations[0].discriminations, json["nested"]["auc"].numbers) {
            #expect(abs((found ?? 0) - wanted) < 1e-6)
        }
    }

    @Test(
        "From the sums of three sites the file with its table of scores is the same, byte by byte",
        arguments: [
            ("boosting", ["max-depth": [1, 3], "eta": [0.1, 0.3]]), ("elastic-net", ["alpha": [0.2, 0.8]]),
            ("svm", ["cost": [0.001, 0.1]]), ("kernel-svm", ["cost": [0.01, 0.1], "gamma": [0.1, 1]]),
            ("mlp", ["hidden": [2, 4], "weight-penalty": [1, 10]]), ("forest", ["trees": [5, 20]]),
            ("coxph", [:]), ("cox", ["alpha": [0, 1]]), ("cox-ridge", ["lambda": [0.01, 1]]),
            ("ridge", ["event-weight": [1, 3]]), ("lr", ["lambda": [1, 10, 100]]),
        ])
    func sites(method: String, values: [String: [Double]]) throws {
        let cases = try ModelFileTests.input(method, missing: method != "boosting" && method != "forest").cases
        var settings = LearnerSettings()
        (settings.folds.count, settings.calibration) = (3, .platt)
        (settings.trees.rounds, settings.fourierFeatures) = (8, 20)
        for folds in [InnerFolds(), InnerFolds(sites: ["x", "y", "z"])] {
            var own = try Self.pipeline(method, values, folds: folds, settings: settings)
            own.imputation = method == "boosting" || method == "forest" ? .none : .medianIndicator
            func file(_ parts: [TrainingCases]) throws -> ModelFile {
                try ModelFile(
                    outcome: OutcomeColumns(event: "y", time: cases.times == nil ? nil : "days"), method: method,
                    parts: parts, fitted: try own.fit(parts))
            }
            let whole = try file([cases])
            #expect(try whole.json() == file(cases.bySite()).json())
            #expect(try ModelFile(json: try whole.json()) == whole)
            guard !values.isEmpty else {
                #expect(whole.fitted.tuning == nil)
                continue
            }
            let record = try #require(whole.fitted.tuning)
            #expect(record.rows.count == values.values.reduce(1) { $0 * $1.count })
            #expect(record.folds == (folds.sites == nil ? 10 : 3))
            #expect(record.criterion == (cases.times == nil ? .deviance : .concordance))
            #expect(whole.facts.contains { $0.contains("the best of \(record.rows.count)") })
        }
    }

    @Test("The grid runs through settings by name, the last changing fastest; of equal scores the first is taken")
    func order() throws {
        let cases = try ModelFileTests.input("lr").cases
        // No gain is below 0: the first two are the same trees, and so are the last two.
        var settings = LearnerSettings()
        settings.trees.rounds = 5
        let fitted = try Self.pipeline(
            "boosting", ["minimum-gain": [0, 1e-12], "max-depth": [3, 1]], folds: InnerFolds(), settings: settings
        ).fit([cases])
        let record = try #require(fitted.tuning)
        #expect(record.rows.map { $0.settings["max-depth"] } == [3, 3, 1, 1])
        #expect(record.rows.map { $0.settings["minimum-gain"] } == [0, 1e-12, 0, 1e-12])
        #expect(record.rows[0].score == record.rows[1].score && record.rows[2].score == record.rows[3].score)
        #expect(record.chosen == 0 || record.chosen == 2)
        let best = record.rows.map(\.score).min()
        #expect(record.rows[record.chosen].score == best)
    }

    @Test("The AUC of a calibrated machine needs no calibration in the folds, and the machine keeps its own")
    func calibration() throws {
        let cases = try ModelFileTests.input("svm").cases
        var settings = LearnerSettings()
        settings.calibration = .platt
        let values = ["cost": [0.001, 0.1]]
        let calibrated = try Self.pipeline("svm", values, folds: InnerFolds(), criterion: .auc, settings: settings)
            .fit([cases])
        let plain = try Self.pipeline("svm", values, folds: InnerFolds()).fit([cases])
        #expect(calibrated.tuning == plain.tuning && plain.tuning?.criterion == .auc)
        #expect(calibrated.predictor.model.probability(score: 0) != nil)
        #expect(plain.predictor.model.probability(score: 0) == nil)
    }

    @Test("The outcomes of test rows change nothing of what is tuned on the others")
    func nothingLeaks() throws {
        let cases = try ModelFileTests.input("lr").cases
        let tuned = try Self.pipeline(
            "lr", ["lambda": [0.1, 1, 10, 100, 1000]], folds: InnerFolds(), selection: ["t:2"])
        let resampling = try Resampling(cases, folds: 3, repetitions: 1, seed: "leak")
        let split = resampling.splits[0]
        var table = cases.table
        for row in split.test { table.outcome[row] = 1 - table.outcome[row] }
        let changed = TrainingCases(table: table, times: cases.times, names: cases.names)
        #expect(
            try tuned.fit([cases.selecting(rows: split.training)])
                == tuned.fit([changed.selecting(rows: split.training)]))
        let own = try CrossValidation("lr", cases, resampling) { try tuned.fit([$0]) }
        #expect(own.models[0].tuning?.rows.count == 5)
    }

    @Test(
        "What makes no grid is refused, with its name",
        arguments: [
            (["magic=1"], "magic"), (["cost="], "cost="), (["cost=1,x"], "cost=1,x"), (["cost=nan"], "finite"),
            (["cost=inf"], "finite"), (["cost=1,1"], "each once"), (["cost=-1"], "--cost"),
            (["cost=1", "cost=2"], "twice"),
            (["rounds=1.5"], "whole"), (["rounds=1"], "svm has no rounds"), ([""], "''"),
        ])
    func refused(texts: [String], reason: String) {
        let error = #expect(throws: LocalLearningError.self) {
            let grid = try TuningGrid(try TuningGrid.values(texts), folds: InnerFolds())
            try grid.check(["svm"])
            _ = try grid.tuned("svm", LearnerSettings()) { ModelPipeline(learner: try $0.learner(named: "svm")) }
        }
        #expect(error.map { "\($0)".contains(reason) } ?? false)
    }

    @Test(
        "More than 200 combinations, a criterion that is not there, and folds that cannot be fitted or scored are refused"
    )
    func limits() throws {
        let many: [String: [Double]] = ["rounds": (1...41).map(Double.init), "max-depth": [1, 2, 3, 4, 5]]
        let error = #expect(throws: LocalLearningError.self) {
            try Self.pipeline("boosting", many, folds: InnerFolds())
        }
        #expect(error.map { "\($0)".contains("205 combinations") } ?? false)
        #expect(throws: LocalLearningError.self) {
            try Self.pipeline("svm", ["cost": [1]], folds: InnerFolds(), criterion: .deviance)
        }
        #expect(throws: LocalLearningError.self) {
            try Self.pipeline("lr", ["lambda": [1]], folds: InnerFolds(), criterion: .concordance)
        }
        #expect(throws: LocalLearningError.self) {
            try Self.pipeline("cox", ["alpha": [1]], folds: InnerFolds(), criterion: .auc)
        }
        let cases = try ModelFileTests.input("lr").cases
        let tuned = try Self.pipeline("lr", ["lambda": [1, 10]], folds: InnerFolds(sites: ["x"]))
        #expect(throws: (any Error).self) { try tuned.fit([cases.selecting(rows: [0])]) }
        let events = cases.names.indices.filter { cases.table.outcome[$0] == 1 }
        #expect(throws: (any Error).self) { try tuned.fit([cases.selecting(rows: events)]) }
    }

    @Test("The settings of a protocol's grid are those of the command, for the same algorithms")
    func names() {
        let own = Dictionary(
            TunableSetting.allCases.map { ($0.rawValue, $0.methods) }, uniquingKeysWith: { first, _ in first })
        #expect(own == StudyProtocol.Tuning.settings.mapValues { Set($0.map(\.rawValue)) })
        #expect(StudyProtocol.Tuning.combinationLimit == TuningGrid.combinationLimit)
        #expect(
            StudyProtocol.Tuning.Criterion.allCases.map(\.rawValue) == TuningGrid.Criterion.allCases.map(\.rawValue))
    }
}
