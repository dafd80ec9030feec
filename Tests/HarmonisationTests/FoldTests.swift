import Federation
import Harmonisation
import Statistics
import TestKit
import Testing

@Suite("ComBat inside the folds of a cross-validation")
struct FoldTests {
    static func table() -> CaseTable {
        var generator = SeededGenerator(seed: 5)
        var (features, covariates): ([Double], [Double]) = ([], [])
        for row in 0..<90 {
            for column in 0..<300 {
                features.append(generator.normal() * Double(1 + row % 3) + Double(column + row % 3))
            }
            covariates.append(generator.normal())
        }
        return CaseTable(
            featureNames: (0..<300).map { "f\($0)" }, features: features, covariateNames: ["age"],
            covariates: covariates, outcome: [Double](repeating: .nan, count: 90),
            batch: (0..<90).map { "b\($0 % 3)" })
    }

    @Test("One upload gives, bit for bit, the models fitted to the rows outside each fold, from one site or three")
    func sameModels() throws {
        let table = Self.table()
        let fold = (0..<90).map { $0 / 3 % 5 }
        let exponents = try ExponentCensus(columns: 301).run(on: [table]).result
        let fit = ComBatFit(features: table.featureNames, covariates: ["age"], exponents: exponents)
        let folded = FoldedComBatFit(fit, folds: 5)
        let pooled = try folded.run(on: [FoldedRows(table: table, fold: fold)])
        let sites = (0..<3).map { site in
            let rows = (0..<90).filter { $0 % 3 == site }
            return FoldedRows(table: table.selecting(rows: rows), fold: rows.map { fold[$0] })
        }
        #expect(pooled.rounds == 1)
        #expect(try folded.run(on: sites).result == pooled.result)
        #expect(pooled.result.model == (try fit.run(on: [table]).result))
        for left in 0..<5 {
            let rest = table.selecting(rows: (0..<90).filter { fold[$0] != left })
            let alone = try fit.run(on: [rest]).result
            #expect(pooled.result.without[left] == alone)
            #expect(alone != pooled.result.model)
        }
    }

    @Test("A fold beyond the number is refused")
    func badFold() throws {
        let table = Self.table()
        let fit = ComBatFit(
            features: table.featureNames, covariates: ["age"], exponents: [Int](repeating: 12, count: 301))
        #expect(throws: HarmonisationError.columnsDiffer("(fold)")) {
            try FoldedComBatFit(fit, folds: 2).run(on: [
                FoldedRows(table: table, fold: [Int](repeating: 2, count: 90))
            ])
        }
    }
}
