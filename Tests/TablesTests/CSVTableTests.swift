import Tables
import Testing

@Suite("CSV tables")
struct CSVTableTests {
    @Test("Quotes, CRLF, a BOM and a missing last line break are read")
    func dialects() throws {
        let table = try CSVTable(text: "\u{FEFF}case,\"a, b\"\r\nx,\"1 \"\"q\"\"\"\r\ny,2", file: "t.csv")
        #expect(table.columns == ["case", "a, b"])
        #expect(table.rows == [["x", "1 \"q\""], ["y", "2"]])
    }

    @Test("Writing and reading gives the same cells")
    func roundTrip() throws {
        let table = CSVTable(file: "t.csv", columns: ["a", "b"], rows: [["1,2", "x\"y"], ["line\nbreak", ""]])
        let again = try CSVTable(text: table.csv, file: "t.csv")
        #expect(again.rows == table.rows)
    }

    @Test(
        "Broken tables are refused with the place",
        arguments: [
            ("", TableError.empty(file: "t.csv")),
            ("a,b\n1", .ragged(file: "t.csv", line: 2, expected: 2, found: 1)),
            ("a,a\n1,2", .duplicateColumn(file: "t.csv", column: "a")),
            ("a,\n1,2", .unnamedColumn(file: "t.csv", position: 2)),
            ("a,b\n\"1,2", .openQuote(file: "t.csv", line: 2)),
        ])
    func broken(text: String, error: TableError) {
        #expect(throws: error) { try CSVTable(text: text, file: "t.csv") }
    }

    @Test(
        "Text in a numeric column is refused without repeating it",
        arguments: ["x", "1,5", "1e400", "inf", "0x10p", "NaN", "nan"])
    func notANumber(cell: String) throws {
        let table = try CSVTable(text: "a\n1\n\"\(cell)\"\n", file: "t.csv")
        #expect(throws: TableError.notANumber(file: "t.csv", row: 2, column: "a")) { try table.numbers("a") }
        #expect(!TableError.notANumber(file: "t.csv", row: 2, column: "a").description.contains(cell + "'"))
    }

    @Test("Empty cells and NA are missing numbers")
    func missing() throws {
        let table = try CSVTable(text: "a,b\n1,\nNA,2\n", file: "t.csv")
        #expect(try table.numbers("a")[1].isNaN)
        #expect(try table.numbers("b")[0].isNaN)
        #expect(throws: TableError.missingColumn(file: "t.csv", column: "c", present: ["a", "b"])) {
            try table.numbers("c")
        }
    }

    @Test("Random bytes never crash the parser")
    func fuzz() {
        var state: UInt64 = 7
        let alphabet = Array("a,\"\n\r1;é".utf8)
        for _ in 0..<3000 {
            var bytes: [UInt8] = []
            for _ in 0..<40 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            if let table = try? CSVTable(text: String(decoding: bytes, as: UTF8.self), file: "f") {
                #expect(table.rows.allSatisfy { $0.count == table.columns.count })
            }
        }
    }
}
