import ArgumentParser
import Foundation
import Learning
import Reporting

/// Measures boosting and forests on this machine.
struct BenchTreesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-trees", abstract: "Processor time of boosted trees and forests on seeded data.",
        shouldDisplay: false)

    @Option(help: "Cases of the table of boosting.") var rows = 50_000
    @Option(help: "Features of the table of boosting.") var columns = 500
    @Option(help: "Trees of boosting.") var trees = 100
    @Option(help: "Threads of boosting; all numbers from 1 to this one are measured.") var threads = 2
    @Option(help: "Trees of the forest on 1,000 cases and 1,500 features.") var forest = 500

    func run() throws {
        var lines: [[String]] = []
        func measure(_ name: String, _ work: () throws -> Void) rethrows {
            let (processor, wall) = (clock(), ContinuousClock.now)
            try work()
            let seconds = Double(clock() - processor) / Double(CLOCKS_PER_SEC)
            let passed = (ContinuousClock.now - wall) / .seconds(1)
            lines.append([name, String(format: "%.2f", seconds), String(format: "%.2f", passed)])
        }
        if trees > 0 {
            let table = Self.table(rows: rows, columns: columns, bins: 254)
            var parameters = TreeBoosting.Parameters()
            parameters.rounds = trees
            parameters.eta = 0.1
            let boosting = TreeBoosting(
                features: table.features, binCounts: [Int](repeating: 254, count: columns), parameters: parameters)
            var models: [BoostedTrees] = []
            for count in 1...threads {
                try measure("boosting, \(trees) trees, depth 6, \(rows) x \(columns), \(count) threads") {
                    models.append(try boosting.fit(table, threads: count))
                }
            }
            guard models.allSatisfy({ $0 == models[0] }) else { throw ValidationError("threads changed the model") }
        }
        if forest > 0 {
            let table = Self.table(rows: 1000, columns: 1500, bins: 254)
                .keyed(by: (0..<1000).map { "case \($0)" }, seed: 1)
            var parameters = RandomForest.Parameters()
            parameters.trees = forest
            let computation = RandomForestFit(
                features: table.features, binCounts: [Int](repeating: 254, count: 1500), parameters: parameters)
            try measure("forest, \(forest) trees, 1000 x 1500") { _ = try computation.fit(table) }
        }
        Terminal.data(TextTable(columns: ["learning", "CPU s", "wall s"], rows: lines).text)
    }

    /// Uniform bins; the outcome follows the first ten features and noise.
    private static func table(rows: Int, columns: Int, bins: Int) -> CodedTable {
        var state: UInt64 = 20_261_123
        func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        let codes = (0..<rows * columns).map { _ in UInt8(next() * Double(bins)) }
        let outcome = (0..<rows).map { row in
            let signal = (0..<10).reduce(0.0) { $0 + Double(codes[$1 % columns * rows + row]) } / Double(bins) - 5
            return signal + 2 * next() - 1 > 0 ? 1.0 : 0
        }
        return CodedTable(features: (0..<columns).map { "f\($0)" }, codes: codes, outcome: outcome)
    }
}
