import Federation
import Foundation
import Harmonisation
import LocalHarmonisation
import Tables
import Testing

/// Tables to model file to tables; the numbers themselves are compared with other packages in HarmonisationTests.
struct LocalHarmonisationTests {
    static func features(_ text: String) throws -> CSVRows { try CSVRows(text: text, file: "features.csv") }
    static func meta(_ text: String) throws -> CSVTable { try CSVTable(text: text, file: "meta.csv") }

    /// Two scanners, two features, rows named.
    static func tables() throws -> (CSVRows, CSVTable) {
        var features = "case,a,b\n"
        var meta = "case,scanner,age,sex\n"
        for row in 0..<24 {
            let shift = row % 2 == 0 ? 0.0 : 3.0
            let age = Double(40 + (row * 7) % 23)
            features += "c\(row),\(shift + 0.1 * age + Double((row * 5) % 11)),\(shift * 2 + Double((row * 3) % 7))\n"
            // The rows of the second table are in another order.
            let other = 23 - row
            meta +=
                "c\(other),\(other % 2 == 0 ? "GE" : "Philips"),\(40 + (other * 7) % 23),\(other % 3 == 0 ? "f" : "m")\n"
        }
        return (try Self.features(features), try Self.meta(meta))
    }

    static func fitted() throws -> (HarmonisationInput, HarmonisationFile, CaseTable) {
        let (features, meta) = try tables()
        let input = try HarmonisationInput(features: features, meta: meta)
        let design = try input.design(numeric: ["age", "sex"], categorical: ["sex"])
        let table = try input.loaded(batches: ["scanner"], design: design)
        let (file, harmonised) = try HarmonisationFile.fit(
            HarmonisationPlan(batchColumns: ["scanner"], design: design), sites: [table])
        return (input, file, harmonised[0])
    }

    @Test("Rows are paired by the column that both tables have, and that column is no feature")
    func pairing() throws {
        let (features, meta) = try Self.tables()
        let input = try HarmonisationInput(features: features, meta: meta)
        #expect(input.featureNames == ["a", "b"])
        #expect(try input.meta.texts("case") == (0..<24).map { "c\($0)" })
        let design = try input.design(numeric: ["age"], categorical: ["sex"])
        #expect(design == [DesignColumn(name: "age"), DesignColumn(name: "sex", levels: ["f", "m"])])
        let table = try input.loaded(batches: ["scanner"], design: design)
        #expect(table.table.covariateNames == ["age", "sex=m"])
        #expect(table.table.batch[0] == "GE" && table.table.covariates[0] == 40 && table.table.covariates[1] == 0)
    }

    @Test("The model file keeps every bit; applied to the rows that fitted it, it gives the same bits")
    func roundTrip() throws {
        let (input, file, harmonised) = try Self.fitted()
        let read = try HarmonisationFile(json: try file.json())
        #expect(read == file)
        let table = try input.loaded(batches: read.batchColumns, design: read.design)
        let (applied, new, _) = try read.apply(to: table, newBatchMinimum: 5)
        #expect(new.isEmpty)
        #expect(applied.features == harmonised.features)
        var bytes: [UInt8] = []
        try input.write({ applied.selecting(rows: Array($0)) }, to: { bytes += $0 })
        let written = try CSVTable(bytes: bytes, file: "out.csv")
        #expect(written.columns == ["case", "a", "b"])
        #expect(try written.numbers("b")[7] == applied.features[7 * 2 + 1])
    }

    @Test("A model file that was changed or cut is refused")
    func tampered() throws {
        let (_, file, _) = try Self.fitted()
        let json = try file.json()
        let text = String(decoding: json, as: UTF8.self)
        let changed = text.replacingOccurrences(of: "\"cases\":24", with: "\"cases\":25")
        #expect(changed != text)
        #expect(throws: LocalHarmonisationError.self) { try HarmonisationFile(json: Data(changed.utf8)) }
        #expect(throws: LocalHarmonisationError.self) { try HarmonisationFile(json: json.prefix(json.count / 2)) }
        #expect(throws: LocalHarmonisationError.self) { try HarmonisationFile(json: Data("{}".utf8)) }
    }

    @Test("A new batch is estimated from its own rows, and refused below the floor")
    func newBatch() throws {
        let (_, file, _) = try Self.fitted()
        var features = "a,b\n"
        var meta = "scanner,age,sex\n"
        for row in 0..<6 {
            features += "\(20 + row),\(10 + row * row)\n"
            meta += "Siemens,50,\(row % 2 == 0 ? "f" : "m")\n"
        }
        let input = try HarmonisationInput(features: try Self.features(features), meta: try Self.meta(meta))
        let table = try input.loaded(batches: ["scanner"], design: file.design)
        let (_, new, _) = try file.apply(to: table, newBatchMinimum: 5)
        #expect(new.map(\.batch) == ["Siemens"] && new[0].cases == 6)
        #expect(throws: LocalHarmonisationError.newBatchTooSmall("Siemens", rows: 6, minimum: 7)) {
            try file.apply(to: table, newBatchMinimum: 7)
        }
    }

    @Test("Every fault is refused with its name")
    func refused() throws {
        let (features, meta) = try Self.tables()
        #expect(throws: LocalHarmonisationError.rowsDiffer(features: 1, meta: 24)) {
            try HarmonisationInput(features: try Self.features("a\n1\n"), meta: meta)
        }
        #expect(throws: LocalHarmonisationError.noMeta(file: "meta.csv", column: "case", row: 1)) {
            try HarmonisationInput(features: try Self.features("case,a\nc99,1\n"), meta: meta)
        }
        #expect(throws: LocalHarmonisationError.repeatedKey(file: "meta.csv", column: "case", row: 2)) {
            try HarmonisationInput(features: features, meta: try Self.meta("case,scanner\nc1,GE\nc1,GE\n"))
        }
        #expect(throws: LocalHarmonisationError.noRows(column: "scanner", value: "X")) {
            try HarmonisationInput(features: features, meta: meta, rows: ("scanner", "X"))
        }
        let input = try HarmonisationInput(features: features, meta: meta, rows: ("scanner", "GE"))
        #expect(input.meta.rowCount == 12)
        let table = try input.loaded(batches: ["scanner"], design: [])
        #expect(throws: LocalHarmonisationError.oneBatch(column: "scanner")) {
            try HarmonisationFile.fit(HarmonisationPlan(batchColumns: ["scanner"]), sites: [table])
        }
        #expect(throws: LocalHarmonisationError.oneLevel(column: "scanner")) {
            try input.design(numeric: [], categorical: ["scanner"])
        }
        #expect(
            throws: LocalHarmonisationError.unseenLevel(file: "meta.csv", column: "sex", row: 1, levels: ["m", "x"])
        ) {
            try input.loaded(
                batches: ["scanner"], design: [DesignColumn(name: "sex", levels: ["m", "x"])])
        }
    }
}
