import Agreement
import Statistics
import TestKit

extension ListedComputation {
    /// Agreement of two and of several readers on categories, and of several readers' measurements.
    static var agreement: [ListedComputation] {
        let pairs = WeightedAgreement.Weights.allCases.map { weights in
            ListedComputation(
                PooledPairAgreement(categories: 4, weights: weights), shard: pairedGrades,
                split: { ratings, count in
                    ShardProperty.unevenRanges(ratings.count, into: count).map {
                        PairedRatings(first: Array(ratings.first[$0]), second: Array(ratings.second[$0]))
                    }
                })
        }
        let ratings = WeightedAgreement.Weights.allCases.map { weights in
            ListedComputation(
                several(weights), shard: { grades(missing: weights == .none ? 0 : 0.2) },
                split: { rows, count in
                    ShardProperty.unevenRanges(rows.count, into: count).map { Array(rows[$0]) }
                })
        }
        let measured = [nil, 512.0].map { centre in
            ListedComputation(
                PooledMeasurementAgreement(readers: 3, exponent: 9, centre: centre), shard: measurements,
                split: { rows, count in
                    ShardProperty.unevenRanges(rows.count, into: count).map { Array(rows[$0]) }
                })
        }
        return pairs + ratings + measured
    }

    private static func several(_ weights: WeightedAgreement.Weights) -> PooledRatingAgreement {
        do {
            return try PooledRatingAgreement(readers: 5, categories: 4, weights: weights, level: .ratio)
        } catch { preconditionFailure("\(error)") }
    }

    /// 89 cases of four grades by five readers, some missing.
    private static func grades(missing: Double) -> [[Int?]] {
        var generator = SeededGenerator(seed: 61)
        return (0..<89).map { _ in
            let truth = Int(generator.uniform() * 4)
            return (0..<5).map { _ in
                let grade = generator.uniform() < 0.7 ? truth : Int(generator.uniform() * 4)
                return generator.uniform() < missing ? nil : grade
            }
        }
    }

    private static func pairedGrades() -> PairedRatings {
        let rows = grades(missing: 0)
        return PairedRatings(first: rows.map { $0[0] ?? 0 }, second: rows.map { $0[1] ?? 0 })
    }

    /// 71 measurements of about 500 by three readers, some missing.
    private static func measurements() -> [[Double?]] {
        var generator = SeededGenerator(seed: 62)
        return (0..<71).map { _ in
            let truth = 500 + 70 * generator.normal()
            return (0..<3).map { reader in
                let value = truth + Double(reader) + 20 * generator.normal()
                return generator.uniform() < 0.1 ? nil : value
            }
        }
    }
}
