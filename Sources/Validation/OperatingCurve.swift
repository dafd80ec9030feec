public import Statistics

/// The ROC curve of scores: its points, the area of a part of it, and the threshold with the largest Youden index.
public struct OperatingCurve: Sendable, Equatable {
    /// One threshold: cases at or above it are called events.
    public struct Point: Sendable, Equatable {
        /// Half way to the next smaller score; infinite below the smallest and above the largest.
        public let threshold: Double
        /// Share of the events at or above it.
        public let sensitivity: Double
        /// Share of the non-events below it.
        public let specificity: Double
    }

    /// From the highest threshold, where no case is called, to the lowest.
    public let points: [Point]

    /// From sorted scores of both classes.
    init(_ sorted: DeLong.SortedClasses) {
        let (events, nonEvents) = (sorted.events, sorted.nonEvents)
        var (i, j) = (events.count, nonEvents.count)
        var points = [Point(threshold: .infinity, sensitivity: 0, specificity: 1)]
        while i > 0 || j > 0 {
            let score = max(i > 0 ? events[i - 1] : -.infinity, j > 0 ? nonEvents[j - 1] : -.infinity)
            while i > 0, events[i - 1] == score { i -= 1 }
            while j > 0, nonEvents[j - 1] == score { j -= 1 }
            let next = max(i > 0 ? events[i - 1] : -.infinity, j > 0 ? nonEvents[j - 1] : -.infinity)
            points.append(
                Point(
                    threshold: next.isFinite ? score / 2 + next / 2 : -.infinity,
                    sensitivity: Double(events.count - i) / Double(events.count),
                    specificity: Double(j) / Double(nonEvents.count)))
        }
        self.points = points
    }

    /// Sensitivity at a share of false positives: straight lines between points, the upper end of a vertical step.
    public func sensitivity(at falsePositives: Double) -> Double {
        let limit = falsePositives + 1e-12
        guard let next = points.firstIndex(where: { 1 - $0.specificity > limit }), next > 0 else { return 1 }
        let (from, to) = (points[next - 1], points[next])
        let width = from.specificity - to.specificity
        return from.sensitivity + (falsePositives - (1 - from.specificity)) / width
            * (to.sensitivity - from.sensitivity)
    }

    /// The point with the largest sum of sensitivity and specificity; the lowest threshold of several.
    public var youden: Point {
        points.reduce(points[0]) { best, point in
            point.sensitivity + point.specificity >= best.sensitivity + best.specificity ? point : best
        }
    }

    /// Area under the part of the curve with a specificity of at least `specificity`, straight lines between points.
    ///
    /// - Parameter specificity: 0 to less than 1.
    /// - Returns: the area, and McClish's correction of it (Med Decis Making 1989;9:190): 0.5 for the diagonal, 1 for a
    ///   perfect curve.
    public func partialArea(specificity: Double) -> (area: Double, corrected: Double) {
        let limit = 1 - specificity
        var area = 0.0
        for (first, second) in zip(points, points.dropFirst()) {
            let (from, to) = (1 - first.specificity, 1 - second.specificity)
            guard from < limit, to > from else { continue }
            let end = min(to, limit)
            let slope = (second.sensitivity - first.sensitivity) / (to - from)
            area += (end - from) * (first.sensitivity + slope * (end - from) / 2)
        }
        let least = limit * limit / 2
        return (area, (1 + (area - least) / (limit - least)) / 2)
    }
}

extension DeLong {
    /// Difference from the AUC of other cases: the variances add (pROC: unpaired DeLong).
    public func difference(from other: DeLong) -> (estimate: Estimate, pValue: Double?) {
        let error = (variance + other.variance).squareRoot()
        guard error > 0 else { return (.notEstimable("the difference of the AUCs has no variance"), nil) }
        let value = auc - other.auc
        let all = events + nonEvents + other.events + other.nonEvents
        return (
            .value(
                .normal(
                    value, standardError: error, n: all, events: events + other.events, method: "unpaired DeLong")),
            NormalDistribution.twoSided(value / error)
        )
    }
}
