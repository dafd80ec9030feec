import ArgumentParser
import Harmonisation
import LocalHarmonisation

extension Harmonise {
    /// What `deploy/bench.sh` calls.
    struct Measure: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure fit and apply on a simulated table in memory: CPU seconds and peak memory.",
            shouldDisplay: false)

        @Option(help: "Rows.") var rows = 50_000
        @Option(help: "Features.") var features = 2000
        @Option(help: "Batches of equal size.") var batches = 50
        @Option(help: "Empirical Bayes: parametric, nonparametric, none.") var method: Method = .parametric

        func run() throws {
            try guarded {
                guard features > 0, batches > 1, rows >= 5 * batches else {
                    throw LocalHarmonisationError.options("five rows for each of two batches at least")
                }
                let chosen: ComBatMethod =
                    switch method {
                    case .parametric: .parametric
                    case .nonparametric: .nonparametric
                    case .none: .withoutEB
                    }
                let found = try HarmonisationMeasurement(
                    rows: rows, features: features, batches: batches, method: chosen)
                func fixed(_ value: Double) -> String { String(Double(Int((value * 1000).rounded())) / 1000) }
                Terminal.data(
                    "\(rows) x \(features) in \(batches): fit \(fixed(found.fitSeconds)) CPU s, apply "
                        + "\(fixed(found.applySeconds)) CPU s, peak \(fixed(found.peakGB)) GB\n")
            }
        }
    }
}
