import Federation
import Foundation
import Learning
import TestKit
import Testing

/// Against xgboost 3.2.0 `hist` on 605 rows of CT radiomics of three centres (`data/learning/README.md`).
@Suite("Boosted trees", .enabled(if: Tables.hasShared, "no shared data"))
struct TreeBoostingTests {
    struct Fixture {
        let json: JSONFixture
        let table: CodedTable
        let bins: [Int]

        init(missing: Bool = false) throws {
            json = try JSONFixture.shared("data/learning/07_xgboost.json")
            let names = json["features"].texts
            let csv = try CSVFixture.shared("data/learning/codes.csv")
            let columns = names.map { csv.numbers($0) }
            var codes = columns.flatMap { $0.map { UInt8($0) } }
            let n = csv.rows.count
            if missing {
                let cells = try CSVFixture.shared("data/learning/codes_missing_cells.csv")
                for (row, column) in zip(cells.numbers("row"), cells.numbers("column")) {
                    codes[Int(column) * n + Int(row)] = CodedTable.missing
                }
            }
            let outcome = try CSVFixture.shared("data/learning/table.csv").numbers("y")
            table = CodedTable(features: names, codes: codes, outcome: outcome)
            bins = json["edges"].list.map { $0.list.count + 1 }
        }

        func parameters(_ run: String) -> TreeBoosting.Parameters {
            let given = json["runs"][run]["params"]
            func optional(_ name: String) -> Double? { given.keys.contains(name) ? given[name].number : nil }
            var parameters = TreeBoosting.Parameters()
            parameters.rounds = Int(json["runs"][run]["rounds"].number)
            parameters.eta = given["eta"].number
            parameters.maxDepth = Int(given["max_depth"].number)
            parameters.lambda = given["reg_lambda"].number
            parameters.gamma = optional("gamma") ?? 0
            parameters.minChildWeight = optional("min_child_weight") ?? 1
            parameters.alpha = optional("alpha") ?? 0
            parameters.positiveWeight = optional("scale_pos_weight") ?? 1
            parameters.minimumCases = 0
            return parameters
        }

        func fit(_ run: String, shards: Int = 1, minimumCases: Int = 0) throws -> ComputationRun<BoostedTrees> {
            var parameters = parameters(run)
            parameters.minimumCases = minimumCases
            let sites = ShardProperty.unevenRanges(table.count, into: shards).map { table.selecting(Array($0)) }
            return try TreeBoosting(features: table.features, binCounts: bins, parameters: parameters).run(on: sites)
        }
    }

    @Test(
        "Every node, leaf and margin is xgboost's: features and splits the same, leaves to 1e-6, margins to 1e-5",
        arguments: ["default", "regularised", "weighted", "missing"])
    func nodes(run: String) throws {
        let fixture = try Fixture(missing: run == "missing")
        let model = try fixture.fit(run).result
        let expected = fixture.json["runs"][run]
        let rows = expected["trees"].list.map(\.list)
        #expect(model.trees.reduce(0) { $0 + $1.count } == rows.count)
        var wrong: [String] = []
        for row in rows {
            let (tree, place) = (Int(row[0].number), Int(row[1].number))
            guard tree < model.trees.count, place < model.trees[tree].count else { continue }
            let node = model.trees[tree][place]
            if row[2].text == "Leaf" {
                if node.split != nil || abs(node.value - row[7].number) > 1e-6 { wrong.append("\(tree)-\(place)") }
            } else {
                guard let split = node.split else {
                    wrong.append("\(tree)-\(place)")
                    continue
                }
                // Where all values go one way and missing ones the other, xgboost writes a number beyond the largest value.
                let bin = min(row[3].number, Double(fixture.bins[split.feature]))
                let isSame =
                    fixture.table.features[split.feature] == row[2].text && Double(split.bin) == bin
                    && "\(tree)-\(split.left)" == row[4].text && "\(tree)-\(split.right)" == row[5].text
                    && (run != "missing"
                        || "\(tree)-\(split.sendsMissingLeft ? split.left : split.right)" == row[6].text)
                if !isSame { wrong.append("\(tree)-\(place)") }
            }
            if abs(node.cover - row[8].number) > 1e-3 { wrong.append("\(tree)-\(place) cover") }
        }
        #expect(wrong == [])
        let margins = model.margins(fixture.table)
        let largest = zip(margins, expected["margin"].numbers).map { abs($0 - $1) }.max() ?? .infinity
        #expect(largest < 1e-5)
    }

    @Test("The model file is the same, byte by byte, for 1, 2, 3 and 5 sites and any order of rows")
    func sites() throws {
        let fixture = try Fixture(missing: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let one = try encoder.encode(try fixture.fit("missing", minimumCases: 5).result)
        for shards in [2, 3, 5] {
            #expect(try encoder.encode(try fixture.fit("missing", shards: shards, minimumCases: 5).result) == one)
        }
        let reversed = fixture.table.selecting((0..<fixture.table.count).reversed())
        var parameters = fixture.parameters("missing")
        parameters.minimumCases = 5
        let other = try TreeBoosting(
            features: reversed.features, binCounts: fixture.bins, parameters: parameters
        ).run(on: [reversed]).result
        #expect(try encoder.encode(other) == one)
    }

    @Test("With a floor every leaf holds that many cases; a round is a level")
    func floor() throws {
        let fixture = try Fixture()
        let run = try fixture.fit("default", shards: 3, minimumCases: 20)
        let leaves = run.result.trees.flatMap { $0 }.filter { $0.split == nil }
        #expect(leaves.allSatisfy { $0.cases >= 20 })
        #expect(run.rounds <= 20 * 3)
        let free = try fixture.fit("default").result.trees.flatMap { $0 }.filter { $0.split == nil }
        #expect(free.contains { $0.cases < 20 })
    }

    @Test("Bins are the number of edges below; NaN is missing")
    func codes() throws {
        let edges = BinEdges(features: ["a"], edges: [[1, 2, 5]])
        let found = [0.5, 1, 1.5, 2, 2.1, 5, 6].map { edges.code($0, feature: 0) }
        #expect(found == [0, 0, 1, 1, 2, 2, 3])
        #expect(edges.code(.nan, feature: 0) == CodedTable.missing)
        #expect(edges.binCounts == [4])
    }

    @Test("One class, an unknown outcome, a bin beyond the edges and other columns are refused by name")
    func refused() throws {
        func run(_ codes: [UInt8], _ outcome: [Double], names: [String] = ["a"]) throws {
            let table = CodedTable(features: names, codes: codes, outcome: outcome)
            _ = try TreeBoosting(features: ["a"], binCounts: [3]).run(on: [table])
        }
        #expect(throws: LearningError.oneClass) { try run([0, 1, 2], [1, 1, 1]) }
        #expect(throws: LearningError.oneClass) { try run([], []) }
        #expect(throws: LearningError.unknownOutcome) { try run([0, 1], [1, .nan]) }
        #expect(throws: LearningError.badBin(feature: "a")) { try run([0, 3], [0, 1]) }
        #expect(throws: LearningError.columnsDiffer("b")) { try run([0, 1], [0, 1], names: ["b"]) }
    }
}
