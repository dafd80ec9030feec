import Federation
import Foundation
import Learning
import LocalLearning
import LinearAlgebra
import TestKit
import Testing

/// Against scikit-learn, scipy and statsmodels on real tables of several centres.
@Suite("Imputation and selection", .enabled(if: SharedInput.hasShared, "no shared data"))
struct PreparationTests {
    @Test("Medians and indicators are SimpleImputer's, and the ridge after them predicts as scikit-learn's to 1e-8")
    func imputation() throws {
        let expected = try SharedInput.reference()["imputed_logistic"]
        let cases = try SharedInput.heart()
        let fitted = try Imputation.fit(.medianIndicator, cases.bySite())
        #expect(fitted.values.map(\.median) == expected["medians"].numbers)
        #expect(fitted.values.filter { $0.indicator != nil }.map(\.column) == expected["with_gaps"].texts)
        let model = try ModelPipeline(imputation: .medianIndicator, learner: LogisticLearner()).fit(cases.bySite())
        let scores = try model.scores(cases.table)
        for (place, wanted) in expected["probabilities"].numbers.enumerated() {
            let found = model.predictor.model.probability(score: scores[place * 23])
            #expect(Tolerance.agrees(found, wanted, 1e-8), "\(place)")
        }
    }

    @Test("Medians of 110 features are numpy's, whatever the division into sites")
    func medians() throws {
        let names = try JSONFixture.shared("data/learning/06_svm_calibration.json")["features"].texts
        let cases = try SharedInput.radiotherapy(names)
        let found = try Imputation.fit(.median, cases.bySite()).values.map(\.median)
        let wanted = try SharedInput.reference()["medians"].numbers
        #expect(found == wanted)
    }

    @Test("Areas and Mann-Whitney p are scipy's: 1e-12, and 1e-9 of p; by centre too")
    func areas() throws {
        let expected = try JSONFixture.shared("data/learning/03_univariate.json")
        let cases = try SharedInput.radiotherapy(expected["features"].texts)
        func ranks(_ parts: [TrainingCases]) throws -> FeatureRanks.Result {
            let grid = FeatureRanks.Grid(columns: parts.features, points: parts.distinctValues())
            return try FeatureRanks(grid).run(on: parts.map(\.table)).result
        }
        let pooled = try ranks(cases.bySite())
        #expect(Tolerance.agrees(pooled.areas, expected["auc"].numbers, 1e-12))
        for (found, wanted) in zip(pooled.pValues, expected["mannwhitney_p"].numbers) {
            #expect(Tolerance.isRelativelyClose(found, wanted, 1e-9))
        }
        for site in cases.bySite() {
            let wanted = expected["auc_by_centre"][site.table.batch[0]].numbers
            let areas = try ranks([site]).areas
            #expect(Tolerance.agrees(areas, wanted, 1e-12))
        }
    }

    @Test("Spearman's correlations are scipy's to 1e-12, and what feature-engine keeps at four thresholds is the same")
    func spearman() throws {
        let expected = try JSONFixture.shared("data/learning/02_spearman_filter.json")
        let cases = try SharedInput.radiotherapy(expected["features"].texts)
        let matrix = try FeatureSelection.correlation(.spearman, cases.bySite())
        for (row, wanted) in expected["spearman_first40"].list.enumerated() {
            for (column, value) in wanted.numbers.enumerated() {
                #expect(abs(matrix[row, column] - value) < 1e-12)
            }
        }
        for key in expected["kept_alphabetical_greedy"].keys {
            let parts = key.split(separator: "_")
            let steps = [try SelectionStep("\(parts[0]):\(parts[1]):feature-engine")]
            let found = try FeatureSelection(steps: steps).run(on: cases.bySite())
            #expect(found == expected["kept_alphabetical_greedy"][key].texts, "\(key)")
        }
    }

    @Test(
        "Score statistics of Cox's model are those of statsmodels to 1e-9 with and without strata, and rank the features"
    )
    func coxScore() throws {
        let expected = try SharedInput.reference()["cox_score"]
        let cases = try SharedInput.survival(expected["features"].texts)
        let standardisation = try [cases].standardisation()
        func statistics(_ cases: TrainingCases) throws -> [Double] {
            try CoxScoreFilter(standardisation).run(on: [FoldedSurvival(try cases.survival())]).result
        }
        let stratified = try statistics(cases)
        #expect(Tolerance.agrees(stratified, expected["strata"].numbers, 1e-9))
        var table = cases.table
        table.batch = table.batch.map { _ in "" }
        let all = try statistics(cases.replacing(table))
        #expect(Tolerance.agrees(all, expected["all"].numbers, 1e-9))
        let best = try FeatureSelection(steps: [try SelectionStep("cox:3")]).run(on: cases.bySite())
        let order = expected["strata"].numbers.enumerated().sorted { $0.element > $1.element }
        #expect(best == order.prefix(3).map { expected["features"].texts[$0.offset] })
    }

    @Test("Variances and p-values keep the features that scikit-learn and scipy say")
    func limits() throws {
        let names = try JSONFixture.shared("data/learning/06_svm_calibration.json")["features"].texts
        let cases = try SharedInput.radiotherapy(names)
        let kept = try FeatureSelection(steps: [try SelectionStep("variance:1")]).run(on: cases.bySite())
        let wanted = try SharedInput.reference()["variance_above_1"].texts
        #expect(kept == wanted)
        let univariate = try JSONFixture.shared("data/learning/03_univariate.json")
        for (step, key) in [("t:p0.001", "student_p"), ("auc:p0.001", "mannwhitney_p")] {
            let own = try SharedInput.radiotherapy(univariate["features"].texts)
            let found = try FeatureSelection(steps: [try SelectionStep(step)]).run(on: own.bySite())
            let wanted = zip(univariate["features"].texts, univariate[key].numbers).filter { $0.1 < 0.001 }.map(\.0)
            #expect(found == wanted, "\(step)")
        }
    }

    @Test("Steps are read back from their text, and others are refused with the choices")
    func steps() throws {
        for text in ["variance:0.0", "t:20", "welch:5", "auc:p0.05", "cox:3", "spearman:0.9:caret", "mrmr-mid:7"] {
            let read = try SelectionStep(text)
            #expect(read.text == text)
        }
        let short = try SelectionStep("pearson:0.8")
        #expect(short == .redundancy(.pearson, threshold: 0.8, rule: .relevance))
        for text in [
            "", "t", "t:0", "t:p2", "welch:p0.05", "spearman:1.5", "spearman:0.9:mine", "mrmr:x", "pca:3", "a:b:c:d",
        ] {
            #expect(throws: LocalLearningError.self, "\(text)") { try SelectionStep(text) }
        }
    }

    @Test("A selection that leaves nothing, a feature without a value and mRMR with times are refused by name")
    func refused() throws {
        let names = Array(try JSONFixture.shared("data/learning/06_svm_calibration.json")["features"].texts.prefix(5))
        let cases = try SharedInput.radiotherapy(names)
        #expect(throws: LocalLearningError.nothingSelected(step: "variance:1e+300")) {
            try FeatureSelection(steps: [try SelectionStep("variance:1e300")]).run(on: [cases])
        }
        var table = cases.table
        for row in 0..<table.count { table.features[row * 5 + 2] = .nan }
        #expect(
            throws: LocalLearningError.tooFew(part: "feature '\(names[2])'", reason: "no training case has a value")
        ) {
            try Imputation.fit(.median, [cases.replacing(table)])
        }
        let timed = TrainingCases(table: cases.table, times: cases.table.outcome, names: cases.names)
        #expect(throws: LocalLearningError.self) {
            try FeatureSelection(steps: [try SelectionStep("mrmr:2")]).run(on: [timed])
        }
    }
}
