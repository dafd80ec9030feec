import Agreement
import Statistics
import Validation

/// The statistics whose speed is promised, on seeded data.
public enum StatisticBenchmark: String, CaseIterable, Sendable {
    case delong = "AUC and DeLong's variance, 1,000,000 cases"
    case bootstrap = "2,000 bootstrap AUCs of 2,000 cases"
    case alpha = "Krippendorff's alpha (interval), 1,000,000 ratings"
    case icc = "ICC, six forms, 1,000,000 ratings"
    case kappa = "Cohen's kappa, 1,000,000 ratings"

    /// Processor seconds that are promised.
    public var promisedSeconds: Double {
        switch self {
        case .delong: 0.2
        case .bootstrap: 0.4
        case .alpha, .icc, .kappa: 0.3
        }
    }

    /// Makes the data; what comes back does the work and gives one number of the result.
    public func prepared() -> () -> Double {
        var generator = SeededGenerator(seed: 1)
        func cases(_ n: Int) -> (scores: [Double], outcome: [Double]) {
            let outcome = (0..<n).map { _ in generator.uniform() < 0.3 ? 1.0 : 0 }
            return (outcome.map { $0 + generator.normal() }, outcome)
        }
        switch self {
        case .delong:
            let (scores, outcome) = cases(1_000_000)
            return { DeLong(scores: scores, outcome: outcome)?.variance ?? .nan }
        case .bootstrap:
            let (scores, outcome) = cases(2000)
            return {
                let values = BootstrapAUC.values(scores: scores, outcome: outcome, resamples: 2000, seed: 2)
                return values?.reduce(0, +) ?? .nan
            }
        case .alpha:
            let rows = Self.readings(&generator).map { $0.map { Optional($0.rounded()) } }
            return { KrippendorffAlpha.estimate(rows, level: .interval).number ?? .nan }
        case .icc:
            let rows = Self.readings(&generator)
            return {
                let sums = ReadingSums(rows: rows, centre: 50)
                var total = 0.0
                for model in IntraclassCorrelation.Model.allCases {
                    for unit in IntraclassCorrelation.Unit.allCases {
                        total += IntraclassCorrelation.estimate(sums, model: model, unit: unit).number ?? .nan
                    }
                }
                return total
            }
        case .kappa:
            let pairs = (0..<500_000).map { _ -> (Int, Int) in
                let first = Int(generator.uniform() * 4)
                return (first, generator.uniform() < 0.7 ? first : Int(generator.uniform() * 4))
            }
            return {
                var table = [Int](repeating: 0, count: 16)
                for (a, b) in pairs { table[a * 4 + b] += 1 }
                return CohenKappa.estimate(table: table).number ?? .nan
            }
        }
    }

    /// 500,000 cases, two readers.
    private static func readings(_ generator: inout SeededGenerator) -> [[Double]] {
        (0..<500_000).map { _ in
            let truth = 50 + 10 * generator.normal()
            return [truth + 3 * generator.normal(), truth + 3 * generator.normal()]
        }
    }
}
