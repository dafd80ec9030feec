import Federation
import Foundation
import Harmonisation
import Learning
import LocalLearning
import Tables
import TestKit
import Testing

/// Tables to model files; the numbers themselves are compared with other packages in LearningTests.
struct LocalLearningTests {
    /// Seeded rows: the outcome follows a and, beyond a threshold, b; c says nothing; d misses every fifth value.
    static func table(_ rows: Int = 240, missing: Bool = false) throws -> CSVTable {
        var state: UInt64 = 7
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / 9_007_199_254_740_992
        }
        var text = "case,site,y,a,b,c,d\n"
        for row in 0..<rows {
            let (a, b, c, d) = (uniform(), uniform(), uniform(), uniform())
            let y = a + (b > 0.6 ? 0.5 : 0) + uniform() * 0.8 > 1.1 ? 1 : 0
            text += "k\(row),\(["x", "y", "z"][row % 3]),\(y),\(a),\(b),\(c),\(missing && row % 5 == 0 ? "" : "\(d)")\n"
        }
        return try CSVTable(text: text, file: "t.csv")
    }

    static func input(missing: Bool = false) throws -> LearningInput {
        try LearningInput(try table(missing: missing), outcome: "y", others: ["case", "site"])
    }

    static func parts(_ input: LearningInput) -> [[Int]] {
        (0..<3).map { site in (0..<input.table.count).filter { $0 % 3 == site } }
    }

    static func elasticNet(_ input: LearningInput, parts: [[Int]]) throws -> ModelFile {
        let names = (0..<input.table.count).map { "k\($0)" }
        let folds = ModelFile.folds(names: names, outcome: input.table.outcome, count: 5, seed: "s")
        var parameters = ElasticNetPath.Parameters()
        parameters.folds = 5
        parameters.count = 30
        return try ModelFile.elasticNet(
            outcome: "y", sites: parts.map { input.table.selecting(rows: $0) }, parameters: parameters,
            folds: parts.map { rows in rows.map { folds[$0] } }, isSparse: true)
    }

    static func boosting(_ input: LearningInput, parts: [[Int]]) throws -> ModelFile {
        var parameters = TreeBoosting.Parameters()
        parameters.rounds = 15
        parameters.maxDepth = 3
        let edges = input.edges(bins: 8)
        let coded = input.coded(edges)
        return try ModelFile.boosting(
            outcome: "y", sites: parts.map(coded.selecting), edges: edges, parameters: parameters)
    }

    @Test("From the sums of three sites the files are the same, byte by byte")
    func sites() throws {
        let input = try Self.input(missing: true)
        let whole = [Array(0..<input.table.count)]
        let trees = try Self.boosting(input, parts: whole)
        #expect(try trees.json() == Self.boosting(input, parts: Self.parts(input)).json())
        let complete = try Self.input()
        let net = try Self.elasticNet(complete, parts: whole)
        #expect(try net.json() == Self.elasticNet(complete, parts: Self.parts(complete)).json())
    }

    @Test("A file read back predicts the same; what explains a case sums to its log odds")
    func roundTrip() throws {
        let input = try Self.input()
        let whole = [Array(0..<input.table.count)]
        for file in [try Self.elasticNet(input, parts: whole), try Self.boosting(input, parts: whole)] {
            let read = try ModelFile(json: try file.json())
            #expect(read == file)
            let own = try LearningInput(try Self.table(), features: read.features)
            let probabilities = try read.probabilities(own)
            let (base, values) = try read.contributions(own)
            let p = read.features.count
            for (row, probability) in probabilities.enumerated() {
                let margin = values[row * p..<(row + 1) * p].reduce(base, +)
                #expect(abs(log(probability / (1 - probability)) - margin) < 1e-9)
            }
            let events = input.table.outcome
            let correct = zip(probabilities, events).filter { ($0 > 0.5) == ($1 == 1) }.count
            #expect(Double(correct) > 0.75 * Double(events.count))
        }
    }

    @Test("The sparse LASSO keeps what the outcome follows")
    func selection() throws {
        let input = try Self.input()
        let file = try Self.elasticNet(input, parts: [Array(0..<input.table.count)])
        #expect(file.features.contains("a") && file.features.contains("b"))
    }

    @Test("Folds are stratified, reproducible, follow the key and not the order of the rows")
    func folds() throws {
        let outcome = (0..<100).map { $0 % 4 == 0 ? 1.0 : 0 }
        let names = (0..<100).map { "p\($0)" }
        let found = ModelFile.folds(names: names, outcome: outcome, count: 5, seed: "s")
        for fold in 1...5 {
            #expect(found.indices.filter { found[$0] == fold && outcome[$0] == 1 }.count == 5)
            #expect(found.indices.filter { found[$0] == fold && outcome[$0] == 0 }.count == 15)
        }
        let reversed = ModelFile.folds(names: names.reversed(), outcome: outcome.reversed(), count: 5, seed: "s")
        #expect(reversed.reversed() == found)
        #expect(ModelFile.folds(names: names, outcome: outcome, count: 5, seed: "t") != found)
    }

    @Test("Changed files, missing values for a logistic model, and outcomes that are none are refused")
    func refused() throws {
        let input = try Self.input()
        let file = try Self.elasticNet(input, parts: [Array(0..<input.table.count)])
        let text = String(decoding: try file.json(), as: UTF8.self)
        let changed = text.replacingOccurrences(of: "\"cases\":240", with: "\"cases\":241")
        #expect(changed != text)
        #expect(throws: LocalLearningError.self) { try ModelFile(json: Data(changed.utf8)) }
        #expect(throws: LocalLearningError.self) { try ModelFile(json: Data(text.utf8.prefix(100))) }
        #expect(throws: HarmonisationError.missingValues(features: ["d"])) {
            try Self.elasticNet(try Self.input(missing: true), parts: [Array(0..<240)])
        }
        #expect(throws: LocalLearningError.notBinary(file: "t.csv", column: "a", row: 1)) {
            try LearningInput(try Self.table(), outcome: "a")
        }
        #expect(throws: LocalLearningError.empty(file: "e.csv")) {
            try LearningInput(try CSVTable(text: "y\n1\n", file: "e.csv"), outcome: "y")
        }
    }
}
