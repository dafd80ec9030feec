import Federation
import Foundation
import Learning
import Statistics
import Survival
import TestKit
import Testing

/// Features of radiomics that a few cases stretch over many powers of ten.
@Suite("Paths of heavy-tailed features")
struct HeavyTailsTests {
    /// 80 to 160 cases; the outliers of some features are all in the first case.
    private struct Cohort {
        let names: [String]
        var columns: [[Double]]
        let outcome: [Double]
        let means: [Double]
        let deviations: [Double]

        init(seed: UInt64) {
            var generator = SeededGenerator(seed: seed)
            let n = 80 + Int(generator.next() % 81)
            var columns: [[Double]] = []
            func add(_ value: (Int) -> Double) { columns.append((0..<n).map(value)) }
            let base = (0..<5).map { _ in (0..<n).map { _ in generator.normal() } }
            add { base[0][$0] }
            add { exp(4 * base[1][$0]) }
            add { exp(8 * base[1][$0]) }
            add { exp(3 * base[1][$0] + base[2][$0]) }
            let tails = (0..<n).map { _ in generator.normal() / generator.normal() }
            add { tails[$0] }
            add { tails[$0] * tails[$0] * tails[$0] }
            // But for the first case they vary by a part in 10 to 10^7, two of them nearly alike.
            for exponent in 1...7 { add { $0 == 0 ? 1 : base[exponent % 5][$0] * pow(10, -Double(exponent)) } }
            add { $0 == 0 ? 1 : base[3][$0] * 1e-3 + base[4][$0] * 1e-5 }
            self.columns = columns
            names = columns.indices.map { "f\($0)" }
            outcome = (0..<n).map { row in
                let score = base[0][row] - base[1][row] + base[3][row]
                return generator.uniform() < 1 / (1 + exp(-score)) ? 1 : 0
            }
            means = columns.map { $0.reduce(0, +) / Double(n) }
            deviations = zip(columns, means).map { Self.deviation($0, $1) }
        }

        static func deviation(_ values: [Double], _ mean: Double) -> Double {
            (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
        }

        var standardisation: Standardisation {
            Standardisation(columns: names, means: means, standardDeviations: deviations)
        }

        /// Fold 1 is the first fifth.
        func table(_ rows: Range<Int>, isFolded: Bool) -> FoldedTable {
            FoldedTable(
                CaseTable(
                    featureNames: names, features: rows.flatMap { row in columns.map { $0[row] } },
                    outcome: rows.map { outcome[$0] }, batch: rows.map { _ in "" }),
                fold: isFolded ? rows.map { $0 * 5 / outcome.count + 1 } : nil)
        }

        /// Largest violation of the optimality conditions of a model of some rows, by their definition.
        func violation(_ point: ElasticNetModel.Point, _ rows: Range<Int>, alpha: Double) -> Double {
            let residuals = rows.map { row in
                let score = names.indices.reduce(point.intercept) { $0 + point.coefficients[$1] * columns[$1][row] }
                return 1 / (1 + exp(-score)) - outcome[row]
            }
            var largest = residuals.reduce(0, +).magnitude / Double(rows.count)
            for column in names.indices {
                let own = Array(columns[column][rows])
                let mean = own.reduce(0, +) / Double(own.count)
                let deviation = Self.deviation(own, mean)
                let coefficient = point.coefficients[column] * deviation
                guard deviation > 1e-4 * deviations[column] else {
                    largest = max(largest, coefficient == 0 ? 0 : .infinity)
                    continue
                }
                let slope = zip(residuals, own).reduce(0) { $0 + $1.0 * ($1.1 - mean) / deviation } / Double(own.count)
                let corner = point.lambda * alpha
                let miss =
                    coefficient == 0
                    ? slope.magnitude - corner
                    : (slope + point.lambda * (1 - alpha) * coefficient + (coefficient > 0 ? corner : -corner))
                        .magnitude
                largest = max(largest, miss)
            }
            return largest
        }
    }

    @Test(
        "Every model of 60 random tables is at its optimum to 1e-8, whether the outliers are among its cases or held out",
        arguments: [1, 0.5, 0])
    func optimal(alpha: Double) throws {
        for seed in UInt64(0)..<60 {
            let cohort = Cohort(seed: seed)
            let n = cohort.outcome.count
            var parameters = ElasticNetPath.Parameters()
            (parameters.alpha, parameters.count) = (alpha, 30)
            // All cases, and those without the first: of z-scores of all.
            for rows in [0..<n, 1..<n] {
                let path = ElasticNetPath(cohort.standardisation, parameters: parameters)
                let run = try path.run(
                    on: [cohort.table(rows, isFolded: false)], roundLimit: 6000, keepsSums: false)
                let worst = run.result.path.map { cohort.violation($0, rows, alpha: alpha) }.max()
                #expect(try #require(worst) < 1e-8, "seed \(seed), \(rows)")
            }
        }
    }

    @Test(
        "Folds end whoever is held out, say which features hardly vary without one, and are the same over any number of sites",
        arguments: [1, 0])
    func folds(alpha: Double) throws {
        for seed in UInt64(0)..<12 {
            let cohort = Cohort(seed: seed)
            let n = cohort.outcome.count
            var parameters = ElasticNetPath.Parameters()
            (parameters.alpha, parameters.count, parameters.folds) = (alpha, 30, 5)
            let path = ElasticNetPath(cohort.standardisation, parameters: parameters)
            let one = try path.run(on: [cohort.table(0..<n, isFolded: true)], roundLimit: 6000, keepsSums: false)
            let parts = ShardProperty.unevenRanges(n, into: 3).map { cohort.table($0, isFolded: true) }
            let three = try path.run(on: parts, roundLimit: 6000, keepsSums: false)
            #expect(one.result == three.result && one.rounds == three.rounds, "seed \(seed)")
            let rest = (0..<n).filter { $0 * 5 / n > 0 }
            let expected = cohort.names.indices.filter { column in
                let own = rest.map { cohort.columns[column][$0] }
                return Cohort.deviation(own, own.reduce(0, +) / Double(own.count)) <= 1e-4 * cohort.deviations[column]
            }
            let found = try #require(one.result.crossValidation?.hardlyVarying)
            #expect(Set(found).isSuperset(of: expected.map { cohort.names[$0] }), "seed \(seed)")
            #expect(found.contains("f12") && !found.contains("f0") && !found.contains("f6"), "seed \(seed)")
        }
    }

    @Test("Cox's path of such features ends too, with folds, the same over strata at three sites")
    func cox() throws {
        for seed in UInt64(0)..<12 {
            let cohort = Cohort(seed: seed)
            let n = cohort.outcome.count
            var generator = SeededGenerator(seed: seed + 100)
            let times = (0..<n).map { row in
                -log(1 - generator.uniform()) * exp(cohort.columns[0][row]) + Double(row) * 1e-6
            }
            func site(_ own: Range<Int>) -> FoldedSurvival {
                FoldedSurvival(
                    SurvivalTable(
                        followUp: SurvivalTimes(
                            times: own.map { times[$0] }, events: own.map { cohort.outcome[$0] == 1 }),
                        names: cohort.names, values: own.flatMap { row in cohort.columns.map { $0[row] } },
                        stratum: own.map { "\($0 * 3 / n)" }),
                    fold: own.map { $0 * 5 / n + 1 })
            }
            var parameters = ElasticNetPath.Parameters()
            (parameters.count, parameters.folds) = (30, 5)
            let path = CoxPath(cohort.standardisation, parameters: parameters)
            let one = try path.run(on: [site(0..<n)], roundLimit: 6000, keepsSums: false)
            let parts = (0..<3).map { part in
                let own = (0..<n).filter { $0 * 3 / n == part }
                return site(own[0]..<own[own.count - 1] + 1)
            }
            #expect(try path.run(on: parts, roundLimit: 6000, keepsSums: false).result == one.result, "seed \(seed)")
            #expect(one.result.path.allSatisfy { $0.coefficients.allSatisfy(\.isFinite) })
            #expect(try #require(one.result.crossValidation).mean.allSatisfy(\.isFinite))
        }
    }

    @Test("A model without an optimum names the feature, how far it is and what helps")
    func error() {
        let text = LearningError.noOptimum(feature: "f", lambda: 0.5, violation: 1e-7, rounds: 200).description
        for part in ["penalty 0.5", "1e-07", "200 rounds", "'f'", "leave that feature out"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(
            LearningError.noOptimum(feature: nil, lambda: 0.5, violation: 1e-7, rounds: 200).description
                .contains("intercept"))
    }
}
