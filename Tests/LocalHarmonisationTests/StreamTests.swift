import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import Tables
import TestKit
import Testing

/// Tables that are read in chunks, beside the same tables in memory.
struct StreamTests {
    /// 1,500 rows in three batches, the large ones of several chunks; the second table in another order.
    ///
    /// - Parameter siteByBatch: whether a batch has rows of one site only.
    static func input(missing: Bool = false, siteByBatch: Bool = false) throws -> HarmonisationInput {
        let table = HarmonisationMeasurement.table(rows: 1500, features: 5, batches: 3)
        var features = "case,note," + table.featureNames.joined(separator: ",") + "\n"
        var meta = "case,batch,site,one,age,sex,patient,fold\n"
        for row in 0..<1500 {
            let values = (0..<5).map { missing && row == 7 && $0 == 1 ? "" : "\(table.features[row * 5 + $0])" }
            features += "c\(row),\"a, \"\"b\"\"\"," + values.joined(separator: ",") + "\n"
            let other = 1499 - row
            let (age, sex) = (table.covariates[other * 2], table.covariates[other * 2 + 1])
            let batch = other % 10 == 0 ? "b9" : table.batch[other]
            let site = (siteByBatch ? ["b0", "b9"].contains(batch) : other % 2 == 0) ? "x" : "y"
            meta += "c\(other),\(batch),\(site),1,\(age),\(sex),p\(other % 401),\(other / 7 % 3)\n"
        }
        return try HarmonisationInput(
            features: CSVRows(text: features, file: "features.csv"), meta: CSVTable(text: meta, file: "meta.csv"),
            except: ["note"])
    }

    static func plans(_ design: [DesignColumn]) throws -> [HarmonisationPlan] {
        let transforms = FeatureTransforms(lambda: ["f1": 0, "f2": 0.5])
        let classes = FeatureClasses([FeaturePattern(name: "first", pattern: "f0"), .init(name: "rest", pattern: "f*")])
        return try [
            HarmonisationPlan(batchColumns: ["batch"], design: design),
            HarmonisationPlan(batchColumns: ["batch"], design: design, method: .nonparametric, reference: "b1"),
            HarmonisationPlan(batchColumns: ["batch"], design: design, method: .meanOnlySVA, transforms: transforms),
            HarmonisationPlan(
                batchColumns: ["batch", "site"], design: design, classes: classes, transforms: transforms),
            HarmonisationPlan(batchColumns: ["batch"], design: design, hasCovariance: true, transforms: transforms),
            HarmonisationPlan(
                batchColumns: ["batch"], design: design.filter { $0.smooth == nil }, subjectColumn: "patient",
                classes: classes, transforms: transforms),
            HarmonisationPlan(batchColumns: ["batch"], design: design, method: .meanOnly, transforms: transforms),
            HarmonisationPlan(
                batchColumns: ["batch", "site"], design: design, reference: BatchCombination.name(["b1", "y"]),
                classes: classes),
            HarmonisationPlan(batchColumns: ["batch", "site"], design: design, hasCovariance: true),
            HarmonisationPlan(batchColumns: ["batch", "site"], design: design, transforms: transforms),
            HarmonisationPlan(
                batchColumns: ["batch", "site"], design: design.filter { $0.smooth == nil }, subjectColumn: "patient"),
        ] + combinations(design)
    }

    /// Options together that each change what follows the pooled regression; all smooth.
    private static func combinations(_ design: [DesignColumn]) throws -> [HarmonisationPlan] {
        let both = ["batch", "site"]
        let levels = BatchCombination.name(["b1", "y"])
        return try [
            HarmonisationPlan(batchColumns: ["batch"], design: design, reference: "b1"),
            HarmonisationPlan(batchColumns: ["batch"], design: design, reference: "b1", subjectColumn: "patient"),
            HarmonisationPlan(
                batchColumns: ["batch"], design: design, reference: "b1", hasCovariance: true, subjectColumn: "patient"),
            HarmonisationPlan(batchColumns: both, design: design, reference: levels),
            HarmonisationPlan(batchColumns: both, design: design, reference: levels, subjectColumn: "patient"),
            HarmonisationPlan(
                batchColumns: both, design: design, reference: levels, hasCovariance: true, subjectColumn: "patient"),
        ]
    }

    /// Numbers of the plans.
    static let variants = 0..<17

    static func isIncomplete(_ variant: Int) -> Bool { [6, 9, 11, 12, 14, 15].contains(variant) }

    /// Variants 6, 9, 11, 12, 14 and 15 miss values.
    static func variant(_ variant: Int) throws -> (HarmonisationInput, HarmonisationPlan, HarmonisationRows) {
        let input = try Self.input(missing: isIncomplete(variant))
        let design = try input.design(
            numeric: ["age", "sex"], categorical: ["sex"], smooth: variant == 0 || variant > 10 ? ["age"] : [])
        let plan = try Self.plans(design)[variant]
        return (input, plan, try input.loaded(batches: plan.batchColumns, design: design, subject: plan.subjectColumn))
    }

    @Test(
        "Read in chunks, a table gives the bits of the table in memory: model, fitted and applied rows",
        arguments: variants)
    func sameBits(variant: Int) throws {
        let (input, plan, rows) = try Self.variant(variant)
        let (file, harmonised) = try HarmonisationFile.fit(plan, sites: [rows])
        let streamed = try HarmonisationFile.fit(plan, input: input)
        #expect(streamed.file == file)
        #expect((file.model.missing != nil) == Self.isIncomplete(variant))
        let applied = try file.apply(to: input, newBatchMinimum: 5)
        let bits = harmonised[0].features.map(\.bitPattern)
        for range in [0..<256, 256..<1500] {
            let cells = range.lowerBound * 5..<range.upperBound * 5
            #expect(try streamed.harmonised(range).features.map(\.bitPattern) == Array(bits[cells]))
            #expect(try applied.harmonised(range).features.map(\.bitPattern) == Array(bits[cells]))
        }
    }

    @Test("Read in chunks, the models without each fold are those of the table in memory", arguments: variants)
    func folds(variant: Int) throws {
        let (input, plan, rows) = try Self.variant(variant)
        let parts = try HarmonisationFile.fitFolds(
            plan, sites: [rows], folds: [try input.meta.texts("fold")], column: "fold")
        let streamed = try HarmonisationFile.fitFolds(plan, input: input, column: "fold")
        #expect(streamed.map(\.fold) == ["0", "1", "2"] && parts.map(\.fold) == streamed.map(\.fold))
        #expect(streamed.map(\.file) == parts.map(\.file))
    }

    @Test("Read in chunks, hidden batches are those of the table in memory, each row in its place")
    func suggestion() throws {
        let input = try Self.input()
        let design = try input.design(numeric: ["age", "sex"], categorical: [])
        let found = try BatchSuggestion(input, batches: [], design: design, classes: nil).found
        let rows = try input.loaded(batches: [], design: design)
        #expect(try HiddenBatches(TableRows(rows.table), classes: rows.table.featureNames.map { _ in "all" }) == found)
        let known = try input.spooled(batches: ["batch"], design: design)
        #expect(
            try HiddenBatches(known, classes: known.featureNames.map { _ in "all" })
                == HiddenBatches(TableRows(known.loaded()), classes: known.featureNames.map { _ in "all" }))
    }

    @Test("A new batch read in chunks is estimated as in memory")
    func newBatch() throws {
        let input = try Self.input()
        let rows = try input.loaded(batches: ["batch"], design: [])
        let old = rows.selecting(rows: rows.table.batch.indices.filter { rows.table.batch[$0] != "b9" })
        let file = try HarmonisationFile.fit(HarmonisationPlan(batchColumns: ["batch"]), sites: [old]).file
        let memory = try file.apply(to: rows, newBatchMinimum: 5)
        let streamed = try file.apply(to: input, newBatchMinimum: 5)
        #expect(streamed.new == memory.new && streamed.new.map(\.batch) == ["b9"])
        #expect(try streamed.harmonised(0..<1500).features == memory.harmonised.features)
    }

    @Test("The written table has the rows, columns and notes of the one that was read; a missing value keeps its cell")
    func output() throws {
        let input = try Self.input(missing: true)
        #expect(input.incompleteFeatures == ["f1"])
        let (_, harmonised) = try HarmonisationFile.fit(HarmonisationPlan(batchColumns: ["batch"]), input: input)
        var bytes: [UInt8] = []
        try input.write(harmonised) { bytes += $0 }
        let written = try CSVTable(bytes: bytes, file: "out.csv")
        #expect(written.columns == ["case", "note", "f0", "f1", "f2", "f3", "f4"])
        #expect(try written.texts("case") == (0..<1500).map { "c\($0)" })
        #expect(try Set(written.texts("note")) == ["a, \"b\""])
        let all = try harmonised(0..<1500).features
        for (column, name) in ["f0", "f1", "f2"].enumerated() {
            let values = try written.numbers(name)
            for row in 0..<1500 {
                #expect(values[row] == all[row * 5 + column] || (row == 7 && column == 1 && values[row].isNaN))
            }
        }
    }

    @Test("A cell that is no number is named by file, row and column")
    func notANumber() throws {
        #expect(throws: TableError.notANumber(file: "f.csv", row: 2, column: "a")) {
            try HarmonisationInput(
                features: CSVRows(text: "a\n1\nNaN\n", file: "f.csv"), meta: CSVTable(text: "b\nx\ny\n", file: "m.csv"))
        }
    }
}
