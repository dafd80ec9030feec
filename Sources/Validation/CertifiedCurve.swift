/// Points of the ROC curve of pooled scores that histograms of both classes give exactly: one for each edge of a bin. Sensitivity
/// never falls along the curve, so that between two points it lies in the rectangle that they span.
public struct CertifiedCurve: Sendable, Equatable {
    /// A point of the curve.
    public struct Point: Sendable, Equatable {
        /// Share of the non-events above the edge: 1 - specificity.
        public let falsePositives: Double
        /// Share of the events above the edge: sensitivity.
        public let truePositives: Double
    }

    /// Points from (0, 0) to (1, 1).
    public let points: [Point]

    /// The curve; nil without both classes.
    ///
    /// - Parameters:
    ///   - nonEvents: non-events in each bin, bins in ascending order of score.
    ///   - events: events in each bin.
    public init?(nonEvents: [Int], events: [Int]) {
        precondition(nonEvents.count == events.count, "the same bins for events and non-events")
        let (n, m) = (Double(nonEvents.reduce(0, +)), Double(events.reduce(0, +)))
        guard n > 0, m > 0 else { return nil }
        var points = [Point(falsePositives: 0, truePositives: 0)]
        var (falsePositives, truePositives) = (0, 0)
        for bin in events.indices.reversed() where nonEvents[bin] + events[bin] > 0 {
            falsePositives += nonEvents[bin]
            truePositives += events[bin]
            points.append(
                Point(falsePositives: Double(falsePositives) / n, truePositives: Double(truePositives) / m))
        }
        self.points = points
    }

    /// The least and the largest sensitivity that the curve can have at a share of false positives; where it is a vertical step,
    /// its upper end counts.
    public func sensitivity(at falsePositives: Double) -> (lower: Double, upper: Double) {
        // Shares are quotients of counts; two of them that differ by less are the same.
        let limit = falsePositives + 1e-12
        return (
            points.last { $0.falsePositives <= limit }?.truePositives ?? 0,
            points.first { $0.falsePositives > limit }?.truePositives ?? 1
        )
    }
}
