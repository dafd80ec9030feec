import Federation
import Foundation
import Learning
import Survival
import TestKit
import Testing

/// Against R glmnet 4.1-6 and survival 3.5-3 on 206 rows of CT radiomics of two centres (`data/learning/README.md`).
@Suite("Cox with the elastic net", .enabled(if: Tables.hasShared, "no shared data"))
struct CoxPathTests {
    struct Fixture {
        let table: SurvivalTable
        let fold: [Int]
        let standardisation: Standardisation

        /// - Parameter strata: a stratum a centre. Without strata glmnet moves censored times on by 100 machine epsilons, which is
        ///   nothing above 200 days: of a tie there it takes the censored case out first if that comes first in the table, as
        ///   here at 650, 815 and 1548 days (its first penalty follows to 2e-16). The table is given in that order.
        ///   With `isUntied` times are a thousandth of a day apart at least, row by row.
        init(strata: Bool = false, isUntied: Bool = false) throws {
            let csv = try CSVFixture.shared("data/learning/table_cox.csv")
            let names = try JSONFixture.shared("data/learning/14_cox.json")["features"].texts
            let columns = names.map { csv.numbers($0) }
            let n = csv.rows.count
            var times = csv.numbers("days")
            let events = csv.numbers("event").map { $0 == 1 }
            if isUntied { times = times.enumerated().map { $1 + Double($0 + 1) / 1000 } }
            for row in times.indices where !strata && !events[row] && times[row] > 200 {
                if (row + 1..<n).contains(where: { events[$0] && times[$0] == times[row] }) {
                    times[row] = times[row].nextDown
                }
            }
            table = SurvivalTable(
                followUp: SurvivalTimes(times: times, events: events),
                names: names, values: (0..<n).flatMap { row in columns.map { $0[row] } },
                stratum: strata ? csv.texts("center") : [String](repeating: "all", count: n))
            fold = csv.numbers("fold").map { Int($0) + 1 }
            let means = columns.map { $0.reduce(0, +) / Double(n) }
            standardisation = Standardisation(
                columns: names, means: means,
                standardDeviations: zip(columns, means).map { values, mean in
                    (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)).squareRoot()
                })
        }

        /// Log partial likelihood by its definition.
        func logLikelihood(_ coefficients: [Double], of table: SurvivalTable) -> Double {
            let p = coefficients.count
            let n = table.followUp.count
            let predictors = (0..<n).map { row in
                (0..<p).reduce(0) { $0 + coefficients[$1] * (table.values[row * p + $1] - standardisation.means[$1]) }
            }
            var sum = 0.0
            for row in 0..<n where table.followUp.events[row] {
                var risk = 0.0
                for other in 0..<n
                where table.stratum[other] == table.stratum[row]
                    && table.followUp.times[other] >= table.followUp.times[row]
                {
                    risk += exp(predictors[other])
                }
                sum += predictors[row] - log(risk)
            }
            return sum
        }

        /// The elastic net's objective at alpha 0.5.
        func objective(_ coefficients: [Double], lambda: Double) -> Double {
            let scaled = zip(coefficients, standardisation.standardDeviations).map { $0 * $1 }
            return -logLikelihood(coefficients, of: table) / Double(table.followUp.count)
                + lambda * scaled.reduce(0) { $0 + 0.5 * $1.magnitude + 0.25 * $1 * $1 }
        }

        /// One shard, or one for each stratum.
        func run(
            _ parameters: ElasticNetPath.Parameters, byStratum: Bool = false, folds: Bool = false
        ) throws -> ComputationRun<ElasticNetModel> {
            let names = byStratum ? Set(table.stratum).sorted() : [""]
            let shards = names.map { name in
                let rows = table.stratum.indices.filter { !byStratum || table.stratum[$0] == name }
                return FoldedSurvival(table.selecting(rows), fold: folds ? rows.map { fold[$0] } : nil)
            }
            return try CoxPath(standardisation, parameters: parameters).run(on: shards, roundLimit: 2000)
        }
    }

    @Test(
        "Paths are glmnet's: penalties 1e-9, deviance ratios 1e-6, coefficients 1e-4 on the scale of standard deviations",
        arguments: ["glmnet_lasso", "glmnet_enet05", "glmnet_ridge"])
    func path(key: String) throws {
        let fixture = try Fixture()
        let expected = try JSONFixture.shared("data/learning/14_cox.json")[key]
        let lambdas = expected["lambda"].numbers
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = expected["alpha"].number
        parameters.count = lambdas.count
        parameters.endsEarly = false
        parameters.ratio = lambdas[lambdas.count - 1] / lambdas[0]
        let run = try fixture.run(parameters)
        for (found, wanted) in zip(run.result.path, lambdas) {
            #expect(Tolerance.isRelativelyClose(found.lambda, wanted, 1e-9))
        }
        for (place, ratio) in expected["dev_ratio"].numbers.enumerated().dropFirst() {
            #expect(abs(run.result.path[place].devianceRatio - ratio) < 1e-6, "\(place)")
        }
        for point in expected["at"].list {
            let found = run.result.path[Int(point["index0"].number)]
            let wanted = point["coef"]
            let names = Set(wanted.keys)
            for (column, name) in run.result.columns.enumerated() {
                let value = names.contains(name) ? wanted[name].number : 0
                let deviation = fixture.standardisation.standardDeviations[column]
                #expect(abs(found.coefficients[column] - value) * deviation < 1e-4, "\(name)")
            }
        }
        #expect(run.rounds <= lambdas.count * 7, "\(run.rounds)")
    }

    /// glmnet's stratified fits stop up to 0.02 from the optimality conditions, so that only the penalties can be its own.
    @Test("Stratified, penalties are glmnet's to 1e-9 and the objective is below that of its coefficients")
    func stratified() throws {
        let fixture = try Fixture(strata: true)
        let expected = try JSONFixture.shared("data/learning/14_cox.json")["glmnet_enet05_strata_center"]
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = 0.5
        let lambdas = expected["lambda"].numbers
        parameters.count = lambdas.count
        parameters.endsEarly = false
        parameters.ratio = lambdas[lambdas.count - 1] / lambdas[0]
        let path = try fixture.run(parameters, byStratum: true).result.path
        for (found, wanted) in zip(path, lambdas) {
            #expect(Tolerance.isRelativelyClose(found.lambda, wanted, 1e-9))
        }
        for point in expected["at"].list {
            let own = path[point["index0"].integer]
            let names = Set(point["coef"].keys)
            let wanted = fixture.table.names.map { names.contains($0) ? point["coef"][$0].number : 0 }
            let (ours, theirs) = (
                fixture.objective(own.coefficients, lambda: own.lambda),
                fixture.objective(wanted, lambda: own.lambda)
            )
            #expect(ours < theirs, "\(ours), \(theirs)")
            // At a minimum every small move costs: checked along the features with the largest coefficients.
            for column in own.coefficients.indices where own.coefficients[column] != 0 {
                for share in [0.99, 1.01] {
                    var moved = own.coefficients
                    moved[column] *= share
                    #expect(fixture.objective(moved, lambda: own.lambda) > ours)
                }
            }
        }
    }

    /// With ties between events and censored times cv.glmnet's means differ by up to 0.11 %, as it takes these in the order of its sorting.
    @Test("Where no times are equal the deviances over five folds and their standard errors are cv.glmnet's to 1e-5")
    func crossValidationWithoutTies() throws {
        let fixture = try Fixture(isUntied: true)
        let expected = try JSONFixture.beside("path_end.json")["cox_cv"]
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = 0.5
        parameters.lambdas = try JSONFixture.shared("data/learning/14_cox.json")["cv_enet05"]["lambda"].numbers
        parameters.folds = 5
        let found = try #require(try fixture.run(parameters, folds: true).result.crossValidation)
        let (means, errors) = (expected["cvm"].numbers, expected["cvsd"].numbers)
        #expect(means.count == found.mean.count && means.count == 40)
        for place in means.indices {
            #expect(Tolerance.isRelativelyClose(found.mean[place], means[place], 1e-5), "\(place)")
            #expect(Tolerance.isRelativelyClose(found.standardError[place], errors[place], 1e-5), "\(place)")
        }
    }

    @Test(
        "The deviance over five folds is that of five separate fits by its definition, and picks cv.glmnet's penalties")
    func crossValidation() throws {
        let fixture = try Fixture()
        let expected = try JSONFixture.shared("data/learning/14_cox.json")["cv_enet05"]
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = 0.5
        parameters.lambdas = expected["lambda"].numbers
        parameters.folds = 5
        let run = try fixture.run(parameters, folds: true)
        let found = try #require(run.result.crossValidation)
        #expect(run.result.path[found.lowest].lambda == expected["lambda_min"].number)
        #expect(run.result.path[found.withinOneStandardError].lambda == expected["lambda_1se"].number)
        let places = [0, 20, 39]
        parameters.folds = 0
        var sums = [0.0, 0, 0]
        for fold in 1...5 {
            let rows = fixture.fold.indices.filter { fixture.fold[$0] != fold }
            let training = fixture.table.selecting(rows)
            let path = try CoxPath(fixture.standardisation, parameters: parameters)
                .run(on: [FoldedSurvival(training)], roundLimit: 2000).result.path
            for (slot, place) in places.enumerated() {
                let coefficients = path[place].coefficients
                // No two events share a time, so that the saturated likelihoods are 0.
                sums[slot] +=
                    2 * fixture.logLikelihood(coefficients, of: training)
                    - 2 * fixture.logLikelihood(coefficients, of: fixture.table)
            }
        }
        for (slot, place) in places.enumerated() {
            #expect(Tolerance.isRelativelyClose(found.mean[place], sums[slot] / 41, 1e-7), "\(place)")
        }
    }

    @Test("The stratified path and its folds have the same bits from one shard and from one a stratum")
    func sites() throws {
        let fixture = try Fixture(strata: true)
        var parameters = ElasticNetPath.Parameters()
        parameters.alpha = 0.5
        parameters.count = 10
        parameters.ratio = 0.4
        parameters.folds = 5
        let one = try fixture.run(parameters, folds: true)
        let two = try fixture.run(parameters, byStratum: true, folds: true)
        #expect(one.result == two.result && one.sums == two.sums)
    }

    @Test("The cumulative baseline hazard is basehaz's to 1e-6")
    func baseline() throws {
        let fixture = try Fixture(strata: true)
        let json = try JSONFixture.shared("data/learning/14_cox.json")
        let names = Array(fixture.table.names.prefix(8))
        let (n, p) = (fixture.table.followUp.count, fixture.table.names.count)
        var values: [Double] = []
        for row in 0..<n {
            for column in 0..<8 {
                let scale =
                    fixture.standardisation.standardDeviations[column] * (Double(n) / Double(n - 1)).squareRoot()
                values.append((fixture.table.values[row * p + column] - fixture.standardisation.means[column]) / scale)
            }
        }
        let table = SurvivalTable(
            followUp: fixture.table.followUp, names: names, values: values,
            stratum: [String](repeating: "all", count: n))
        let fit = try CoxFit(names: names, exponents: table.exponents, ties: .breslow).run(on: [table]).result
        let events = (0..<n).filter { table.followUp.events[$0] }
        let grid = Set(events.map { table.followUp.times[$0] }).sorted()
        let computation = BaselineHazard(
            names: names, coefficients: fit.coefficients, reference: [Double](repeating: 0, count: 8), grid: grid)
        let found = try computation.run(on: [table]).result
        let expected = json["breslow_baseline_hazard"]
        for (time, hazard) in zip(expected["time"].numbers, expected["cumhaz"].numbers) {
            let survival = found.survival(at: time, linearPredictor: 0)
            #expect(abs(-log(survival) - hazard) < 1e-6, "\(time)")
        }
        let parts = ShardProperty.unevenRanges(n, into: 3).map { table.selecting(Array($0)) }
        #expect(try computation.run(on: parts).result == found)
    }

    @Test("A table without events, a fold that there is not and a missing value are refused")
    func refused() throws {
        let standardisation = Standardisation(columns: ["a"], means: [0], standardDeviations: [1])
        func run(_ values: [Double], events: [Bool], fold: [Int]? = nil) throws {
            let table = SurvivalTable(
                followUp: SurvivalTimes(times: [1, 2], events: events), names: ["a"], values: values,
                stratum: ["s", "s"])
            _ = try CoxPath(standardisation).run(on: [FoldedSurvival(table, fold: fold)])
        }
        #expect(throws: SurvivalError.noEvents) { try run([1, 2], events: [false, false]) }
        #expect(throws: LearningError.badFold) { try run([1, 2], events: [true, true], fold: [1, 2]) }
        #expect(throws: SurvivalError.notFinite(covariate: "a")) { try run([1, .nan], events: [true, true]) }
        #expect(throws: LearningError.noPenalty) { try run([0, 0], events: [true, true]) }
    }
}
