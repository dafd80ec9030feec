#if canImport(Glibc)
    import Glibc
#endif
import Statistics

/// A 95 % band around a ROC curve.
public struct OperatingBand: Sendable, Equatable {
    /// How the band is made.
    public enum Method: String, Sendable, Equatable {
        /// For every specificity by itself: quantiles of the sensitivity over resamples within events and non-events
        /// (pROC: `ci.se`).
        case bootstrap
        /// For the whole curve together: the step functions of both classes are within d of the truth, each with
        /// probability sqrt(0.95) (Massart, Ann Probab 1990;18:1269; Campbell, Stat Med 1994;13:499).
        case simultaneous
    }

    /// How it is made.
    public let method: Method
    /// 1 - specificity, ascending from 0 to 1.
    public let grid: [Double]
    /// Lower sensitivity at each.
    public let lower: [Double]
    /// Upper sensitivity at each.
    public let upper: [Double]

    /// Most cases for which resampling is worth its time.
    public static let bootstrapLimit = 50_000
    /// Resamples of the bootstrap.
    public static let resamples = 1000

    /// The band: by bootstrap up to `bootstrapLimit` cases, above it the simultaneous one; nil with fewer than two events or
    /// non-events or a score that is not finite.
    ///
    /// - Parameter seed: of the resamples; the same seed gives the same band.
    public init?(scores: [Double], outcome: [Double], seed: UInt64 = 1) {
        guard let sorted = DeLong.SortedClasses(scores: scores, outcome: outcome), sorted.events.count >= 2,
            sorted.nonEvents.count >= 2
        else { return nil }
        grid = (0...100).map { Double($0) / 100 }
        guard scores.count <= Self.bootstrapLimit else {
            method = .simultaneous
            func distance(_ n: Int) -> Double { (-log((1 - 0.95.squareRoot()) / 2) / (2 * Double(n))).squareRoot() }
            let (across, up) = (distance(sorted.nonEvents.count), distance(sorted.events.count))
            let points = OperatingCurve(sorted).points
            lower = Self.sensitivities(points, grid.map { max(0, $0 - across) }).map { max(0, $0 - up) }
            upper = Self.sensitivities(points, grid.map { min(1, $0 + across) }).map { min(1, $0 + up) }
            return
        }
        method = .bootstrap
        var generator = SeededGenerator(seed: seed)
        var draws = [[Double]](repeating: [], count: grid.count)
        for _ in 0..<Self.resamples {
            let resampled = DeLong.SortedClasses(
                sortedEvents: Self.resample(sorted.events, &generator),
                sortedNonEvents: Self.resample(sorted.nonEvents, &generator))
            let curve = Self.sensitivities(OperatingCurve(resampled).points, grid)
            for (index, value) in curve.enumerated() { draws[index].append(value) }
        }
        let ordered = draws.map { $0.sorted() }
        lower = ordered.map { Quantile.linear($0, 0.025) }
        upper = ordered.map { Quantile.linear($0, 0.975) }
    }

    /// As many values as there are, with replacement, in order.
    private static func resample(_ sorted: [Double], _ generator: inout SeededGenerator) -> [Double] {
        var counts = [Int](repeating: 0, count: sorted.count)
        for _ in sorted.indices { counts[Int(generator.uniform() * Double(sorted.count))] += 1 }
        var result: [Double] = []
        result.reserveCapacity(sorted.count)
        for (value, count) in zip(sorted, counts) { result.append(contentsOf: repeatElement(value, count: count)) }
        return result
    }

    /// Sensitivities at ascending values of 1 - specificity, straight lines between points; the largest at a step.
    private static func sensitivities(_ points: [OperatingCurve.Point], _ grid: [Double]) -> [Double] {
        var next = 0
        return grid.map { target in
            while next + 1 < points.count, 1 - points[next + 1].specificity <= target + 1e-12 { next += 1 }
            guard next + 1 < points.count else { return points[next].sensitivity }
            let (from, to) = (points[next], points[next + 1])
            let width = from.specificity - to.specificity
            return from.sensitivity + (target - (1 - from.specificity)) / width * (to.sensitivity - from.sensitivity)
        }
    }
}
