import CProducts
import Federation
import Learning
import Statistics
import TestKit
import Testing

@Suite("Rounds of a path")
struct PathRoundTests {
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

    @Test("Sums of products of two tables are those of every product by itself, rounded to the grid; half to even")
    func grid() {
        var generator = SeededGenerator(seed: 5)
        let (rows, width, columns) = (700, 6, 19)
        var left = (0..<rows * width).map { _ in generator.normal() }
        let right = (0..<rows * columns).map { _ in generator.normal() * 3 }
        // Halves of the last digit of the grid, 2^-40.
        for row in 0..<40 { left[row * width] = Double(row) * 0x1p-41 / right[row * columns] }
        let magic = 6144.0
        for triangle in [0, 1] {
            var sums = [Int64](repeating: 7, count: width * columns)
            var work = [Double](repeating: 0, count: 256 * (width + 11))
            cproducts_grid(rows, width, columns, left, right, magic, Int32(triangle), &work, &sums)
            for i in 0..<width {
                for j in (triangle == 1 ? i : 0)..<columns {
                    var expected: Int64 = 7
                    for row in 0..<rows {
                        let scaled = (left[row * width + i] * right[row * columns + j] * 0x1p40)
                        expected += Int64(scaled.rounded(.toNearestOrEven))
                    }
                    #expect(sums[i * columns + j] &- Int64(rows) &* Int64(bitPattern: magic.bitPattern) == expected)
                }
            }
        }
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

    /// Products of 1024 and more leave the range of the vectorised sums.
    @Test("The scale that sums are taken on does not change the model, however large z-scores become")
    func scale() throws {
        let (whole, standardisation) = Self.whole(rows: 200, columns: 12)
        var parameters = ElasticNetPath.Parameters()
        parameters.count = 20
        parameters.folds = 10
        let expected = try ElasticNetPath(standardisation, parameters: parameters).run(on: [whole]).result
        let fine = Standardisation(
            columns: standardisation.columns, means: standardisation.means,
            standardDeviations: standardisation.standardDeviations.map { $0 / 4096 })
        let sites = ShardProperty.unevenRanges(200, into: 3).map { whole.selecting(Array($0)) }
        let found = try ElasticNetPath(fine, parameters: parameters).run(on: sites).result
        #expect(try ElasticNetPath(fine, parameters: parameters).run(on: [whole]).result == found)
        for (own, wanted) in zip(found.path, expected.path) {
            #expect(Tolerance.isRelativelyClose(own.lambda, wanted.lambda, 1e-9))
            for (value, other) in zip(own.coefficients, wanted.coefficients) { #expect(abs(value - other) < 1e-6) }
        }
    }
}
