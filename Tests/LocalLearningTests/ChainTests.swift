import Federation
import Foundation
import Learning
import LocalLearning
import Statistics
import Survival
import Tables
import TestKit
import Testing

/// The whole chain within folds, against feature-engine 1.9.4, mrmr_selection 0.2.8 and scikit-learn 1.9.1.
@Suite("Pipelines within folds", .enabled(if: SharedInput.hasShared, "no shared data"))
struct ChainTests {
    static func pipeline() throws -> ModelPipeline {
        var learner = ElasticNetLearner()
        learner.parameters.lambdas = [0.02]
        return ModelPipeline(
            selection: try ["variance:0", "spearman:0.9:feature-engine", "mrmr:15"].map(SelectionStep.init),
            learner: learner)
    }

    static func check(_ model: FittedModel, _ expected: JSONFixture) {
        #expect(model.selection?.features == expected["mrmr"].texts)
        let found = Dictionary(
            zip(model.predictor.model.columns, model.linear?.coefficients ?? []), uniquingKeysWith: { a, _ in a })
        for (name, wanted) in zip(expected["mrmr"].texts, expected["coef"].numbers) {
            #expect(abs((found[name] ?? 0) - wanted) < 1e-3, "\(name)")
        }
        #expect(abs((model.linear?.intercept ?? .nan) - expected["intercept"].number) < 1e-3)
    }

    @Test("Five folds of 970 features: the same features, coefficients 1e-3, AUC 1e-3; the leak is told apart")
    func folds() throws {
        let expected = try JSONFixture.shared("data/learning/11_chain_in_folds.json")
        let cases = try SharedInput.fullRadiotherapy()
        let membership = try SharedInput.csv("data/learning/folds_full.csv")
        let names = try membership.texts("id")
        #expect(names == cases.names)
        let resampling = try Resampling(cases, labels: try membership.texts("fold"))
        let comparison = try AlgorithmComparison(
            [AlgorithmComparison.Candidate(name: "chain", pipeline: try Self.pipeline())], cases, resampling,
            showsLeak: true)
        let own = comparison.validations[0]
        for fold in 0..<5 {
            let wanted = expected["folds"]["fold\(fold)"]
            Self.check(own.models[fold], wanted)
            #expect(Tolerance.agrees(own.discriminations[fold], wanted["auc"].number, 1e-3))
        }
        let row = comparison.report().algorithms[0]
        #expect(Tolerance.agrees(row.outOfFold, expected["oof_auc"].number, 1e-3))
        #expect(Tolerance.agrees(row.leaked, expected["leaky_oof_auc_for_contrast"].number, 1e-3))
        #expect(row.stability.map { $0 > 0 && $0 < 1 } ?? false)
    }

    @Test("Without each centre: the same features, coefficients and AUC as the peers'")
    func sites() throws {
        let expected = try JSONFixture.shared("data/learning/11_chain_in_folds.json")["folds"]
        let cases = try SharedInput.fullRadiotherapy()
        let resampling = try Resampling(leavingOutSitesOf: cases)
        let found = try CrossValidation("chain", cases, resampling) { try Self.pipeline().fit($0.bySite()) }
        for (place, split) in resampling.splits.enumerated() {
            let wanted = expected["leave_out_\(split.name)"]
            Self.check(found.models[place], wanted)
            #expect(Tolerance.agrees(found.discriminations[place], wanted["auc"].number, 1e-3))
        }
    }

    @Test(
        "Probabilities of the linear SVM are CalibratedClassifierCV's to 1e-6 and the same from three sites",
        arguments: [("sigmoid", SupportVectorLearner.Calibration.platt), ("isotonic", .isotonic)])
    func calibrated(key: String, calibration: SupportVectorLearner.Calibration) throws {
        let expected = try SharedInput.reference()["calibrated_svm"][key].numbers
        let names = try JSONFixture.shared("data/learning/06_svm_calibration.json")["features"].texts
        let cases = try SharedInput.radiotherapy(names)
        var learner = SupportVectorLearner()
        (learner.cost, learner.calibration) = (0.01, calibration)
        learner.folds.given = try SharedInput.folds()
        let pipeline = ModelPipeline(learner: learner)
        let model = try pipeline.fit([cases])
        let summed = try pipeline.fit(cases.bySite())
        #expect(model == summed)
        let scores = try model.scores(cases.table)
        for (row, wanted) in expected.enumerated() {
            #expect(Tolerance.agrees(model.predictor.model.probability(score: scores[row]), wanted, 1e-6), "\(row)")
        }
    }

    @Test("The corrected resampled t and Holm's adjustment are scipy's and statsmodels' to 1e-10")
    func corrected() throws {
        let expected = try SharedInput.reference()["corrected"]
        let found = CorrectedResampling.estimate(expected["values"].numbers, testShare: expected["share"].number)
        guard case .value(let value) = found.estimate else {
            Issue.record("no estimate")
            return
        }
        #expect(Tolerance.agrees(value.standardError, expected["error"].number, 1e-10))
        #expect(Tolerance.agrees(value.lower, expected["lower"].number, 1e-10))
        #expect(Tolerance.agrees(value.upper, expected["upper"].number, 1e-10))
        #expect(Tolerance.agrees(found.pValue, expected["p"].number, 1e-10))
        let holm = try SharedInput.reference()["holm"]
        let adjusted = CorrectedResampling.holm(holm["p"].numbers + [nil])
        #expect(adjusted.count == 6 && adjusted[5] == nil)
        #expect(Tolerance.agrees(adjusted.prefix(5).compactMap(\.self), holm["adjusted"].numbers, 1e-12))
        #expect(CorrectedResampling.estimate([0.5], testShare: 0.2).estimate.number == nil)
        #expect(CorrectedResampling.estimate([0.5, 0.5], testShare: 0.2).pValue == nil)
    }

    @Test("A Cox pipeline over two sites is the same model from the sums; its risk falls out of hazard and predictor")
    func cox() throws {
        let names = try JSONFixture.shared("data/learning/14_cox.json")["features"].texts
        let cases = try SharedInput.survival(Array(names.prefix(30)) + ["sex", "smoking"])
        var learner = CoxLearner()
        learner.parameters.alpha = 0
        learner.parameters.lambdas = [0.5]
        let pipeline = ModelPipeline(selection: [try SelectionStep("cox:8")], learner: learner)
        let model = try pipeline.fit([cases])
        let summed = try pipeline.fit(cases.bySite())
        #expect(model == summed)
        guard case .cox(let cox) = model.predictor else {
            Issue.record("no Cox model")
            return
        }
        let scores = try model.scores(cases.table)
        let risks = scores.map { cox.risk(at: 730, score: $0) ?? .nan }
        #expect(risks.allSatisfy { $0 > 0 && $0 < 1 })
        #expect(cox.risk(at: 1e6, score: 0) == nil && cox.risk(at: -1, score: 0) == nil)
        // At the training means the risk is that of the baseline.
        let place = cox.baseline.grid.lastIndex { $0 <= 730 }
        let hazard = place.map { cox.baseline.cumulativeHazard[$0] } ?? 0
        #expect(Tolerance.agrees(cox.risk(at: 730, score: 0), 1 - exp(-hazard), 1e-12))
    }
}
