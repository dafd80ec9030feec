import CKernels
import Federation
import Foundation
import Harmonisation
import Learning
import Statistics
import TestKit
import Testing

@Suite("Rounds of a path")
struct PathRoundTests {
    @Test("A standardisation without one moment a column is not decoded: sites read their rows by it")
    func unsound() throws {
        for (means, deviations) in [("[0,1,2]", "[1,1,1]"), ("[0]", "[1]"), ("[0,1]", "[1]")] {
            let text = "{\"columns\":[\"a\",\"b\"],\"means\":\(means),\"standardDeviations\":\(deviations)}"
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Standardisation.self, from: Data(text.utf8))
            }
        }
    }

    @Test(
        "What no path asks for is refused: features twice or that there are not, too many models, rows beyond the last, a fold twice"
    )
    func hostile() throws {
        let (whole, moments) = Self.whole(rows: 40, columns: 3)
        let path = ElasticNetPath(moments)
        func model(_ others: String = "[]", isFull: Bool = false, coefficients: String = "[0,0]") -> String {
            "{\"coefficients\":\(coefficients),\"isFull\":\(isFull),\"others\":\(others)}"
        }
        func request(_ models: [String], known: String = "[1]", firstRow: Int = 2, fold: Int = 0) -> String {
            "{\"fold\":\(fold),\"known\":\(known),\"models\":[\(models.joined(separator: ","))],"
                + "\"firstRow\":\(firstRow),\"isFine\":false}"
        }
        func answer(_ requests: String..., weights: String = "[1,1]") throws -> Contribution {
            let standardisation = String(decoding: try JSONEncoder().encode(moments), as: UTF8.self)
            let text =
                "{\"standardisation\":\(standardisation),\"folds\":0,\"classWeights\":\(weights),"
                + "\"requests\":[\(requests.joined(separator: ","))]}"
            let broadcast = try JSONDecoder().decode(ElasticNetPath.Broadcast.self, from: Data(text.utf8))
            return try path.contribute(FoldedTable(whole.table), to: broadcast)
        }
        #expect(try answer(request([model("[0,2]"), model(isFull: true)])).blocks.count == 3)
        #expect(try answer(request([model()], firstRow: 0)).blocks.count == 4)
        for bad in [
            request([model()], known: "[1,1]"), request([model()], known: "[3]"), request([model()], known: "[-1]"),
            request([model("[1]")]), request([model("[0,0]")]), request([model("[3]")]), request([model("[-1]")]),
            request([model("[0]", isFull: true)]), request([model(coefficients: "[0]")]),
            request([model()], firstRow: 3), request([model()], firstRow: -1), request([model()], fold: 1),
            request([model()], fold: -1), request([]), request([String](repeating: model(), count: 65)),
        ] {
            #expect(throws: LearningError.badRequest, "\(bad)") { try answer(bad) }
        }
        #expect(throws: LearningError.badRequest) { try answer(request([model()]), request([model()])) }
        for weights in ["[1,-100]", "[1]"] {
            #expect(throws: LearningError.badRequest) { try answer(request([model()]), weights: weights) }
        }
    }

    /// A table as of `SpeedTests`, its moments, and a fold of each case.
    static func whole(rows: Int, columns: Int) -> (FoldedTable, Standardisation) {
        let table = SpeedTests.table(rows: rows, columns: columns)
        var (means, deviations): ([Double], [Double]) = ([], [])
        for column in 0..<columns {
            let own = (0..<rows).map { table.features[$0 * columns + column] }
            let mean = own.reduce(0, +) / Double(rows)
            means.append(mean)
            deviations.append((own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)).squareRoot())
        }
        return (
            FoldedTable(table, fold: (0..<rows).map { $0 % 10 + 1 }),
            Standardisation(columns: table.featureNames, means: means, standardDeviations: deviations)
        )
    }

    @Test("Sums of products of columns are those of every product, rounded once to the grid; fused and step by step")
    func grid() {
        var generator = SeededGenerator(seed: 5)
        let (rows, stride, width, all) = (1100, 1104, 6, 23)
        func table(_ columns: Int, _ scale: Double) -> [Double] {
            (0..<columns * stride).map { $0 % stride < rows ? generator.normal() * scale : 0 }
        }
        let (left, right, columns) = (table(width, 1), table(all, 3), [2, 3, 5, 7, 11, 13, 22])
        var ties = left
        // Halves of the last digit of the grid, 2^-40, to rounding: on both sides of the middle and on it.
        for row in 0..<40 { ties[row] = Double(row) * 0x1p-41 / right[2 * stride + row] }
        for row in 40..<60 { ties[row] = Double(row) * 0x1p-41 }
        var wide = right
        for row in 40..<60 { wide[2 * stride + row] = row % 2 == 0 ? 1 : 1.0.nextUp }
        let magic = 6144.0
        let places = columns.map(Int64.init)
        var versions: [(inout [Int64], Int32, Int) -> Void] = [
            { cproducts_grid(stride, stride, width, ties, $2, wide, places, magic, $1, &$0) },
            { cproducts_grid_stepwise(stride, stride, width, ties, $2, wide, places, magic, $1, &$0) },
        ]
        for bytes in [16, 32, 64] {
            var none: [Int64] = []
            guard cproducts_grid_by(bytes, 0, 8, 0, ties, 0, wide, places, magic, 0, &none) != 0 else { continue }
            versions.append {
                #expect(cproducts_grid_by(bytes, stride, stride, width, ties, $2, wide, places, magic, $1, &$0) == 1)
            }
        }
        expect(versions, width: width, columns: columns.count, start: 7) { i, j in
            (0..<stride).reduce(Int64(0)) { sum, row in
                let product = magic.addingProduct(ties[i * stride + row], wide[columns[j] * stride + row])
                return sum &+ Int64(bitPattern: product.bitPattern)
            }
        }
    }

    /// Versions of a function that adds sums to a table, or to its upper triangle.
    private func expect(
        _ versions: [(inout [Int64], Int32, Int) -> Void], width: Int, columns: Int, start: Int64,
        sum: (Int, Int) -> Int64
    ) {
        for version in versions {
            for triangle in [false, true] {
                let count = triangle ? width : columns
                var sums = [Int64](repeating: start, count: width * count)
                version(&sums, triangle ? 1 : 0, count)
                for i in 0..<width {
                    for j in (triangle ? i : 0)..<count { #expect(sums[i * count + j] == start &+ sum(i, j)) }
                }
            }
        }
    }

    @Test("A wild row takes its own way and no other with it: three shards give the bits of one")
    func wildRow() throws {
        let (rows, p) = (1300, 6)
        var table = SpeedTests.table(rows: rows, columns: p)
        for column in 0..<p { table.features[17 * p + column] = 1e5 * Double(column + 1) }
        let moments = try PooledMoments(exponents: [40, 40, 40, 40, 40, 40]).run(on: [table]).result
        let standardisation = Standardisation(
            columns: table.featureNames, means: moments.means, standardDeviations: moments.standardDeviations)
        var parameters = ElasticNetPath.Parameters()
        (parameters.folds, parameters.count, parameters.classWeights) = (3, 20, [1, 10])
        let path = ElasticNetPath(standardisation, parameters: parameters)
        func shard(_ own: [Int]) -> FoldedTable {
            FoldedTable(table.selecting(rows: own), fold: own.map { $0 % 3 + 1 })
        }
        let whole = try path.run(on: [shard(Array(0..<rows))])
        let parts = try path.run(on: [0..<400, 400..<401, 401..<rows].map { shard(Array($0)) })
        #expect(whole.rounds == parts.rounds)
        #expect(whole.result == parts.result)
        #expect(whole.sums == parts.sums)
    }

    @Test("Sums of products of integers are exact, by vectors and one by one, of all rows or of some")
    func integers() {
        var generator = SeededGenerator(seed: 7)
        let (stride, width, all) = (1120, 6, 23)
        // Magnitudes of products whose sum over all rows comes close to 2^31.
        func table(_ columns: Int, _ scale: Double) -> [Int16] {
            (0..<columns * stride).map { _ in Int16(max(-32_767, min(32_767, generator.normal() * scale))) }
        }
        let (left, right, columns) = (table(width, 700), table(all, 2_000), [2, 3, 5, 7, 11, 13, 22])
        let places = columns.map(Int64.init)
        for (first, end) in [(0, stride), (64, 96), (1088, 1120), (32, 32)] {
            var versions: [(inout [Int64], Int32, Int) -> Void] = [
                { cproducts_short(first, end, stride, width, left, $2, right, places, $1, &$0) },
                { cproducts_short_stepwise(first, end, stride, width, left, $2, right, places, $1, &$0) },
            ]
            for bytes in [16, 32, 64] {
                var none: [Int64] = []
                guard cproducts_short_by(bytes, 0, 0, 32, 0, left, 0, right, places, 0, &none) != 0 else { continue }
                versions.append {
                    #expect(
                        cproducts_short_by(bytes, first, end, stride, width, left, $2, right, places, $1, &$0) == 1)
                }
            }
            expect(versions, width: width, columns: columns.count, start: 7) { i, j in
                (first..<end).reduce(Int64(0)) {
                    $0 + Int64(left[i * stride + $1]) * Int64(right[columns[j] * stride + $1])
                }
            }
        }
        // Beyond 32 bits, one by one.
        let most = [Int16](repeating: 32_767, count: 64)
        var sums: [Int64] = [1]
        cproducts_short_stepwise(0, 64, 64, 1, most, 1, most, [0], 0, &sums)
        #expect(sums == [1 + 64 * 32_767 * 32_767])
        var norms: [Int64] = [5, 1 << 40]
        cproducts_short_norms(1, 64, most, &norms)
        #expect(norms == [32 * 32_767 * 32_767, 1 << 40])
    }

    @Test("Numbers become the nearest integers, half to even, times the weight of their row")
    func shortened() {
        let values = [0.5, 1.5, -0.5, -1.5, 2.4999, 3, 15.99, -15.99, 1e9, 7, 0.25]
        let weights = [1, 1, 1, 1, 1, 0.5, 2048, 2048, 0, 0.25, 2] as [Double]
        var shorts = [Int16](repeating: 9, count: values.count)
        cproducts_shorten(values.count, values, weights, 1, &shorts)
        #expect(shorts == [0, 2, 0, -2, 2, 2, 32_748, -32_748, 0, 2, 0])
    }

    @Test(
        "Where a model is nearly sure of all cases, and second derivatives are small, each penalty is still fitted to its optimum"
    )
    func nearlySeparated() throws {
        let (rows, columns) = (80, 12)
        let (whole, moments) = Self.whole(rows: rows, columns: columns)
        var cases = whole.table
        cases.outcome = (0..<rows).map { cases.features[$0 * columns] > 0.1 ? 1 : 0 }
        var parameters = ElasticNetPath.Parameters()
        parameters.lambdas = [0.1, 0.01, 1e-3, 1e-4, 1e-5]
        let path = ElasticNetPath(moments, parameters: parameters)
        let run = try path.run(on: [FoldedTable(cases)])
        let parts = (0..<4).map { site in
            FoldedTable(cases.selecting(rows: (0..<rows).filter { $0 % 4 == site }))
        }
        #expect(try path.run(on: parts).result == run.result)
        for point in run.result.path {
            let residuals = (0..<rows).map { row in
                let score = (0..<columns).reduce(point.intercept) {
                    $0 + point.coefficients[$1] * cases.features[row * columns + $1]
                }
                return cases.outcome[row] - 1 / (1 + exp(-score))
            }
            for column in 0..<columns {
                let slope =
                    (0..<rows).reduce(0.0) { sum, row in
                        let z =
                            (cases.features[row * columns + column] - moments.means[column])
                            / moments.standardDeviations[column]
                        return sum + residuals[row] * z
                    } / Double(rows)
                let coefficient = point.coefficients[column]
                let miss =
                    coefficient == 0
                    ? slope.magnitude - point.lambda : (slope - (coefficient > 0 ? 1 : -1) * point.lambda).magnitude
                #expect(miss < 1e-8, "\(point.lambda) \(column)")
            }
            #expect(residuals.reduce(0, +).magnitude / Double(rows) < 1e-8)
        }
        // So sure that factors of 16 bits would have few digits of the second derivatives left.
        #expect(try #require(run.result.path.last).devianceRatio > 0.998)
    }

    @Test("Terms of logistic regression of many cases are those of their definition to 1e-15")
    func logistic() {
        let predictors = (0..<80).map { Double($0 - 40) * 17.1 }
        let events = predictors.indices.map { Double($0 % 2) }
        var (logs, residuals, weights) = (predictors, predictors, predictors)
        cproducts_logistic(80, predictors, events, &logs, &residuals, &weights)
        for (row, eta) in predictors.enumerated() {
            let sign = events[row] == 1 ? 1.0 : -1
            let miss = 1 / (1 + exp(sign * eta))
            let log = sign * eta < 0 ? sign * eta - log1p(exp(sign * eta)) : -log1p(exp(-sign * eta))
            #expect(Tolerance.isRelativelyClose(logs[row], log, 2e-15), "\(eta)")
            #expect(Tolerance.isRelativelyClose(residuals[row], sign * miss, 2e-15), "\(eta)")
            let weight = exp(-abs(eta)) / ((1 + exp(-abs(eta))) * (1 + exp(-abs(eta))))
            #expect(Tolerance.isRelativelyClose(weights[row], weight, 4e-15), "\(eta)")
        }
    }

    @Test("The sum of products on the grid of 2^-76 is that of each, rounded once")
    func total() {
        var generator = SeededGenerator(seed: 8)
        let (highMagic, lowMagic, scale) = (49_152.0, 6_755_399_441_055_744.0, 0x1p76)
        for count in [1, 7, 8, 9, 100] {
            let x = (0..<count).map { _ in generator.normal() * 20 }
            let y = (0..<count).map { $0 % 5 == 2 ? 0 : generator.normal() }
            var (sums, expected) = ([3, 5] as [Int64], 3 << 39 + 5 as Int128)
            cproducts_total(count, x, y, highMagic, lowMagic, scale, &sums)
            for (a, b) in zip(x, y) {
                // Exact: a double times a power of two, rounded to a whole number.
                let scaled = (a * b * scale).rounded(.toNearestOrEven)
                expected += Int128(scaled)
            }
            #expect(Int128(sums[0]) << 39 + Int128(sums[1]) == expected, "\(count)")
        }
    }

    @Test(
        "Equations of some rows are solved to the residual that is asked for, and the others stay 0: without a factor, with one of the same rows in two steps, with one of some, or of more"
    )
    func equations() {
        var generator = SeededGenerator(seed: 6)
        let (order, stride) = (37, 48)
        let factors = (0..<order * 60).map { _ in Float(generator.normal()) }
        var matrix = [Float](repeating: 0, count: order * stride)
        for i in 0..<order {
            for j in 0..<order {
                for k in 0..<60 { matrix[i * stride + j] += factors[i * 60 + k] * factors[j * 60 + k] }
            }
        }
        let rows = (0..<order).filter { $0 % 4 != 1 }.map(Int64.init)
        var right = [Float](repeating: 0, count: stride)
        var (ridges, inverse) = (right, right)
        for row in rows.map({ Int($0) }) {
            (right[row], ridges[row]) = (Float(generator.normal()), 2)
            inverse[row] = 1 / (matrix[row * stride + row] + 2)
        }
        let width = 48
        var solution = right
        let largest = right.map(\.magnitude).max() ?? 0
        func check() {
            for i in 0..<order where i % 4 == 1 { #expect(solution[i] == 0) }
            for i in rows.map({ Int($0) }) {
                let product = (0..<order).reduce(2 * Double(solution[i])) {
                    $0 + Double(matrix[i * stride + $1]) * Double(solution[$1])
                }
                #expect(abs(product - Double(right[i])) < 2e-4 * Double(largest))
            }
        }
        // Factored at once, and with the last rows added one by one.
        let some = rows.filter { $0 > 9 }
        for (places, added) in [([], 0), (rows, 0), (rows, 3), (some, 20), ((0..<37).map { Int64($0) }, 1)] {
            var factor = [Float](repeating: 0, count: width * width)
            var blocks = [Float](repeating: 0, count: 16 * width)
            func element(_ i: Int, _ j: Int) -> Float {
                matrix[Int(places[i]) * stride + Int(places[j])] + (i == j ? 2 : 0)
            }
            let first = places.count - added
            for i in 0..<first { for j in i..<first { factor[i * width + j] = element(i, j) } }
            cproducts_factor(first, width, &factor, &blocks)
            for i in first..<places.count {
                var column = (0..<width).map { $0 < i ? element($0, i) : 0 }
                cproducts_border(i, width, &factor, &blocks, element(i, i), &column)
            }
            var (work, residuals) = ([Float](repeating: 0, count: 3 * stride + width), right)
            let steps = cproducts_solve(
                stride, matrix, ridges, inverse, rows.count, rows, places.count, width, factor, blocks, places, 1e-4,
                0, 200, &residuals, &work, &solution)
            #expect(places == rows ? steps <= 2 : (3..<60).contains(steps), "\(steps)")
            check()
        }
        var product = right
        cproducts_symmetric(stride, matrix, order, (0..<order).map(Int64.init), solution, &product)
        for i in 0..<order {
            let expected = (0..<order).reduce(0.0) { $0 + Double(matrix[i * stride + $1]) * Double(solution[$1]) }
            #expect(abs(Double(product[i]) - expected) < 1e-4)
        }
    }

    @Test(
        "Of more features than cases each model is at its optimum in all of them, although most stay out unseen",
        arguments: [(1.0, [1.0, 1.0], true), (0.5, [1.0, 3.0], true), (1.0, [0.7, 1.0], false)])
    func wide(alpha: Double, classWeights: [Double], isStandardised: Bool) throws {
        let (rows, columns) = (150, 400)
        let (whole, moments) = Self.whole(rows: rows, columns: columns)
        let cases = whole.table
        var parameters = ElasticNetPath.Parameters()
        (parameters.alpha, parameters.classWeights) = (alpha, classWeights)
        (parameters.isStandardised, parameters.count) = (isStandardised, 40)
        // Not their moments: what is penalised is not the coefficient of these.
        let deviations = isStandardised ? moments.standardDeviations : moments.standardDeviations.map { $0 * 1.5 }
        let standardisation = Standardisation(
            columns: moments.columns, means: moments.means, standardDeviations: deviations)
        let run = try ElasticNetPath(standardisation, parameters: parameters).run(on: [FoldedTable(cases)])
        let weights = cases.outcome.map { classWeights[Int($0)] }
        let total = weights.reduce(0, +)
        for point in run.result.path {
            let residuals = (0..<rows).map { row in
                let score = (0..<columns).reduce(point.intercept) {
                    $0 + point.coefficients[$1] * cases.features[row * columns + $1]
                }
                return weights[row] * (cases.outcome[row] - 1 / (1 + exp(-score)))
            }
            for column in 0..<columns {
                let own = (0..<rows).map { cases.features[$0 * columns + column] }
                let mean = zip(own, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
                let spread = zip(own, weights).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) } / total
                let scale = isStandardised ? spread.squareRoot() : deviations[column]
                let slope = zip(own, residuals).reduce(0) { $0 + ($1.0 - mean) * $1.1 } / total / scale
                let coefficient = point.coefficients[column] * scale
                let bent = slope - point.lambda * (1 - alpha) * coefficient
                let corner = point.lambda * alpha
                let miss =
                    coefficient == 0
                    ? slope.magnitude - corner : (bent - (coefficient > 0 ? corner : -corner)).magnitude
                #expect(miss < 1e-8, "\(point.lambda) \(column)")
            }
        }
        // All features once a model and a little more; else known ones, which are few at large penalties.
        let words = run.sums.map { $0.blocks.first { $0.specification.name == "gradient" }?.words.count ?? 0 }
        #expect(words.reduce(0, +) < 2 * run.result.path.count * (columns + 1))
    }

    @Test("100 penalties with ten folds take less than 200 rounds and what was estimated; the sums need not be kept")
    func rounds() throws {
        let (whole, standardisation) = Self.whole(rows: 300, columns: 120)
        var parameters = ElasticNetPath.Parameters()
        parameters.folds = 10
        let computation = ElasticNetPath(standardisation, parameters: parameters)
        let run = try computation.run(on: [whole], keepsSums: false)
        let estimate = computation.communication(features: 120)
        #expect(run.rounds < 200 && run.rounds <= estimate.rounds, "\(run.rounds)")
        #expect(run.payloadBytesPerSite <= estimate.bytesPerSite)
        #expect(run.sums.isEmpty)
        let sites = ShardProperty.unevenRanges(300, into: 5).map { whole.selecting(Array($0)) }
        let five = try computation.run(on: sites)
        #expect(five.result == run.result && five.rounds == run.rounds && five.sums.count == run.rounds)
    }

    /// With 6 the magnitudes of integers of 16 bits add up to more than 31 bits in 32 rows, with 64 most rows are too wide for them, and with 4096
    /// products leave the range of the vectorised sums.
    @Test(
        "The scale that sums are taken on does not change the model, however large z-scores become",
        arguments: [6, 64, 4096])
    func scale(factor: Double) throws {
        let (whole, standardisation) = Self.whole(rows: 200, columns: 12)
        var parameters = ElasticNetPath.Parameters()
        parameters.count = 20
        parameters.folds = 10
        let expected = try ElasticNetPath(standardisation, parameters: parameters).run(on: [whole]).result
        let fine = Standardisation(
            columns: standardisation.columns, means: standardisation.means,
            standardDeviations: standardisation.standardDeviations.map { $0 / factor })
        let sites = ShardProperty.unevenRanges(200, into: 3).map { whole.selecting(Array($0)) }
        let run = try ElasticNetPath(fine, parameters: parameters).run(on: sites)
        let (found, pooled) = (run.result, try ElasticNetPath(fine, parameters: parameters).run(on: [whole]))
        #expect(pooled.result == found && pooled.sums == run.sums)
        for (own, wanted) in zip(found.path, expected.path) {
            #expect(Tolerance.isRelativelyClose(own.lambda, wanted.lambda, 1e-9))
            for (value, other) in zip(own.coefficients, wanted.coefficients) { #expect(abs(value - other) < 1e-6) }
        }
    }
}
