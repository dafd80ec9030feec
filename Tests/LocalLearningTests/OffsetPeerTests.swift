import Federation
import Foundation
import Learning
import LocalLearning
import Survival
import TestKit
import Testing

/// Models with an offset against those of R.
@Suite("Offset, beside R")
struct OffsetPeerTests {
    static func reference() throws -> JSONFixture {
        let path = "\(SharedData.packageRoot)/Tests/LocalLearningTests/Fixtures/offset.json"
        return try JSONFixture(bytes: [UInt8](Data(contentsOf: URL(filePath: path))), name: "offset.json")
    }

    @Test(
        "Without a penalty coefficients, standard errors and probabilities are those of R's glm",
        .enabled(if: SharedInput.hasShared, "no shared data"))
    func glm() throws {
        let json = try Self.reference()
        let cases = OffsetTests.adding(json["offset"].numbers, to: try SharedInput.radiotherapy(json["few"].texts))
        var learner = LogisticLearner()
        (learner.lambda, learner.offset) = (0, "known")
        let own = json["glm"]
        let predictor = try learner.fit([cases])
        guard case .logistic(let found) = predictor else {
            Issue.record("no logistic model")
            return
        }
        #expect(found.terms.offset == "known" && found.columns == json["few"].texts + ["known"])
        let mean = json["offset"].numbers.reduce(0, +) / Double(cases.count)
        #expect(abs(found.terms.intercept - mean - own["intercept"].number) < 1e-8)
        for (coefficient, wanted) in zip(found.terms.coefficients, own["coefficients"].numbers) {
            #expect(abs(coefficient - wanted) < 1e-8)
        }
        for (error, wanted) in zip(try #require(found.standardErrors), own["errors"].numbers) {
            #expect(abs(error - wanted) < 1e-8)
        }
        for (score, wanted) in zip(try found.scores(cases.table), own["probabilities"].numbers) {
            #expect(abs((found.probability(score: score) ?? 0) - wanted) < 1e-8)
        }
    }

    @Test(
        "Penalties, coefficients and deviance ratios of paths are glmnet's",
        .enabled(if: SharedInput.hasShared, "no shared data"),
        arguments: [("lasso", 1.0), ("enet", 0.5), ("ridge", 0), ("weighted", 1), ("free", 1)])
    func path(name: String, alpha: Double) throws {
        let json = try Self.reference()
        let bare = try SharedInput.radiotherapy(json["features"].texts)
        let cases = OffsetTests.adding(json["offset"].numbers, to: bare)
        var parameters = ElasticNetPath.Parameters()
        (parameters.alpha, parameters.count, parameters.endsEarly) = (alpha, 60, false)
        parameters.classWeights = name == "weighted" ? [1, 2] : [1, 1]
        let standardisation = try [bare].standardisation()
        if name == "free" { parameters.penaltyFactors = standardisation.columns.indices.map { $0 < 2 ? 0 : 1 } }
        let known = try cases.table.selecting(features: ["known"])
        let start = try OffsetIntercept("known", classWeights: parameters.classWeights).run(on: [known]).result
        let found = try ElasticNetPath(
            standardisation, parameters: parameters, offset: ElasticNetPath.Offset(column: "known", model: start)
        ).run(on: [FoldedTable(cases.table)], roundLimit: 20_000).result
        let own = json[name]
        let lambdas = own["lambda"].numbers
        #expect(found.path.count == lambdas.count)
        for (place, point) in found.path.enumerated() {
            #expect(abs(point.lambda / lambdas[place] - 1) < (name == "free" ? 1e-7 : 1e-9))
            // The first ridge of glmnet is that of an infinite penalty.
            guard name != "ridge" || place > 0 else { continue }
            #expect(abs(point.devianceRatio - own["ratio"].numbers[place]) < 1e-6)
        }
        for (place, coefficients) in zip(own["at"].integers, own["coefficients"].list)
        where name != "ridge" || place > 0 {
            let point = found.path[place]
            for (column, wanted) in coefficients.numbers.enumerated() {
                let scaled = point.coefficients[column] * standardisation.standardDeviations[column]
                #expect(abs(scaled - wanted) < 1e-5, "\(name) \(place) \(column)")
            }
        }
    }

    @Test(
        "Deviances of cases held out and both choices of the penalty are cv.glmnet's",
        .enabled(if: SharedInput.hasShared, "no shared data"))
    func crossValidation() throws {
        let json = try Self.reference()
        let cases = OffsetTests.adding(json["offset"].numbers, to: try SharedInput.radiotherapy(json["features"].texts))
        var learner = ElasticNetLearner()
        learner.parameters.lambdas = json["lasso"]["lambda"].numbers
        (learner.folds.given, learner.offset) = (try SharedInput.folds(), "known")
        for isSparse in [false, true] {
            learner.isSparse = isSparse
            guard case .logistic(let found) = try learner.fit([cases]), let choice = found.choice,
                let validation = choice.crossValidation
            else {
                Issue.record("no cross-validation")
                return
            }
            let own = json["cv"]
            for place in choice.lambdas.indices {
                #expect(abs(validation.mean[place] - own["mean"].numbers[place]) < 1e-4)
                #expect(abs(validation.standardError[place] - own["error"].numbers[place]) < 1e-4)
            }
            #expect(found.lambda == own[isSparse ? "se" : "min"].number)
        }
    }

    @Test(
        "Cox's LASSO is glmnet's, and Cox's model without penalty R's coxph",
        .enabled(if: SharedInput.hasShared, "no shared data"))
    func cox() throws {
        let json = try Self.reference()["cox"]
        // glmnet moves censored times that are those of events: for it no times are equal.
        func cases(_ features: [String], isUntied: Bool = false) throws -> TrainingCases {
            let own = try SharedInput.survival(features)
            let table = own.table
            let pooled = TrainingCases(
                table: CaseTable(
                    featureNames: table.featureNames, features: table.features, outcome: table.outcome,
                    batch: table.outcome.map { _ in "" }),
                times: own.times?.enumerated().map { isUntied ? $1 + Double($0 + 1) / 1000 : $1 }, names: own.names)
            return OffsetTests.adding(json["offset"].numbers, to: pooled)
        }
        var learner = CoxRegressionLearner()
        learner.offset = "known"
        guard case .cox(let model) = try learner.fit([try cases(json["few"].texts)]) else {
            Issue.record("no Cox model")
            return
        }
        for (found, wanted) in zip(model.terms.coefficients, json["coxph"]["coefficients"].numbers) {
            #expect(abs(found - wanted) < 1e-6)
        }
        for (found, wanted) in zip(try #require(model.standardErrors), json["coxph"]["errors"].numbers) {
            #expect(abs(found - wanted) < 1e-6)
        }
        let all = try cases(json["features"].texts, isUntied: true)
        let standardisation = try [try all.selecting(features: json["features"].texts)].standardisation()
        var parameters = ElasticNetPath.Parameters()
        parameters.lambdas = json["lasso"]["lambda"].numbers
        let found = try CoxPath(standardisation, parameters: parameters, offset: "known").run(
            on: [FoldedSurvival(try all.survival())], roundLimit: 20_000
        ).result
        for (place, point) in found.path.enumerated() {
            #expect(abs(point.devianceRatio - json["lasso"]["ratio"].numbers[place]) < 1e-5)
            let wanted = json["lasso"]["coefficients"].list[place].numbers
            for column in wanted.indices {
                let scaled = point.coefficients[column] * standardisation.standardDeviations[column]
                #expect(abs(scaled - wanted[column]) < 1e-4)
            }
        }
        // The path's own largest penalty.
        parameters.lambdas = nil
        parameters.count = 3
        let largest = try CoxPath(standardisation, parameters: parameters, offset: "known").run(
            on: [FoldedSurvival(try all.survival())], roundLimit: 20_000
        ).result.path[0].lambda
        #expect(abs(largest / json["lasso"]["lambda"].numbers[0] - 1) < 1e-9)
    }
}
