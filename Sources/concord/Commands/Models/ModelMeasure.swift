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

    func run() throws {
        try guarded {
            guard rows > 10, features > 1 else {
                throw LocalLearningError.options("--rows above 10, --features above 1")
            }
            let cases = table()
            let start = clock()
            let kept: Int
            switch work {
            case .lasso: kept = try ElasticNetLearner().fit([cases]).model.columns.count
            case .cox: kept = try CoxLearner().fit([cases]).model.columns.count
            case .mrmr: kept = try FeatureSelection(steps: [try SelectionStep("mrmr:30")]).run(on: [cases]).count
            }
            let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
            Terminal.data(
                "\(work.rawValue) \(rows) x \(features): \(PlotNumber.fixed(seconds, decimals: 2)) CPU s, \(kept) features\n"
            )
        }
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
