import Federation
import LocalLearning
import Tables
import TestKit
import Testing

/// Against `validate` of the R package rms (`Fixtures/make_optimism.R`): other draws, the same expectation.
@Suite("Optimism of a nomogram", .enabled(if: SharedInput.hasShared, "no shared data"))
struct OptimismTests {
    static func fitted() throws -> (model: FittedModel, cases: TrainingCases) {
        let cases = try LearningInput(
            try SharedInput.csv("data/learning/table_nomogram.csv"), outcome: OutcomeColumns(event: "dead2y"),
            features: ["sex", "smoking", "radscore"], roles: LearningInput.Roles(site: "center")
        ).cases
        var learner = LogisticLearner()
        learner.lambda = 0
        return (try ModelPipeline(learner: learner).fit([cases]), cases)
    }

    @Test(
        "Apparent indices are those of rms to 1e-5; optimism is that of its 4,000 resamples within four Monte Carlo errors"
    )
    func peer() throws {
        let expected = try JSONFixture.beside("optimism.json")
        let (model, cases) = try Self.fitted()
        let found = try OptimismCorrection(model, parts: [cases], count: 800, seed: 7)
        #expect(found.resamples + found.failed == 800)
        #expect(found.failed == 0 && expected["left_out"].number == 0)
        #expect(found.indices.map(\.name) == ["AUC", "slope", "intercept", "Brier score"])
        for index in found.indices {
            #expect(abs(index.apparent - expected["apparent"][index.name].number) < 1e-5, "\(index.name)")
            let error = expected["error"][index.name].number
            let reach = 4 * (error * error + index.error * index.error).squareRoot()
            #expect(abs(index.optimism - expected["optimism"][index.name].number) < reach, "\(index.name)")
            #expect(index.corrected == index.apparent - index.optimism)
        }
    }

    @Test(
        "Of a Cox model too, where resamples without an event among the mutated stay in as rms keeps them: optimism of C and slope within four Monte Carlo errors"
    )
    func coxPeer() throws {
        let expected = try JSONFixture.beside("optimism_cox.json")
        let whole = try SharedInput.csv("data/multicentre/nsclc_radiogenomics_2centres_ct/clinical.csv")
        let names = ["egfr-mut", "kras-mut", "sex"]
        let columns = try (names + ["days", "event"]).map { try whole.numbers($0) }
        let complete = (0..<whole.rowCount).filter { row in columns.allSatisfy { !$0[row].isNaN } }
        let cases = try LearningInput(
            whole.selecting(rows: complete), outcome: OutcomeColumns(event: "event", time: "days"), features: names,
            roles: LearningInput.Roles(name: "id")
        ).cases
        let model = try ModelPipeline(learner: CoxRegressionLearner()).fit([cases])
        let found = try OptimismCorrection(model, parts: [cases], count: 1000, seed: 7)
        #expect(found.resamples == 1000 && found.failed == 0 && expected["left_out"].number == 0)
        #expect(found.indices.map(\.name) == ["C", "slope"])
        for index in found.indices {
            #expect(abs(index.apparent - expected["apparent"][index.name].number) < 1e-9, "\(index.name)")
            let error = expected["error"][index.name].number
            let reach = 4 * (error * error + index.error * index.error).squareRoot()
            #expect(abs(index.optimism - expected["optimism"][index.name].number) < reach, "\(index.name)")
        }
    }

    @Test("From the sums of the sites the corrections are the same")
    func sites() throws {
        let (model, cases) = try Self.fitted()
        let whole = try OptimismCorrection(model, parts: [cases], count: 30, seed: 7)
        let parts = try OptimismCorrection(model, parts: cases.bySite(), count: 30, seed: 7)
        for (one, other) in zip(whole.indices, parts.indices) {
            #expect(one.name == other.name && abs(one.corrected - other.corrected) < 1e-9)
        }
    }

    @Test("A model whose penalty was chosen is refused with the remedy")
    func chosen() throws {
        let cases = try Self.fitted().cases
        let lasso = try ModelPipeline(learner: try LearnerSettings().learner(named: "lasso")).fit([cases])
        let error = #expect(throws: LocalLearningError.self) {
            try OptimismCorrection(lasso, parts: [cases], count: 30, seed: 7)
        }
        #expect(error.map { "\($0)".contains("model compare") } ?? false)
    }
}
