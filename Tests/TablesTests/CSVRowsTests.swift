import FoundationEssentials
import Tables
import Testing

/// Rows that come one after the other; `CSVTable` reads the same documents whole.
struct CSVRowsTests {
    static let documents = [
        "a,b\n1,2\n", "a,b\r\n1,2\r\n3,4", "\u{FEFF}a,b\n1,2\n", "a,b\n\n\"x, \"\"y\"\"\",\"two\nlines\"\n\n1,\n",
        "a,b\nx\ry,z\r\n,\n", "a,b\n\"\",\"q\"r\n",
    ]

    @Test("Rows have the cells of the whole table", arguments: documents)
    func same(document: String) throws {
        let table = try CSVTable(text: document, file: "t.csv")
        let rows = try CSVRows(text: document, file: "t.csv")
        #expect(rows.columns == table.columns)
        for _ in 0..<2 {
            var cells: [[String]] = []
            try rows.forEachRow { row, line in
                #expect(row == cells.count)
                cells.append(try (0..<line.count).map { cell throws(TableError) in try line.text(cell) })
            }
            #expect(cells == table.rows)
        }
    }

    @Test("A file of several pieces is read as it would be whole")
    func file() throws {
        let text = "a,b\n" + (0..<40_000).map { "\"row \($0)\",\(Double($0) / 7)\r\n" }.joined()
        let path = FileManager.default.temporaryDirectory.appending(path: "csv-rows-\(UInt64.random(in: 0 ..< .max))")
        try Data(text.utf8).write(to: path)
        defer { try? FileManager.default.removeItem(at: path) }
        var count = 0
        try CSVRows(path: path.path, file: "t.csv").forEachRow { row, line in
            let text = try line.text(0)
            if text != "row \(row)" { Issue.record("row \(row)") }
            if line.number(1) != Double(row) / 7 { Issue.record("row \(row)") }
            count += 1
        }
        #expect(count == 40_000)
        #expect(throws: TableError.unreadable(file: "none")) { try CSVRows(path: "none/none", file: "none") }
    }

    @Test("Faults are those of the whole table")
    func faults() throws {
        func failure(_ text: String) -> TableError? {
            do {
                let rows = try CSVRows(text: text, file: "t.csv")
                try rows.forEachRow { _, line in _ = try line.text(0) }
                return nil
            } catch { return error as? TableError }
        }
        #expect(failure("") == .empty(file: "t.csv"))
        #expect(failure("a,\n") == .unnamedColumn(file: "t.csv", position: 2))
        #expect(failure("a,a\n") == .duplicateColumn(file: "t.csv", column: "a"))
        #expect(failure("a,b\n1\n") == .ragged(file: "t.csv", line: 2, expected: 2, found: 1))
        #expect(failure("a\n\"x") == .openQuote(file: "t.csv", line: 2))
        #expect(failure("a\nx\u{0}\n") == .notUTF8(file: "t.csv", line: 2))
    }

    @Test("Numbers are those of CSVTable: missing cells are NaN, what is no finite number is none")
    func numbers() throws {
        let rows = try CSVRows(text: "a\n1.5\n\"\"\nNA\n?\n-2e3\nnan\ninf\nx\n", file: "t.csv")
        var found: [Double?] = []
        try rows.forEachRow { _, line in found.append(line.number(0)) }
        #expect(found.map { $0.map { $0.isNaN ? -1 : $0 } } == [1.5, -1, -1, -1, -2000, nil, nil, nil])
    }

    @Test("A spool gives back rows in any order, bit for bit")
    func spool() throws {
        let spool = try NumberSpool(width: 3)
        for row in 0..<30_000 { try spool.append([Double(row), -0.0, 1 / Double(row + 1)]) }
        try spool.flush()
        let values = try spool.read([5, 6, 7, 29_999, 0])
        #expect(values[0] == 5 && values[9] == 29_999 && values[11] == 1 / 30_000 && values[12] == 0)
        #expect(values[1].sign == .minus)
        #expect(try spool.read([]).isEmpty)
        #expect(throws: TableError.noSpool) { try spool.read([30_000]) }
    }
}
