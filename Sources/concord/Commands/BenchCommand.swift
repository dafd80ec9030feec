import ArgumentParser
import Foundation
import LocalValidation
import Plots
import Reporting

/// Measures the statistics on this machine.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Processor time of the statistics on seeded data, median of five.",
        shouldDisplay: false)

    func run() throws {
        let rows = StatisticBenchmark.allCases.map { benchmark in
            let work = benchmark.prepared()
            let times = (0..<5).map { _ in
                let start = clock()
                let result = work()
                return result.isNaN ? .nan : Double(clock() - start) / Double(CLOCKS_PER_SEC)
            }.sorted()
            return [
                benchmark.rawValue, PlotNumber.fixed(times[2], decimals: 3),
                PlotNumber.fixed(benchmark.promisedSeconds, decimals: 1),
            ]
        }
        Terminal.data(TextTable(columns: ["statistic", "CPU s", "at most"], rows: rows).text)
    }
}
