import Federation
import Foundation
import Learning
import LocalLearning
import Tables
import TestKit
import Testing

/// On a seeded table whose outcome follows a and b, not c and d.
@Suite("Importance and influence")
struct ImportanceTests {
    static func fitted() throws -> (model: FittedModel, cases: TrainingCases) {
        let cases = try ModelFileTests.input("lr").cases
        return (try ModelPipeline(learner: LogisticLearner()).fit([cases]), cases)
    }

    @Test("What the outcome follows is needed most, intervals hold the rise, and shares sum to 1")
    func features() throws {
        let (model, cases) = try Self.fitted()
        let found = try PermutationImportance(model, cases, grouping: .feature, permutations: 10, seed: "s")
        #expect(found.rows.prefix(2).map(\.group).sorted() == ["a", "b"])
        #expect(found.rows.count == 4 && found.cases == 240)
        for row in found.rows { #expect(row.lower <= row.rise && row.rise <= row.upper) }
        let shares = found.rows.compactMap(\.share)
        #expect(Tolerance.agrees(shares.reduce(0, +), 1, 1e-12))
        #expect(found.rows[0].lower > 0 && (found.rows[0].fall ?? 0) > 0.02)
        let again = try PermutationImportance(model, cases, grouping: .feature, permutations: 10, seed: "s")
        #expect(again == found)
    }

    /// The expected loss after independent exchange, from all pairs of cases: no permutation is drawn.
    @Test("Exchanging one feature many times comes to the mean over all pairs of cases")
    func expectation() throws {
        let (model, cases) = try Self.fitted()
        let place = cases.table.featureNames.firstIndex(of: "a") ?? 0
        let n = cases.count
        let p = cases.table.featureCount
        func loss(_ table: CaseTable) throws -> Double {
            let scores = try model.scores(table)
            return zip(scores, cases.table.outcome).reduce(0) { sum, pair in
                let probability = model.predictor.model.probability(score: pair.0) ?? .nan
                return sum - (pair.1 == 1 ? log(probability) : log(1 - probability))
            } / Double(n)
        }
        let start = try loss(cases.table)
        var total = 0.0
        for shift in 0..<n {
            var table = cases.table
            for row in 0..<n {
                table.features[row * p + place] = cases.table.features[(row + shift) % n * p + place]
            }
            total += try loss(table) - start
        }
        var table = cases.table
        table.batch = table.batch.map { _ in "" }
        let found = try PermutationImportance(
            model, cases.replacing(table), grouping: .feature, permutations: 200, seed: "s")
        let row = try #require(found.rows.first { $0.group == "a" })
        #expect(abs(row.rise - total / Double(n)) < 0.01, "\(row.rise), \(total / Double(n))")
    }

    @Test(
        "Classes and regions are read from names",
        arguments: [
            ("tumour_glcm_contrast", "GLCM", "tumour"), ("ring3_statistics_mean", "first-order", "ring3"),
            ("ring5_morphology_volume", "shape", "ring5"), ("log-sigma-1-mm-3D_gldm_Variance", "GLDM", "other"),
            ("age", "other", "other"),
        ])
    func names(name: String, family: String, region: String) throws {
        let text = "y,\(name)\n" + (0..<40).map { "\($0 % 2),\(Double(($0 * 7) % 11) + Double($0 % 2))\n" }.joined()
        let cases = try LearningInput(try CSVTable(text: text, file: "t.csv"), outcome: OutcomeColumns(event: "y"))
            .cases
        let model = try ModelPipeline(learner: LogisticLearner()).fit([cases])
        for (grouping, wanted) in [(FeatureGrouping.family, family), (.region, region)] {
            let found = try PermutationImportance(model, cases, grouping: grouping, permutations: 2, seed: "s")
            #expect(found.rows.map(\.group) == [wanted])
        }
    }

    @Test("Times are judged by pairs; a model without probabilities is refused")
    func kinds() throws {
        let cases = try ModelFileTests.input("coxph").cases
        let cox = try ModelPipeline(learner: CoxRegressionLearner()).fit([cases])
        let found = try PermutationImportance(cox, cases, grouping: .feature, permutations: 5, seed: "s")
        #expect(found.rows[0].group == "a" && found.rows.allSatisfy { $0.rise.isFinite })
        let binary = try ModelFileTests.input("svm").cases
        let svm = try ModelPipeline(learner: SupportVectorLearner()).fit([binary])
        #expect(throws: LocalLearningError.self) {
            try PermutationImportance(svm, binary, grouping: .feature, permutations: 5, seed: "s")
        }
        #expect(throws: LocalLearningError.self) {
            try PermutationImportance(cox, cases, grouping: .feature, permutations: 0, seed: "s")
        }
    }

    @Test(
        "A site with changed outcomes stands out when it is left out; one class elsewhere gives a reason, not a number")
    func influence() throws {
        let cases = try ModelFileTests.input("lr").cases
        let pipeline = ModelPipeline(learner: LogisticLearner())
        let before = try SiteInfluence(pipeline, cases)
        #expect(before.rows.map(\.site) == ["x", "y", "z"] && before.measure == "AUC")
        var table = cases.table
        for row in table.outcome.indices where table.batch[row] == "y" { table.outcome[row] = 1 - table.outcome[row] }
        let after = try SiteInfluence(pipeline, cases.replacing(table))
        #expect(after.rows.max { $0.scoreChange < $1.scoreChange }?.site == "y")
        #expect((after.rows[1].discrimination ?? 1) < 0.4)
        for row in table.outcome.indices { table.outcome[row] = table.batch[row] == "y" && row % 2 == 0 ? 1 : 0 }
        let single = try SiteInfluence(pipeline, cases.replacing(table))
        #expect(single.rows[1].reason != nil && single.rows[1].discrimination == nil)
        #expect(throws: LocalLearningError.self) {
            try SiteInfluence(pipeline, cases.selecting(rows: cases.table.batch.indices.filter { $0 % 3 == 0 }))
        }
    }
}
