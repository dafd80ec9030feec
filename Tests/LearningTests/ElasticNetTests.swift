import Federation
import Foundation
import Learning
import TestKit
import Testing

/// Against R glmnet 4.1-6 on 605 rows of CT radiomics of three centres (`data/learning/README.md`).
@Suite("Elastic net", .enabled(if: Tables.hasShared, "no shared data"))
struct ElasticNetTests {
    struct Fixture {
        let table: CaseTable
        let fold: [Int]
        let standardisation: Standardisation

        /// - Parameter isScaled: whether features come as R's `scale` makes them.
        init(isScaled: Bool = false) throws {
            let csv = try CSVFixture.shared("data/learning/table.csv")
            let names = csv.columns.filter { !["id", "center", "y", "fold", "cnn_p_surv2yr"].contains($0) }
            var table = try Tables.radiotherapy(names)
            let (n, p) = (table.count, names.count)
            var (means, deviations): ([Double], [Double]) = ([], [])
            for column in 0..<p {
                let values = (0..<n).map { table.features[$0 * p + column] }
                let mean = values.reduce(0, +) / Double(n)
                let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                if isScaled {
                    for row in 0..<n {
                        table.features[row * p + column] = (values[row] - mean) / (square / Double(n - 1)).squareRoot()
                    }
                }
                means.append(isScaled ? 0 : mean)
                deviations.append(isScaled ? 1 : (square / Double(n)).squareRoot())
            }
            self.table = table
            fold = csv.numbers("fold").map { Int($0) + 1 }
            standardisation = Standardisation(columns: names, means: means, standardDeviations: deviations)
        }

        func run(
            _ parameters: ElasticNetPath.Parameters, shards: Int = 1, folds: Bool = false
        ) throws -> ComputationRun<ElasticNetModel> {
            let whole = FoldedTable(table, fold: folds ? fold : nil)
            let sites = ShardProperty.unevenRanges(table.count, into: shards).map { whole.selecting(Array($0)) }
            return try ElasticNetPath(standardisation, parameters: parameters).run(on: sites, roundLimit: 2000)
        }
    }

    @Test(
        "Paths are glmnet's: penalties 1e-10, deviance ratios 1e-6, coefficients 5e-5 on the scale of standard deviations",
        arguments: [
            "lasso", "enet05", "ridge", "enet_penalty_factor", "lasso_balanced_weights", "lasso_not_standardised_z",
        ])
    func path(key: String) throws {
        let isScaled = key == "lasso_not_standardised_z"
        let fixture = try Fixture(isScaled: isScaled)
        let expected = try JSONFixture.shared("data/learning/12_glmnet_logistic.json")[key]
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = expected["alpha"].number
        parameters.count = 60
        parameters.endsEarly = false
        parameters.isStandardised = !isScaled
        if key == "enet_penalty_factor" { parameters.penaltyFactors = expected["penalty_factor"].numbers }
        if key == "lasso_balanced_weights" {
            let events = fixture.table.outcome.reduce(0, +)
            let n = Double(fixture.table.count)
            parameters.classWeights = [n / (2 * (n - events)), n / (2 * events)]
        }
        let run = try fixture.run(parameters)
        let lambdas = expected["lambda"].numbers
        // With free features the first penalty follows from their fit, which glmnet stops at about 1e-8.
        let tolerance = parameters.penaltyFactors == nil ? 1e-10 : 1e-7
        for (found, wanted) in zip(run.result.path, lambdas) {
            #expect(Tolerance.isRelativelyClose(found.lambda, wanted, tolerance))
        }
        // glmnet's first model has an infinite penalty, whatever its lambda says.
        for (place, ratio) in expected["dev_ratio"].numbers.enumerated().dropFirst() {
            #expect(abs(run.result.path[place].devianceRatio - ratio) < 1e-6, "\(place)")
        }
        for (place, df) in expected["df"].numbers.enumerated() where parameters.alpha > 0 {
            #expect(run.result.path[place].coefficients.count { $0 != 0 } == Int(df), "\(place)")
        }
        for point in expected["at"].list {
            let found = run.result.path[Int(point["index0"].number)]
            let wanted = point["coef"]
            let names = Set(wanted.keys)
            for (column, name) in run.result.columns.enumerated() {
                let value = names.contains(name) ? wanted[name].number : 0
                let deviation = fixture.standardisation.standardDeviations[column]
                #expect(abs(found.coefficients[column] - value) * deviation < 5e-5, "\(name)")
            }
        }
        #expect(run.rounds <= 60 * 4, "\(run.rounds)")
    }

    @Test(
        "A single penalty gives scikit-learn's coefficients to 1e-4 and its intercept",
        arguments: ["lasso", "enet", "ridge"])
    func scikitLearn(key: String) throws {
        let fixture = try Fixture()
        let json = try JSONFixture.shared("data/learning/05_logistic_sklearn.json")
        let expected = json["fits"][key]
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = expected["alpha"].number
        parameters.lambdas = [expected["lambda_"].number]
        let found = try fixture.run(parameters).result
        #expect(found.columns == json["features"].texts)
        var intercept = found.path[0].intercept
        for (column, value) in expected["coef_standardised"].numbers.enumerated() {
            let own = found.path[0].coefficients[column]
            #expect(abs(own * fixture.standardisation.standardDeviations[column] - value) < 1e-4)
            intercept += own * fixture.standardisation.means[column]
        }
        #expect(abs(intercept - expected["intercept"].number) < 1e-4)
    }

    @Test(
        "Five folds in the same rounds give cv.glmnet's deviances to 1e-4, lambda.min and lambda.1se",
        arguments: ["alpha1_deviance", "alpha0.5_deviance", "alpha0_deviance"])
    func crossValidation(key: String) throws {
        let fixture = try Fixture()
        let expected = try JSONFixture.shared("data/learning/13_glmnet_cv.json")[key]
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = key == "alpha1_deviance" ? 1 : key == "alpha0_deviance" ? 0 : 0.5
        parameters.lambdas = expected["lambda"].numbers
        parameters.folds = 5
        let run = try fixture.run(parameters, folds: true)
        let found = try #require(run.result.crossValidation)
        for (place, mean) in expected["cvm"].numbers.enumerated() {
            #expect(abs(found.mean[place] - mean) < 1e-4, "\(place)")
            #expect(abs(found.standardError[place] - expected["cvsd"].numbers[place]) < 1e-4, "\(place)")
        }
        #expect(run.result.path[found.lowest].lambda == expected["lambda_min"].number)
        #expect(run.result.path[found.withinOneStandardError].lambda == expected["lambda_1se"].number)
        #expect(run.rounds <= 60 * 4, "\(run.rounds)")
    }

    @Test("The path and the folds have the same bits over 1 and 3 sites")
    func sites() throws {
        let fixture = try Fixture()
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = 0.5
        parameters.count = 12
        parameters.ratio = 0.2
        parameters.folds = 5
        let one = try fixture.run(parameters, folds: true)
        let three = try fixture.run(parameters, shards: 3, folds: true)
        #expect(one.result == three.result)
        #expect(one.rounds == three.rounds)
    }

    @Test("One class, a fold that there is not and features that say nothing are refused")
    func refused() throws {
        let standardisation = Standardisation(columns: ["a"], means: [0], standardDeviations: [1])
        func run(_ features: [Double], _ outcome: [Double], fold: [Int]? = nil) throws {
            let table = CaseTable(
                featureNames: ["a"], features: features, outcome: outcome, batch: outcome.map { _ in "s" })
            _ = try ElasticNetPath(standardisation).run(on: [FoldedTable(table, fold: fold)])
        }
        #expect(throws: LearningError.oneClass) { try run([1, 2], [1, 1]) }
        #expect(throws: LearningError.badFold) { try run([1, 2], [0, 1], fold: [1, 2]) }
        #expect(throws: LearningError.noPenalty) { try run([0, 0], [0, 1]) }
        #expect(throws: LearningError.unknownOutcome) { try run([1, 2], [0, .nan]) }
        #expect(throws: LearningError.missingValues(features: ["a"])) { try run([1, .nan], [0, 1]) }
    }
}
