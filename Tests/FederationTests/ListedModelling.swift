import Federation
import Harmonisation
import Learning
import Statistics
import TestKit
import Testing

extension ListedComputation {
    /// Harmonisation and learning, on 126 cases of seven batches, six features and two covariates.
    static let modelling: [ListedComputation] = {
        let cases = table
        let exponents = [4, 14, -6, 4, 4, 4, 8, 2]
        let means = [3.0, 3000, 0.003, 3, 3, 3]
        let deviations = [1.0, 1000, 0.001, 1, 1, 1]
        return [
            ListedComputation(PooledMoments(exponents: Array(exponents.prefix(6))), shard: { cases }, split: splitRows),
            ListedComputation(
                ComBatFit(features: cases.featureNames, covariates: cases.covariateNames, exponents: exponents),
                shard: { cases }, split: splitBatches),
            ListedComputation(
                FoldedComBatFit(
                    ComBatFit(features: cases.featureNames, covariates: cases.covariateNames, exponents: exponents),
                    folds: 3),
                shard: { FoldedRows(table: cases, fold: cases.outcome.indices.map { $0 % 3 }) }, split: splitFolds),
            ListedComputation(
                UnivariateFilter(centres: means, scales: deviations), shard: { cases }, split: splitRows),
            ListedComputation(
                CorrelationMatrix(centres: means, scales: deviations), shard: { cases }, split: splitRows),
            ListedComputation(
                RidgeLogistic(columns: cases.featureNames, means: means, standardDeviations: deviations, lambda: 1),
                shard: { cases }, split: splitRows),
        ] + harmonisation + learning + treesAndNetworks
    }()

    /// Cases in the order of their batches.
    static let table: CaseTable = {
        var generator = SeededGenerator(seed: 44)
        var features: [Double] = []
        var covariates: [Double] = []
        var outcome: [Double] = []
        for row in 0..<126 {
            let event = generator.uniform() < 0.4 ? 1.0 : 0
            for scale in [1, 1000, 0.001, 1, 1, 1] {
                features.append(scale * (3 + 0.5 * event + generator.normal() + 0.1 * Double(row / 18)))
            }
            covariates += [50 + 10 * generator.normal(), generator.uniform() < 0.5 ? 1 : 0]
            outcome.append(event)
        }
        return CaseTable(
            featureNames: (1...6).map { "f\($0)" }, features: features, covariateNames: ["age", "sex"],
            covariates: covariates, outcome: outcome, batch: (0..<126).map { "batch\($0 / 18)" })
    }()

    static func splitRows(_ table: CaseTable, _ count: Int) -> [CaseTable] {
        ShardProperty.unevenRanges(table.count, into: count).map { table.selecting(rows: Array($0)) }
    }

    /// Whole batches; the fold of a row is its own.
    static func splitFolds(_ shard: FoldedRows, _ count: Int) -> [FoldedRows] {
        (0..<count).map { site in
            let rows = (0..<shard.table.count).filter { $0 / 18 % count == site }
            return FoldedRows(table: shard.table.selecting(rows: rows), fold: rows.map { shard.fold[$0] })
        }
    }

    /// A batch lies wholly within one site.
    static func splitBatches(_ table: CaseTable, _ count: Int) -> [CaseTable] {
        (0..<count).map { site in
            table.selecting(rows: (0..<table.count).filter { $0 / 18 % count == site })
        }
    }
}

@Suite("Exponent census")
struct ExponentCensusShardTests {
    @Test(
        "the exponents do not depend on the number of sites, although each site marks one class", arguments: [2, 3, 7])
    func sameExponents(sites: Int) throws {
        let census = ExponentCensus(columns: 8)
        let pooled = try census.run(on: [ListedComputation.table]).result
        let shards = ListedComputation.splitRows(ListedComputation.table, sites)
        #expect(try census.run(on: shards).result == pooled)
    }
}
