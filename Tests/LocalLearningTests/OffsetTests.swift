import Federation
import Foundation
import Learning
import LocalLearning
import Tables
import TestKit
import Testing

/// A known part of the linear predictor.
@Suite("Offset of a linear predictor")
struct OffsetTests {
    /// Cases with a further column.
    static func adding(_ offset: [Double], to cases: TrainingCases, name: String = "known") -> TrainingCases {
        let p = cases.table.featureCount
        let values = (0..<cases.count).flatMap { cases.table.features[$0 * p..<($0 + 1) * p] + [offset[$0]] }
        return TrainingCases(
            table: CaseTable(
                featureNames: cases.table.featureNames + [name], features: values, outcome: cases.table.outcome,
                batch: cases.table.batch), times: cases.times, names: cases.names)
    }

    /// The seeded table of `ModelFileTests` with its last feature as the offset.
    static func input(_ method: String) throws -> LearningInput {
        try LearningInput(
            try ModelFileTests.table(),
            outcome: OutcomeColumns(event: "y", time: method.hasPrefix("cox") ? "days" : nil),
            features: ["a", "b", "c"],
            roles: LearningInput.Roles(name: "case", site: "site", offset: "d"))
    }

    static func settings() -> LearnerSettings {
        var settings = LearnerSettings()
        (settings.folds.count, settings.offset) = (5, "d")
        return settings
    }

    static func pipeline(_ method: String, selection: [String] = []) throws -> ModelPipeline {
        var pipeline = ModelPipeline(
            selection: try selection.map(SelectionStep.init), learner: try settings().learner(named: method))
        pipeline.offset = "d"
        return pipeline
    }

    static func file(_ method: String, bySite: Bool = false) throws -> ModelFile {
        let cases = try input(method).cases
        let parts = bySite ? cases.bySite() : [cases]
        return try ModelFile(
            outcome: OutcomeColumns(event: "y", time: cases.times == nil ? nil : "days"), method: method, parts: parts,
            fitted: try pipeline(method).fit(parts))
    }

    @Test(
        "From the sums of three sites the file is the same, byte by byte; it reads back, and its score moves by 1 with the offset",
        arguments: LearnerSettings.names.filter(LearnerSettings.withOffset.contains))
    func sites(method: String) throws {
        let file = try Self.file(method)
        #expect(try file.json() == Self.file(method, bySite: true).json())
        let read = try ModelFile(json: try file.json())
        #expect(read == file && file.features.last == "d" && !file.fitted.featureColumns.contains("d"))
        #expect(file.facts.contains { $0.contains("offset 'd'") })
        #expect(TermTable(file).rows.last?.perUnit == 1 && TermTable(file).rows.last?.standardError == nil)
        let source = try ModelFileTests.table()
        let input = try LearningInput(source, features: file.features)
        var moved = input.table
        let p = moved.featureCount
        for row in 0..<moved.count { moved.features[row * p + p - 1] += 2 }
        for (after, before) in zip(try file.fitted.scores(moved), try file.fitted.scores(input.table)) {
            #expect(abs(after - before - 2) < 1e-12)
        }
        let (base, values) = try read.contributions(input)
        for (row, score) in try file.fitted.scores(input.table).enumerated() {
            #expect(abs(values[row * p..<(row + 1) * p].reduce(base, +) - score) < 1e-12)
        }
    }

    @Test("An offset of 0 is none, and one that does not vary moves the intercept alone")
    func constant() throws {
        let cases = try ModelFileTests.input("lasso").cases.selecting(features: ["a", "b", "c"])
        var settings = LearnerSettings()
        settings.folds.count = 5
        for method in ["lr", "lasso", "cox-ridge"] {
            let own =
                method == "cox-ridge"
                ? try ModelFileTests.input(method).cases.selecting(features: ["a", "b", "c"]) : cases
            settings.offset = nil
            let plain = try ModelPipeline(learner: try settings.learner(named: method)).fit([own])
            settings.offset = "known"
            for value in [0, 1.5] {
                var pipeline = ModelPipeline(learner: try settings.learner(named: method))
                pipeline.offset = "known"
                let table = Self.adding(own.names.map { _ in value }, to: own)
                let found = try pipeline.fit([table])
                let (a, b) = (try #require(plain.linear), try #require(found.linear))
                for (x, y) in zip(a.coefficients, b.coefficients) { #expect(abs(x - y) < 1e-6) }
                for (x, y) in zip(try plain.scores(own.table), try found.scores(table.table)) {
                    #expect(abs(x - y) < 1e-6)
                }
                // In a new case it counts all the same.
                let new = Self.adding(own.names.map { _ in value + 1 }, to: own)
                let moved = try found.scores(new.table)[0] - found.scores(table.table)[0]
                #expect(abs(moved - 1) < 1e-12)
            }
        }
    }

    @Test("No selection, no stand-in and no stability sees it; a grid and a comparison keep it")
    func passedOver() throws {
        let cases = try Self.input("lr").cases
        var pipeline = try Self.pipeline("lr", selection: ["t:1"])
        pipeline.imputation = .median
        let fitted = try pipeline.fit([cases])
        #expect(fitted.selection?.features.count == 1 && fitted.imputation.values.allSatisfy { $0.column != "d" })
        #expect(fitted.predictor.model.columns.last == "d" && fitted.features.count == 2)
        let tuned = try TuningGrid(["lambda": [1, 100]], folds: InnerFolds()).tuned("lr", Self.settings()) {
            var own = ModelPipeline(learner: try $0.learner(named: "lr"))
            own.offset = "d"
            return own
        }
        let candidates = [
            AlgorithmComparison.Candidate(name: "plain", pipeline: pipeline),
            AlgorithmComparison.Candidate(name: "tuned", pipeline: tuned),
        ]
        let comparison = try AlgorithmComparison(
            candidates, cases, try Resampling(cases, folds: 3, repetitions: 1, seed: "s"), showsLeak: true)
        #expect(comparison.validations.allSatisfy { $0.models.allSatisfy { $0.linear?.offset == "d" } })
        #expect(comparison.leaked[0].models.allSatisfy { $0.linear?.offset == "d" })
        #expect(comparison.validations.allSatisfy { !$0.stability.features.contains("d") })
        #expect(comparison.report().algorithms.map(\.meanFeatures) == [1, 3])
    }

    @Test("It is an axis of the nomogram, whose linear predictor is the score; resamples are fitted with it")
    func nomogram() throws {
        let cases = try Self.input("lr").cases
        let fitted = try Self.pipeline("lr").fit([cases])
        let nomogram = try Nomogram(fitted, table: cases.table)
        #expect(
            nomogram.variables.map(\.name) == ["a", "b", "c", "d"] && abs(nomogram.variables[3].coefficient - 1) < 1e-12
        )
        for (row, score) in try fitted.scores(cases.table).enumerated() {
            let values = Array(cases.table.features[row * 4..<(row + 1) * 4])
            #expect(abs(nomogram.total(values).linearPredictor - score) < 1e-9)
        }
        let whole = try OptimismCorrection(fitted, parts: [cases], count: 20, seed: 1)
        // A mean over all rows is added up in another order.
        let parts = try OptimismCorrection(fitted, parts: cases.bySite(), count: 20, seed: 1)
        for (own, other) in zip(whole.indices, parts.indices) { #expect(abs(own.corrected - other.corrected) < 1e-12) }
        let area = Discriminations.area(try fitted.scores(cases.table), cases.table.outcome)
        #expect(whole.failed == 0 && abs(whole.indices[0].apparent - (area ?? 0)) < 1e-12)
        // With the offset as a feature of its own the model would be another, and so would its optimism.
        let free = try ModelPipeline(learner: LogisticLearner()).fit([cases])
        #expect(try OptimismCorrection(free, parts: [cases], count: 20, seed: 1).indices != whole.indices)
    }

    @Test(
        "Algorithms without a linear predictor, blocks joined late, and a column with another role refuse it by name",
        arguments: LearnerSettings.names.filter { !LearnerSettings.withOffset.contains($0) })
    func refused(method: String) throws {
        let error = #expect(throws: LocalLearningError.self) { try Self.settings().learner(named: method) }
        #expect(error.map { "\($0)".contains("'d'") && "\($0)".contains(method) } ?? false)
        let late = try BlockFusion(
            kind: .late, blocks: [BlockFusion.Block(name: "x", columns: ["a"], penalty: nil)], direct: [])
        #expect(throws: LocalLearningError.self) {
            try late.pipeline("lr", Self.settings(), columns: ["a", "d"], imputation: .none, selection: [])
        }
        #expect(throws: LocalLearningError.options("column 'd' cannot be a feature and have another role")) {
            try LearningInput(
                try ModelFileTests.table(), outcome: OutcomeColumns(event: "y"), features: ["a", "d"],
                roles: LearningInput.Roles(offset: "d"))
        }
    }

    @Test("Where it is missing it is refused by its name: in training, in a table to predict, and by a changed file")
    func missing() throws {
        #expect(throws: TableError.missingValue(file: "t.csv", row: 1, column: "d")) {
            try LearningInput(
                try ModelFileTests.table(missing: true), outcome: OutcomeColumns(event: "y"), features: ["a"],
                roles: LearningInput.Roles(offset: "d"))
        }
        let file = try Self.file("lr")
        let gap = try CSVTable(text: "a,b,c,d\n0.5,0.5,0.5,\n", file: "n.csv")
        #expect(throws: LearningError.missingValues(features: ["d"])) {
            try file.predictions(try LearningInput(gap, features: file.features))
        }
        let without = try CSVTable(text: "a,b,c\n0.5,0.5,0.5\n", file: "n.csv")
        let error = #expect(throws: TableError.self) { try LearningInput(without, features: file.features) }
        #expect(error.map { "\($0)".contains("'d'") } ?? false)
        let text = String(decoding: try file.json(), as: UTF8.self)
        #expect(throws: LocalLearningError.self) {
            try ModelFile(json: Data(text.replacingOccurrences(of: "\"offset\":\"d\"", with: "\"offset\":\"a\"").utf8))
        }
        #expect(throws: LearningError.oneClass) {
            try OffsetIntercept("d").run(on: [CaseTable(featureNames: ["d"], features: [1], outcome: [1], batch: [""])])
        }
    }
}
