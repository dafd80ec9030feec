import ArgumentParser
import Federation
import Foundation
import Learning
import LocalLearning
import Plots

/// Measures learning on a seeded table in memory.
struct ModelMeasure: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure", abstract: "Processor time of learning on a seeded table.", shouldDisplay: false)

    enum Work: String, ExpressibleByArgument, CaseIterable {
        case lasso, cox, mrmr
    }

    @Option(help: "lasso (path and 10 folds), cox (the same) or mrmr (30 features).") var work: Work = .lasso
    @Option(help: "Cases.") var rows = 1000
    @Option(help: "Features.") var features = 1500
    @Option(help: "Sites that the cases are divided among.") var sites = 1

    func run() throws {
        try guarded {
            guard rows > 10, features > 1, sites > 0, sites <= rows / 10 else {
                throw LocalLearningError.options("--rows above 10, --features above 1, --sites with ten rows each")
            }
            let whole = table()
            let parts = (0..<sites).map { site in
                whole.selecting(rows: Array(rows * site / sites..<rows * (site + 1) / sites))
            }
            let start = clock()
            let found = try measure(parts)
            let seconds = PlotNumber.fixed(Double(clock() - start) / Double(CLOCKS_PER_SEC), decimals: 2)
            Terminal.data("\(work.rawValue) \(rows) x \(features), \(sites) sites: \(seconds) CPU s, \(found)\n")
        }
    }

    /// Runs the work; what it found and what a site sent.
    private func measure(_ parts: [TrainingCases]) throws -> String {
        let tables = parts.map(\.table)
        guard work != .mrmr else {
            return "\(try FeatureSelection(steps: [try SelectionStep("mrmr:30")]).run(on: parts).count) features"
        }
        let standardisation = try parts.standardisation()
        let folds = parts.map {
            Folds.stratified(names: $0.names, outcome: $0.table.outcome, count: 10, seed: "concord")
        }
        var parameters = ElasticNetPath.Parameters()
        parameters.folds = 10
        let run: ComputationRun<ElasticNetModel>
        if work == .lasso {
            run = try ElasticNetPath(standardisation, parameters: parameters).run(
                on: zip(tables, folds).map { FoldedTable($0, fold: $1) }, roundLimit: 20_000, keepsSums: false)
        } else {
            run = try CoxPath(standardisation, parameters: parameters).run(
                on: zip(parts, folds).map { FoldedSurvival(try $0.survival(), fold: $1) }, roundLimit: 20_000,
                keepsSums: false)
        }
        let chosen = run.result.path[run.result.crossValidation?.lowest ?? 0]
        let megabytes = PlotNumber.fixed(Double(run.payloadBytesPerSite) / 1e6, decimals: 0)
        return "\(chosen.coefficients.count { $0 != 0 }) features, \(run.rounds) rounds, \(megabytes) MB a site"
    }

    /// Correlated features in groups of 30, ten of which move the outcome.
    private func table() -> TrainingCases {
        var state: UInt64 = 20_261_127
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-53
        }
        func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }
        var (values, outcome, times): ([Double], [Double], [Double]) = ([], [], [])
        values.reserveCapacity(rows * features)
        for _ in 0..<rows {
            let shared = (0..<max(1, features / 30)).map { _ in normal() }
            let own = (0..<features).map { 0.6 * shared[$0 % shared.count] + 0.8 * normal() }
            let risk = own.prefix(10).reduce(0, +) * 0.35
            outcome.append(risk + 1.5 * normal() > 0 ? 1 : 0)
            times.append(-log(1 - uniform()) * exp(-0.3 * risk))
            values += own
        }
        return TrainingCases(
            table: CaseTable(
                featureNames: (0..<features).map { "f\($0)" }, features: values, outcome: outcome,
                batch: [String](repeating: "", count: rows)),
            times: work == .cox ? times : nil, names: (0..<rows).map { "\($0)" })
    }
}
