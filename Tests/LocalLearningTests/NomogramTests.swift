import Federation
import Learning
import LocalLearning
import Plots
import TestKit
import Testing

/// Against R rms 6.5-0 (`lrm`, `cph`, `nomogram`) and scikit-learn's stacking steps.
@Suite("Nomograms and fusion", .enabled(if: SharedInput.hasShared, "no shared data"))
struct NomogramTests {
    static func cases(_ outcome: OutcomeColumns) throws -> TrainingCases {
        try LearningInput(
            try SharedInput.csv("data/learning/table_nomogram.csv"), outcome: outcome,
            features: ["sex", "smoking", "radscore"]
        ).cases
    }

    static func check(_ nomogram: Nomogram, _ expected: JSONFixture) {
        for variable in nomogram.variables {
            let wanted = expected["nomogram"][variable.name]
            #expect(Tolerance.agrees(variable.coefficient, expected["coef"][variable.name].number, 1e-6))
            #expect(variable.marks.map(\.value) == wanted["value"].numbers)
            for (mark, points) in zip(variable.marks, wanted["points"].numbers) {
                #expect(abs(mark.points - points) < 0.01)
            }
        }
    }

    @Test(
        "Points of lrm's nomogram, its linear predictor and probabilities to 0.01; coefficients 1e-6, standard errors 1e-5"
    )
    func logistic() throws {
        let expected = try JSONFixture.shared("data/learning/15_nomogram.json")["lrm"]
        let cases = try Self.cases(OutcomeColumns(event: "dead2y"))
        var learner = LogisticLearner()
        learner.lambda = 0
        let fitted = try ModelPipeline(learner: learner).fit([cases])
        let nomogram = try Nomogram(fitted, table: cases.table)
        Self.check(nomogram, expected)
        let predictor = expected["nomogram"]["lp"]
        for (real, points) in zip(predictor["real"].numbers, predictor["total_points"].numbers) {
            #expect(abs((real - nomogram.origin) / nomogram.slope - points) < 0.01, "\(real)")
        }
        let wanted = expected["nomogram"]["Predicted Value"]
        let found = Dictionary(nomogram.probabilities.map { ($0.value, $0.points) }, uniquingKeysWith: { a, _ in a })
        for (value, points) in zip(wanted["value"].numbers, wanted["total_points"].numbers) {
            #expect(abs((found[value] ?? .nan) - points) < 0.01, "\(value)")
        }
        let file = try ModelFile(
            outcome: OutcomeColumns(event: "dead2y"), method: "lr", parts: [cases], fitted: fitted)
        for (row, name) in zip(TermTable(file).rows, ["sex", "smoking", "radscore"]) {
            let place = ["sex", "smoking", "radscore"].firstIndex(of: name) ?? 0
            let error = (row.standardError ?? .nan) * row.perUnit / row.coefficient
            #expect(Tolerance.agrees(error, expected["se"][place + 1].number, 1e-5), "\(name)")
        }
    }

    @Test("A case's total of points gives its linear predictor")
    func total() throws {
        let cases = try Self.cases(OutcomeColumns(event: "dead2y"))
        let fitted = try ModelPipeline(learner: LogisticLearner()).fit([cases])
        let nomogram = try Nomogram(fitted, table: cases.table)
        let scores = try fitted.scores(cases.table)
        for row in stride(from: 0, to: cases.count, by: 17) {
            let total = nomogram.total(Array(cases.table.features[row * 3..<row * 3 + 3]))
            #expect(Tolerance.agrees(total.linearPredictor, scores[row], 1e-10))
        }
        let plot = nomogram.plot(title: "Nomogram")
        let svg = plot.standaloneSVG()
        for name in ["Points", "radscore", "Total points", "Probability"] { #expect(svg.contains(">\(name)<")) }
        #expect(plot.text(width: 80, style: .ascii).split(separator: "\n").allSatisfy { $0.utf8.count <= 86 })
    }

    /// rms divides events of one time by Efron's rule in the baseline too, here Breslow's is: the risks differ in the third decimal.
    @Test("Points of cph's nomogram to 0.01; survival of its probabilities to 0.002")
    func cox() throws {
        let expected = try JSONFixture.shared("data/learning/15_nomogram.json")["cph"]
        let cases = try Self.cases(OutcomeColumns(event: "event", time: "days"))
        let fitted = try ModelPipeline(learner: CoxRegressionLearner()).fit([cases])
        let nomogram = try Nomogram(fitted, table: cases.table, horizon: 730)
        Self.check(nomogram, expected)
        let predictor = expected["nomogram"]["lp"]
        for (real, points) in zip(predictor["real"].numbers, predictor["total_points"].numbers) {
            #expect(abs((real - nomogram.origin) / nomogram.slope - points) < 0.01, "\(real)")
        }
        let risk = fitted.predictor.cox?.risk(at: 730, score: 0) ?? .nan
        #expect(abs(1 - risk - expected["survival_730_at_lp0"].number) < 0.002, "\(risk)")
        #expect(throws: LocalLearningError.self) { try Nomogram(fitted, table: cases.table) }
        #expect(throws: LocalLearningError.self) { try Nomogram(fitted, table: cases.table, horizon: 1e5) }
    }

    @Test("Late fusion is that of scikit-learn's steps to 1e-6, and the same from three sites")
    func stacked() throws {
        let expected = try SharedInput.reference()["stacked"]
        let names = try JSONFixture.shared("data/learning/06_svm_calibration.json")["features"].texts
        let cases = try SharedInput.radiotherapy(names + ["cnn_p_surv2yr"])
        var folds = InnerFolds()
        folds.given = try SharedInput.folds()
        var upper = LogisticLearner()
        upper.lambda = 0
        let learner = try StackedLearner(
            blocks: ["original_", "square_"].map { prefix in
                StackedLearner.Block(name: prefix, features: names.filter { $0.hasPrefix(prefix) })
            }, direct: ["cnn_p_surv2yr"], lower: ModelPipeline(learner: LogisticLearner()), upper: upper, folds: folds)
        let pipeline = ModelPipeline(learner: learner)
        let fitted = try pipeline.fit([cases])
        let summed = try pipeline.fit(cases.bySite())
        #expect(fitted == summed)
        guard case .stacked(let model) = fitted.predictor, let terms = model.upper.linear else {
            Issue.record("no stacked model")
            return
        }
        let perUnit = zip(terms.coefficients, terms.standardisation.standardDeviations).map { $0 / $1 }
        #expect(Tolerance.agrees(perUnit, expected["coefficients"].numbers, 1e-6))
        let scores = try fitted.scores(cases.table)
        for (row, wanted) in expected["probabilities"].numbers.enumerated() {
            #expect(Tolerance.agrees(fitted.predictor.model.probability(score: scores[row]), wanted, 1e-6))
        }
        let (base, values) = try fitted.contributions(cases.table)
        let p = fitted.predictor.model.columns.count
        for row in 0..<40 {
            #expect(Tolerance.agrees(values[row * p..<(row + 1) * p].reduce(base, +), scores[row], 1e-9))
        }
        let file = try ModelFile(outcome: OutcomeColumns(event: "y"), method: "lr", parts: [cases], fitted: fitted)
        #expect(try ModelFile(json: file.json()) == file)
        #expect(throws: LocalLearningError.self) {
            try StackedLearner(
                blocks: [StackedLearner.Block(name: "a", features: ["b"])], direct: ["a"],
                lower: ModelPipeline(learner: LogisticLearner()), upper: upper, folds: folds)
        }
    }
}
