import Federation
import Learning
import TestKit
import Testing

/// Against scikit-learn 1.9.1 (liblinear, Platt's targets, isotonic regression) on 605 rows of CT radiomics of three centres.
@Suite("Linear SVM and calibration", .enabled(if: Tables.hasShared, "no shared data"))
struct SupportVectorTests {
    let json: JSONFixture
    let table: CaseTable
    let standardisation: Standardisation

    init() throws {
        json = try JSONFixture.shared("data/learning/06_svm_calibration.json")
        table = try Tables.radiotherapy(json["features"].texts)
        let moments = table.moments
        standardisation = Standardisation(
            columns: table.featureNames, means: moments.means, standardDeviations: moments.standardDeviations)
    }

    @Test(
        "Coefficients, intercept and decisions are liblinear's to 1e-6, the objective to 1e-9 of it",
        arguments: ["C0.001_none", "C0.001_balanced", "C0.01_none", "C0.01_balanced"])
    func linear(key: String) throws {
        let expected = json["linear"][key]
        let events = table.outcome.reduce(0, +)
        let n = Double(table.count)
        let weights = key.hasSuffix("balanced") ? [n / (2 * (n - events)), n / (2 * events)] : [1, 1]
        let computation = LinearSVM(standardisation, cost: expected["C"].number, classWeights: weights)
        let run = try computation.run(on: [table])
        for (found, wanted) in zip(run.result.coefficients, expected["coef"].numbers) {
            #expect(abs(found - wanted) < 1e-6)
        }
        #expect(abs(run.result.intercept - expected["intercept"].number) < 1e-6)
        #expect(Tolerance.isRelativelyClose(run.result.objective, expected["objective"].number, 1e-9))
        let decisions = try run.result.decisions(table)
        for (found, wanted) in zip(decisions, expected["decision_first10"].numbers) {
            #expect(abs(found - wanted) < 1e-6)
        }
        let federated = try computation.run(on: table.splitByCentre)
        #expect(federated.result == run.result && federated.sums == run.sums)
        #expect(run.rounds <= 8, "\(run.rounds)")
    }

    @Test("Platt's sigmoid is that of scikit-learn to 1e-4, its probabilities too")
    func platt() throws {
        let scores = LabelledScores(scores: json["scores"].numbers, outcome: table.outcome)
        let found = try PlattScaling().run(on: [scores]).result
        #expect(abs(found.a - json["platt"]["a"].number) < 1e-4)
        #expect(abs(found.b - json["platt"]["b"].number) < 1e-4)
        for (score, wanted) in zip(scores.scores, json["platt"]["p_first20"].numbers) {
            #expect(abs(found.probability(score) - wanted) < 1e-4)
        }
    }

    @Test("Isotonic calibration on the distinct scores is that of scikit-learn to 1e-9")
    func isotonic() throws {
        let scores = LabelledScores(scores: json["scores"].numbers, outcome: table.outcome)
        let found = try IsotonicCalibration(grid: Set(scores.scores).sorted()).run(on: [scores]).result
        let expected = json["isotonic"]
        for (score, wanted) in zip(expected["x"].numbers, expected["y"].numbers) {
            #expect(abs(found.probability(score) - wanted) < 1e-9, "\(score)")
        }
        for (score, wanted) in zip(scores.scores, expected["p_first20"].numbers) {
            #expect(abs(found.probability(score) - wanted) < 1e-9)
        }
        #expect(found.probability(-100) == found.probabilities.first)
        #expect(found.probability(100) == found.probabilities.last)
    }

    @Test("One class and constant scores are refused")
    func refused() throws {
        let one = LabelledScores(scores: [1, 2], outcome: [1, 1])
        #expect(throws: LearningError.oneClass) { try PlattScaling().run(on: [one]) }
        #expect(throws: LearningError.oneClass) { try IsotonicCalibration(grid: [1, 2]).run(on: [one]) }
        let constant = LabelledScores(scores: [1, 1, 1], outcome: [1, 0, 1])
        #expect(throws: LearningError.constantScore) { try PlattScaling().run(on: [constant]) }
        var table = table
        table.outcome = table.outcome.map { _ in 1 }
        #expect(throws: LearningError.oneClass) { try LinearSVM(standardisation).run(on: [table]) }
    }
}
