import Federation
import Foundation
import Learning
import Survival
import TestKit
import Testing

/// Against R glmnet 4.1-6 with its own control, on CT radiomics of three and of two centres (`Fixtures/path_end.R` made `path_end.json`).
@Suite("Where a path ends", .enabled(if: Tables.hasShared, "no shared data"))
struct PathEndTests {
    private static func expected(_ key: String) throws -> JSONFixture {
        try JSONFixture.beside("path_end.json")[key]
    }

    private func standardisation(_ names: [String], _ columns: [[Double]]) -> Standardisation {
        let means = columns.map { $0.reduce(0, +) / Double($0.count) }
        return Standardisation(
            columns: names, means: means,
            standardDeviations: zip(columns, means).map { values, mean in
                (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
            })
    }

    private func parameters(_ expected: JSONFixture) -> ElasticNetPath.Parameters {
        var parameters = ElasticNetPath.Parameters()
        (parameters.alpha, parameters.ratio) = (expected["alpha"].number, expected["ratio"].number)
        return parameters
    }

    private func compare(_ path: [ElasticNetModel.Point], _ expected: JSONFixture) throws {
        #expect(path.count == expected["count"].integer)
        let last = try #require(path.last)
        // The ratio of two penalties of glmnet's Cox models is off that of the path by 9e-11, which adds up.
        #expect(Tolerance.isRelativelyClose(last.lambda, expected["lambda_last"].number, 1e-8))
        #expect(abs(last.devianceRatio - expected["dev_ratio_last"].number) < 1e-6)
    }

    @Test(
        "A logistic path has as many penalties as glmnet's: it gains nothing, explains everything, or does neither",
        arguments: ["logistic_5", "logistic_everything", "logistic_all_short"])
    func logistic(key: String) throws {
        let expected = try Self.expected(key)
        let csv = try CSVFixture.shared("data/learning/table.csv")
        let names = expected["features"].texts
        let columns = names.map { csv.numbers($0) }
        var outcome = csv.numbers("y")
        if key == "logistic_everything" {
            let sorted = columns[0].sorted()
            let median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
            outcome = columns[0].map { $0 > median ? 1 : 0 }
        }
        let table = CaseTable(
            featureNames: names, features: outcome.indices.flatMap { row in columns.map { $0[row] } }, outcome: outcome,
            batch: outcome.map { _ in "" })
        var parameters = parameters(expected)
        let own = standardisation(names, columns)
        let path = try ElasticNetPath(own, parameters: parameters).run(on: [FoldedTable(table)], keepsSums: false)
        try compare(path.result.path, expected)
        guard key == "logistic_5" else { return }
        // Folds end with it, over any number of sites; penalties that are given are all fitted.
        parameters.folds = 5
        let whole = FoldedTable(table, fold: outcome.indices.map { $0 % 5 + 1 })
        let sites = ShardProperty.unevenRanges(table.count, into: 3).map { whole.selecting(Array($0)) }
        let folded = try ElasticNetPath(own, parameters: parameters).run(on: sites, keepsSums: false).result
        #expect(folded.path.map(\.lambda) == path.result.path.map(\.lambda))
        #expect(try #require(folded.crossValidation).mean.count == folded.path.count)
        parameters.lambdas = folded.path.map(\.lambda) + [0.0009, 0.0008]
        let given = try ElasticNetPath(own, parameters: parameters).run(on: [whole], keepsSums: false).result
        #expect(given.path.count == folded.path.count + 2)
    }

    @Test("A path of Cox models has as many penalties as glmnet's", arguments: ["cox_8", "cox_8_enet"])
    func cox(key: String) throws {
        let expected = try Self.expected(key)
        let csv = try CSVFixture.shared("data/learning/table_cox.csv")
        let names = expected["features"].texts
        let columns = names.map { csv.numbers($0) }
        let table = SurvivalTable(
            // glmnet resolves ties between events and censored times by the order of the rows: as in this fixture.
            followUp: try CoxPathTests.Fixture().table.followUp,
            names: names, values: csv.rows.indices.flatMap { row in columns.map { $0[row] } },
            stratum: csv.rows.map { _ in "all" })
        let path = try CoxPath(standardisation(names, columns), parameters: parameters(expected))
            .run(on: [FoldedSurvival(table)], keepsSums: false).result.path
        try compare(path, expected)
    }

    @Test("What the coordinator knows of the fits does not travel: second derivatives, penalties, gradients")
    func memory() throws {
        let (whole, standardisation) = PathRoundTests.whole(rows: 60, columns: 8)
        var parameters = ElasticNetPath.Parameters()
        (parameters.count, parameters.folds) = (10, 3)
        let computation = ElasticNetPath(standardisation, parameters: parameters)
        let table = FoldedTable(whole.table, fold: whole.table.outcome.indices.map { $0 % 3 + 1 })
        var state = computation.initialState()
        for _ in 0..<6 {
            let broadcast = computation.broadcast(of: state)
            let sum = try computation.contribute(table, to: broadcast)
            guard case .broadcast(let next) = try computation.next(after: state, sum: sum) else { break }
            state = next
        }
        let (told, known) = (
            String(decoding: try JSONEncoder().encode(computation.broadcast(of: state)), as: UTF8.self),
            String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
        )
        for name in ["curvature", "gradient", "lambdas", "objective", "points"] {
            #expect(known.contains("\"\(name)\":") && !told.contains(name), "\(name)")
        }
        // The same sums give the same state again, and with it the broadcast.
        #expect(try JSONDecoder().decode(ElasticNetPath.State.self, from: Data(known.utf8)) == state)
    }

    @Test("A broadcast that asks for features, folds or coefficients that there are not is refused")
    func refused() throws {
        let (whole, standardisation) = PathRoundTests.whole(rows: 30, columns: 3)
        var parameters = ElasticNetPath.Parameters()
        parameters.folds = 10
        let computation = ElasticNetPath(standardisation, parameters: parameters)
        var state = computation.initialState()
        for _ in 0..<3 {
            let sum = try computation.contribute(whole, to: computation.broadcast(of: state))
            guard case .broadcast(let next) = try computation.next(after: state, sum: sum) else { break }
            state = next
        }
        let good = String(decoding: try JSONEncoder().encode(computation.broadcast(of: state)), as: UTF8.self)
        let changes = [
            (#""known":\[[^\]]*\]"#, #""known":[3]"#), (#""known":\[[^\]]*\]"#, #""known":[-1]"#),
            (#""coefficients":\[[^\]]*\]"#, #""coefficients":[]"#), (#""firstRow":[0-9]*"#, #""firstRow":99"#),
            (#""fold":[0-9]*"#, #""fold":11"#), (#""folds":10"#, #""folds":-1"#),
            (#""classWeights":\[[^\]]*\]"#, #""classWeights":[1]"#),
        ]
        for (pattern, value) in changes {
            let bad = good.replacingOccurrences(of: pattern, with: value, options: .regularExpression)
            #expect(bad != good)
            let broadcast = try JSONDecoder().decode(ElasticNetPath.Broadcast.self, from: Data(bad.utf8))
            #expect(throws: LearningError.self, "\(value)") { try computation.contribute(whole, to: broadcast) }
        }
    }
}
