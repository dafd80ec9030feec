import Federation
import Learning
import LocalLearning
import TestKit
import Testing

@Suite("Folds and comparisons")
struct ResamplingTests {
    @Test("Folds are stratified, reproducible, follow the key and not the order of the rows, and keep patients whole")
    func folds() throws {
        let outcome = (0..<100).map { $0 % 4 == 0 ? 1.0 : 0 }
        let names = (0..<100).map { "p\($0)" }
        let found = Folds.stratified(names: names, outcome: outcome, count: 5, seed: "s")
        for fold in 1...5 {
            #expect(found.indices.filter { found[$0] == fold && outcome[$0] == 1 }.count == 5)
            #expect(found.indices.filter { found[$0] == fold && outcome[$0] == 0 }.count == 15)
        }
        let reversed = Folds.stratified(
            names: names.reversed(), outcome: outcome.reversed(), count: 5, seed: "s")
        #expect(reversed.reversed() == found)
        #expect(Folds.stratified(names: names, outcome: outcome, count: 5, seed: "t") != found)
        let lesions = (0..<100).map { "p\($0 / 3)" }
        let whole = Folds.stratified(names: lesions, outcome: outcome, count: 5, seed: "s")
        for row in 1..<100 where lesions[row] == lesions[row - 1] { #expect(whole[row] == whole[row - 1]) }
    }

    @Test("The area is that of all pairs, with ties")
    func area() {
        let scores = (0..<60).map { Double(($0 * 37) % 11) }
        let outcome = (0..<60).map { ($0 * 7) % 3 == 0 ? 1.0 : 0 }
        #expect(Discriminations.area(scores, outcome) == Discriminate.area(scores, outcome))
        #expect(Discriminations.area([1, 2], [1, 1]) == nil)
    }

    @Test("A comparison has a row for each algorithm and for the choice within, all pairs, and the warning")
    func comparison() throws {
        let cases = try ModelFileTests.input("lr").cases
        var settings = LearnerSettings()
        settings.folds.count = 4
        settings.trees.rounds = 8
        let candidates = try ["lr", "svm", "boosting"].map {
            AlgorithmComparison.Candidate(name: $0, pipeline: ModelPipeline(learner: try settings.learner(named: $0)))
        }
        let resampling = try Resampling(cases, folds: 3, repetitions: 2, seed: "s")
        let comparison = try AlgorithmComparison(candidates, cases, resampling, choiceFolds: 3)
        let report = comparison.report()
        #expect(report.algorithms.map(\.name) == ["lr", "svm", "boosting", "chosen within"])
        #expect(report.pairs.count == 3 && comparison.choices.count == 6)
        for pair in report.pairs {
            #expect(pair.holm ?? 1 >= pair.pValue ?? 1 && pair.deLongHolm ?? 1 >= pair.deLongPValue ?? 1)
        }
        #expect(report.choices.values.reduce(0, +) == 6)
        #expect(report.warning?.contains("too high") ?? false)
        for row in report.algorithms {
            #expect((row.lower ?? 1) < (row.mean ?? 0) && (row.mean ?? 1) < (row.upper ?? 0))
        }
        // The rows that a model is tested on are not those that it was fitted to.
        for split in resampling.splits { #expect(Set(split.training).isDisjoint(with: split.test)) }
        let site = try AlgorithmComparison(
            Array(candidates.prefix(1)), cases, try Resampling(leavingOutSitesOf: cases)
        ).report()
        #expect(site.algorithms[0].tests == 3 && site.warning == nil && site.pairs.isEmpty)
    }

    @Test("Scores of held-out rows do not change with the outcomes of those rows: nothing leaks from the test")
    func noLeak() throws {
        let cases = try ModelFileTests.input("lr").cases
        let labels = cases.names.indices.map { "\($0 % 4)" }
        let resampling = try Resampling(cases, labels: labels)
        let pipeline = ModelPipeline(selection: [try SelectionStep("t:2")], learner: LogisticLearner())
        let before = try CrossValidation("lr", cases, resampling) { try pipeline.fit([$0]) }
        var table = cases.table
        for row in resampling.splits[0].test { table.outcome[row] = 1 - table.outcome[row] }
        let after = try CrossValidation("lr", cases.replacing(table), resampling) { try pipeline.fit([$0]) }
        for row in resampling.splits[0].test { #expect(before.scores[0][row] == after.scores[0][row]) }
        #expect(before.scores != after.scores)
    }

    @Test("One site, one fold, and folds without a class are refused with the remedy")
    func refused() throws {
        let cases = try ModelFileTests.input("lr").cases
        #expect(throws: LocalLearningError.self) { try Resampling(cases, folds: 1, repetitions: 1, seed: "s") }
        #expect(throws: LocalLearningError.self) {
            try Resampling(leavingOutSitesOf: cases.selecting(rows: cases.names.indices.filter { $0 % 3 == 0 }))
        }
        #expect(throws: LocalLearningError.self) {
            try Resampling(cases, labels: cases.table.outcome.map { "\($0)" })
        }
        #expect(throws: LocalLearningError.self) { try LearnerSettings().learner(named: "magic") }
    }
}
