import Federation
import FoundationEssentials
import Learning
import TestKit
import Testing

@Suite("Ridge logistic regression")
struct RidgeLogisticTests {
    /// Fits with the moments of the table itself.
    static func fit(_ table: CaseTable, lambda: Double, on shards: [CaseTable]? = nil) throws
        -> (run: ComputationRun<RidgeLogistic.Result>, model: LogisticModel)
    {
        let moments = table.moments
        let run = try RidgeLogistic(
            columns: table.featureNames, means: moments.means, standardDeviations: moments.standardDeviations,
            lambda: lambda
        ).run(on: shards ?? [table])
        let model = LogisticModel(
            columns: table.featureNames, means: moments.means, standardDeviations: moments.standardDeviations,
            coefficients: run.result.coefficients, intercept: run.result.intercept, lambda: lambda)
        return (run, model)
    }

    /// Compares with a reference fit. Standard errors are those before the last step, which is below 1e-10.
    static func expect(_ found: RidgeLogistic.Result, agreesWith expected: JSONFixture) {
        #expect(Tolerance.agrees(found.intercept, expected["intercept"].number, 1e-12))
        #expect(Tolerance.agrees(found.coefficients, expected["coefficients"].numbers, 1e-12))
        #expect(Tolerance.agrees(found.standardErrors, expected["standardErrors"].numbers, 1e-9))
        #expect(Tolerance.agrees(found.logLikelihood, expected["logLikelihood"].number, 1e-12))
    }

    @Test(
        "Coefficients, standard errors and log-likelihood are those of a 40-digit Newton",
        arguments: ["lambda_0", "lambda_2_5"])
    func synthetic(name: String) throws {
        let expected = try Tables.reference()["synthetic"][name]
        let table = try Tables.synthetic()
        let (run, _) = try Self.fit(table, lambda: expected["lambda_"].number)
        Self.expect(run.result, agreesWith: expected)
        #expect(run.rounds <= 8)
    }

    @Test(
        "Two centres of radiomics give the 40-digit fit, and a third is predicted",
        .enabled(if: Tables.hasShared, "no shared data"))
    func radiotherapy() throws {
        let expected = try Tables.reference()["nsclc"]
        let table = try Tables.radiotherapy(expected["columns"].texts)
        let train = table.rows(of: ["HarvardRT", "Radboud"])
        let (run, model) = try Self.fit(train, lambda: 1, on: train.splitByCentre)
        Self.expect(run.result, agreesWith: expected)
        #expect(run.rounds <= 8)
        let test = table.rows(of: ["Maastro"])
        let probabilities = try model.predict(test)
        #expect(Tolerance.agrees(Array(probabilities.prefix(5)), expected["test"]["firstProbabilities"].numbers, 1e-11))
        #expect(Tolerance.agrees(areaUnderCurve(probabilities, test.outcome), expected["test"]["auc"].number, 1e-12))
    }

    @Test(
        "Four centres of heart disease give FLamby's pooled accuracy 0.7953 within 8 rounds",
        .enabled(if: Tables.hasShared, "no shared data"))
    func heart() throws {
        let expected = try Tables.reference()["heart"]
        let train = try Tables.heart("train")
        #expect(train.count == 486)
        let (run, model) = try Self.fit(train, lambda: 1, on: train.splitByCentre)
        Self.expect(run.result, agreesWith: expected)
        #expect(run.rounds <= 8)
        let test = try Tables.heart("test")
        let probabilities = try model.predict(test)
        let hits = zip(probabilities, test.outcome).filter { ($0 >= 0.5) == ($1 == 1) }.count
        #expect(Tolerance.agrees(Double(hits) / Double(test.count), expected["test"]["accuracy"].number, 1e-12))
        #expect((Double(hits) / Double(test.count) - 0.7953).magnitude < 5e-5)
        #expect(Tolerance.agrees(areaUnderCurve(probabilities, test.outcome), expected["test"]["auc"].number, 1e-12))
        #expect((areaUnderCurve(probabilities, test.outcome) - 0.8812).magnitude < 5e-5)
    }

    /// R 4.2.2 `glm(..., binomial)`, which stops at a relative deviance change of 1e-8.
    @Test(
        "Without penalty 740 rows give the coefficients, standard errors and deviance of R's glm",
        .enabled(if: Tables.hasShared, "no shared data"))
    func generalisedLinearModel() throws {
        let expected = try JSONFixture.shared("data/validation/iecv_heart_full_model.json")["expected"]["pooled_fit"]
        let table = try Tables.heart(nil)
        let (run, model) = try Self.fit(table, lambda: 0, on: table.splitByCentre)
        let names = [
            "age", "sex", "factor(cp)2", "factor(cp)3", "factor(cp)4", "trestbps", "chol", "fbs", "factor(restecg)1",
            "factor(restecg)2", "thalach", "exang", "oldpeak",
        ]
        for (column, name) in names.enumerated() {
            let sd = model.standardDeviations[column]
            #expect(
                Tolerance.agrees(run.result.coefficients[column] / sd, expected["coef"][name].number, 1e-6), "\(name)")
            #expect(
                Tolerance.agrees(run.result.standardErrors[column + 1] / sd, expected["se"][name].number, 1e-5),
                "\(name)")
        }
        let atZero = CaseTable(
            featureNames: table.featureNames, features: [Double](repeating: 0, count: 13), outcome: [.nan], batch: [""])
        #expect(
            Tolerance.agrees(try model.linearPredictor(atZero)[0], expected["coef"]["(Intercept)"].number, 1e-6))
        #expect(Tolerance.agrees(-2 * run.result.logLikelihood, expected["deviance"].number, 1e-9))
    }

    @Test(
        "On 110 features the objective and coefficients are scikit-learn's",
        .enabled(if: Tables.hasShared, "no shared data"))
    func scikitLearn() throws {
        let reference = try JSONFixture.shared("data/learning/05_logistic_sklearn.json")
        let expected = reference["fits"]["ridge"]
        let table = try Tables.radiotherapy(reference["features"].texts)
        // scikit-learn's C = 1 / (n lambda) with lambda per case.
        let lambda = expected["lambda_"].number * Double(table.count)
        let (run, _) = try Self.fit(table, lambda: lambda, on: table.splitByCentre)
        #expect(Tolerance.agrees(run.result.coefficients, expected["coef_standardised"].numbers, 1e-8))
        #expect(Tolerance.agrees(run.result.intercept, expected["intercept"].number, 1e-8))
    }

    /// rms 6.5-0 `lrm(penalty = 4)`, whose penalty is on the scale given by `penalty_matrix_diag`: 4 times
    /// the variance of each column.
    @Test(
        "A penalty on another scale gives the coefficients of rms lrm", .enabled(if: Tables.hasShared, "no shared data")
    )
    func penalisedLrm() throws {
        let expected = try JSONFixture.shared("data/learning/16_lrm_penalised.json")
        let names = ["sex", "smoking", "radscore"]
        let csv = try CSVFixture.shared("data/learning/table_nomogram.csv")
        let table = Tables.table(csv, names: names, outcome: "dead2y", batch: "center")
        let scales = expected["penalty_matrix_diag"].numbers.map { $0.squareRoot() }
        let result = try RidgeLogistic(
            columns: names, means: [0, 0, 0], standardDeviations: scales, lambda: 1
        ).run(on: table.splitByCentre).result
        for (column, name) in names.enumerated() {
            #expect(Tolerance.agrees(result.coefficients[column] / scales[column], expected["coef"][name].number, 1e-6))
        }
        #expect(Tolerance.agrees(result.intercept, expected["coef"]["Intercept"].number, 1e-6))
    }

    @Test("Sums and coefficients have the same bits with 1, 2, 3 and 7 sites")
    func shards() throws {
        let table = try Tables.synthetic()
        let moments = table.moments
        let computation = RidgeLogistic(
            columns: table.featureNames, means: moments.means, standardDeviations: moments.standardDeviations,
            lambda: 0.7)
        #expect(try ShardProperty.differences(computation, shard: table, split: { $0.splitByRow($1) }) == [])
    }

    @Test("A step that overshoots from a far state is halved until the likelihood grows, to the same fit")
    func halving() throws {
        let x = [-1.0, -0.9, -0.8, 0.4, 0.7, 0.8, 0.9, 1.0, -0.3]
        let y = [0.0, 0, 1, 0, 1, 1, 0, 1, 0]
        let table = CaseTable(featureNames: ["x"], features: x, outcome: y, batch: x.map { _ in "a" })
        let computation = RidgeLogistic(columns: ["x"], means: [0], standardDeviations: [1], lambda: 0)
        let start = String(decoding: try JSONEncoder().encode(computation.initialState()), as: UTF8.self)
        let far = start.split(separator: "\"coefficients\":[0,0]").joined(separator: "\"coefficients\":[0,5]")
        #expect(far != start)
        var state = try JSONDecoder().decode(RidgeLogistic.State.self, from: Data(far.utf8))
        var objectives: [Double] = []
        var halvings = 0
        var fit: RidgeLogistic.Result?
        while fit == nil {
            let sum = try computation.contribute(table, to: state)
            let objective = -(try sum.scalar("log_likelihood"))
            switch try computation.next(after: state, sum: sum) {
            case .done(let result): fit = result
            case .broadcast(let next):
                if next.halvings > 0 { halvings += 1 } else { objectives.append(objective) }
                state = next
            }
        }
        #expect(halvings > 0)
        #expect(zip(objectives, objectives.dropFirst()).allSatisfy { $1 <= $0 * (1 + 1e-9) })
        let usual = try computation.run(on: [table]).result
        #expect(Tolerance.agrees(fit?.coefficients ?? [], usual.coefficients, 1e-12))
    }

    @Test("Separated classes without penalty are refused with the column that separates them; a penalty settles it")
    func separation() throws {
        var table = try Tables.synthetic()
        for row in 0..<table.count {
            table.features[row * 4 + 1] = table.outcome[row] * 0.01 + 0.02 * Double(row % 7) / 100
        }
        #expect(throws: LearningError.separated(column: "texture")) { try Self.fit(table, lambda: 0) }
        #expect(try Self.fit(table, lambda: 1).run.result.coefficients[1] > 0)
    }

    @Test("Classes that one level of a binary column separates are refused (quasi-separation)")
    func quasiSeparation() throws {
        var table = try Tables.synthetic()
        // Every case with sex = 1 has the event; the others are mixed.
        for row in 0..<table.count where table.features[row * 4 + 2] == 1 { table.outcome[row] = 1 }
        #expect(throws: LearningError.separated(column: "sex")) { try Self.fit(table, lambda: 0) }
    }

    @Test("Columns that follow from one another are named, unless there is a penalty")
    func collinear() throws {
        let table = try Tables.synthetic()
        let p = table.featureCount
        var features: [Double] = []
        for row in 0..<table.count {
            features += table.features[row * p..<(row + 1) * p]
            features.append(table.features[row * p] / 1000)
        }
        let doubled = CaseTable(
            featureNames: table.featureNames + ["volume in litres"], features: features, outcome: table.outcome,
            batch: table.batch)
        #expect(throws: LearningError.collinear(column: "volume in litres", with: ["volume"])) {
            try Self.fit(doubled, lambda: 0)
        }
        let coefficients = try Self.fit(doubled, lambda: 1).run.result.coefficients
        #expect(Tolerance.agrees(coefficients[0], coefficients[4], 1e-9))
    }

    @Test("One class, unknown outcomes, missing values and other columns are refused by name")
    func refusals() throws {
        let table = try Tables.synthetic()
        let moments = table.moments
        let computation = RidgeLogistic(
            columns: table.featureNames, means: moments.means, standardDeviations: moments.standardDeviations,
            lambda: 1)
        var oneClass = table
        for row in 0..<table.count { oneClass.outcome[row] = 1 }
        #expect(throws: LearningError.oneClass) { try computation.run(on: [oneClass]) }
        var unknown = table
        unknown.outcome[3] = .nan
        #expect(throws: LearningError.unknownOutcome) { try computation.run(on: [unknown]) }
        var missing = table
        missing.features[1] = .nan
        missing.features[7] = .infinity
        #expect(throws: LearningError.missingValues(features: ["texture", "score"])) {
            try computation.run(on: [missing])
        }
        let other = try table.selecting(features: ["volume", "sex", "texture", "score"])
        #expect(throws: LearningError.columnsDiffer("sex")) { try computation.run(on: [other]) }
    }

    @Test("A model file gives the same probabilities after it is written and read, and a damaged one is refused")
    func modelFile() throws {
        let table = try Tables.synthetic()
        let (_, model) = try Self.fit(table, lambda: 1)
        let bytes = try JSONEncoder().encode(model)
        let read = try JSONDecoder().decode(LogisticModel.self, from: bytes)
        #expect(read == model)
        #expect(try read.predict(table) == model.predict(table))
        let other = try table.selecting(features: ["volume", "texture"])
        #expect(throws: LearningError.columnsDiffer("sex")) { try model.predict(other) }
        let damaged = String(decoding: bytes, as: UTF8.self).split(separator: "\"texture\",").joined()
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(LogisticModel.self, from: Data(damaged.utf8)) }
    }
}
